//! Signing other devices out, and being signed out: each says what happened, and goes on saying it.

use serde_json::json;

use crate::stage::{Stage, perform};

#[tokio::test]
async fn a_device_that_is_signed_out_from_another_says_so_until_somebody_signs_in() {
    perform("signed-out", async |stage: &mut Stage| {
        let phone = stage.browser("phone").await;
        phone.sign_in(&stage.demo.client).await;
        phone.see("open-conversation").await;
        let laptop = stage.browser("laptop").await;
        laptop.sign_in(&stage.demo.client).await;
        laptop.open_page("/account").await;
        laptop.until_is("both devices", "document.querySelectorAll('[data-test=session-row]').length", json!(2)).await;
        laptop.click("sessions-end-others").await;
        laptop.until_is("one device", "document.querySelectorAll('[data-test=session-row]').length", json!(1)).await;
        laptop.see_nothing_of("sessions-end-others").await;

        phone.see("session-ended").await;
        phone.until_path("/sign-in").await;
        let told = "document.querySelector('[data-test=session-ended]').textContent.trim()";
        let text = phone.text_of(told).await;
        // No passing notice: it is there for whoever comes back later, and after a reload.
        phone.open_page("/sign-in").await;
        phone.see("session-ended").await;
        // In the language of the browser now: nobody is signed in.
        assert!(!text.is_empty() && !phone.text_of(told).await.is_empty());
        phone.sign_in(&stage.demo.client).await;
        phone.see("open-conversation").await;
        laptop.see("session-row").await;
    })
    .await;
}

#[tokio::test]
async fn another_password_is_told_as_what_it_is_and_this_device_goes_on() {
    perform("password-changed", async |stage: &mut Stage| {
        let phone = stage.browser("phone").await;
        phone.sign_in(&stage.demo.client).await;
        phone.see("open-conversation").await;
        let laptop = stage.browser("laptop").await;
        laptop.sign_in(&stage.demo.client).await;
        laptop.open_page("/account").await;
        laptop.fill("current-password", &stage.demo.client.password).await;
        laptop.fill("new-password", "Autre-Phare-31-dune").await;
        laptop.click("password-submit").await;
        phone.see("session-ended").await;
        let text = phone.text_of("document.querySelector('[data-test=session-ended]').textContent").await;
        assert!(text.contains("mot de passe") || text.contains("password"), "{text}");
        // Its session goes on under its new token.
        laptop.open_page("/client").await;
        laptop.see("open-conversation").await;
    })
    .await;
}
