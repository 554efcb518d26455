//! A client forgot their password, and is back a minute later.

use std::time::Duration;

use crate::stage::{Stage, perform};
use crate::support::Person;

/// The six digits of the newest mail that holds some.
async fn mailed_code(stage: &Stage) -> String {
    let anybody = Person::new(&stage.demo.origin, None);
    for _ in 0..500 {
        let list = anybody.get("/api/v1/demo/mails").await;
        for mail in list.expect(200)["mails"].as_array().expect("a list") {
            let mail = anybody.get(&format!("/api/v1/demo/mails/{}", mail["id"])).await;
            let text = mail.expect(200)["mail"]["text"].as_str().expect("a text").to_owned();
            let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
            if let Some(code) = text.lines().map(str::trim).find(is_code) {
                return code.to_owned();
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no mail with a code");
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_with_a_code() {
    perform("forgotten", async |stage: &mut Stage| {
        let login = stage.demo.client.clone();
        let paul = stage.browser("paul").await;
        // Somewhere else they are still signed in.
        let other = stage.browser("other").await;
        other.sign_in(&login).await;

        paul.open_page("/sign-in").await;
        paul.fill("sign-in-email", &login.email).await;
        paul.click("forgotten").await;
        paul.see("reset-form").await;
        assert_eq!(paul.text_of("one('reset-email').value").await, login.email, "it was typed once already");
        paul.click("reset-submit").await;
        paul.see("reset-code-form").await;
        paul.until("the time left", "/\\d+:\\d\\d/.test(one('reset-time').textContent)").await;
        assert_eq!(paul.look("one('reset-again').disabled").await, true, "not within a minute");
        assert_eq!(paul.text_of("one('reset-digit-1').autocomplete").await, "one-time-code");

        let code = mailed_code(stage).await;
        paul.fill("reset-password", "Autre-Phare-31-dune").await;
        paul.click("reset-confirm").await;
        paul.until("the word that digits are missing", "document.querySelector('.code-boxes [aria-invalid=true]')")
            .await;
        // Typed as on a keyboard: each digit goes on to the next box.
        paul.click("reset-digit-1").await;
        paul.press(code.as_str()).await;
        let typed = "[1, 2, 3, 4, 5, 6].map((n) => one(`reset-digit-${n}`).value).join('')";
        assert_eq!(paul.text_of(typed).await, code);
        paul.click("reset-confirm").await;
        paul.see("password-changed").await;
        assert_eq!(paul.text_of("one('sign-in-email').value").await, login.email);
        paul.fill("sign-in-password", "Autre-Phare-31-dune").await;
        paul.click("sign-in-submit").await;
        paul.until_path("/client").await;
        other.until_path("/sign-in").await;
    })
    .await;
}
