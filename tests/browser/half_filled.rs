//! A form that is half filled when something else happens: another language, a session that ends.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::stage::{Stage, perform};
use crate::support::Person;

async fn fill(page: &Browser, fields: &[(&str, &str)]) {
    for (hook, text) in fields {
        page.fill(hook, text).await;
    }
}

async fn expect_filled(page: &Browser, fields: &[(&str, &str)]) {
    for (hook, text) in fields {
        page.until_is(hook, &format!("one('{hook}')?.value"), json!(text)).await;
    }
}

/// The link in the newest mail of the demo.
async fn mailed_link(person: &Person) -> String {
    let list = person.get("/api/v1/demo/mails").await.expect(200).clone();
    let id = &list["mails"][0]["id"];
    let mail = person.get(&format!("/api/v1/demo/mails/{id}")).await.expect(200).to_string();
    let (_, token) = mail.split_once("/client/invitation/").expect("a link");
    format!("/client/invitation/{}", token.chars().take_while(char::is_ascii_alphanumeric).collect::<String>())
}

#[tokio::test]
async fn another_language_keeps_what_was_typed() {
    perform("half-language", async |stage: &mut Stage| {
        let login = stage.demo.client.clone();
        let client = stage.browser("client").await;
        client.sign_in(&login).await;
        client.open_page("/account").await;
        let typed = [("account-first-name", "Zoé"), ("account-phone", "06 12 34")];
        fill(&client, &typed).await;
        client.click_css("[data-test=account-language] label:has([value=en])").await;
        client.until("the language", "document.documentElement.lang === 'en'").await;
        client.until("the new page", "document.body.textContent.includes('First name')").await;
        expect_filled(&client, &typed).await;
    })
    .await;
}

#[tokio::test]
async fn another_language_keeps_what_a_guest_typed() {
    perform("half-guest", async |stage: &mut Stage| {
        let api = stage.demo.sign_in(&stage.demo.broker).await;
        let invitation = json!({
            "first_name": "Zoé", "last_name": "Petit", "email": "zoe@example.org", "project_type": "purchase", "language": "fr",
        });
        api.post("/api/v1/client-invitations", invitation).await.expect(201);
        let guest = stage.browser("guest").await;
        let path = loop_until_mailed(&api, "zoe@example.org").await;
        guest.open_page(&path).await;
        let typed = [("signup-last-name", "Petit-Jean"), ("signup-phone", "06 12 34 56 78")];
        fill(&guest, &typed).await;
        guest.fill("signup-password", "Corail-Vague-31").await;
        guest.click("language-en").await;
        guest.until("the language", "document.documentElement.lang === 'en'").await;
        guest.until("the new page", "one('language-en').getAttribute('aria-pressed') === 'true'").await;
        expect_filled(&guest, &typed).await;
        // A password is kept nowhere.
        assert_eq!(guest.look("one('signup-password').value").await, json!(""));
        let stored = guest.text_of("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])").await;
        assert!(!stored.contains("Corail"), "{stored}");
    })
    .await;
}

async fn loop_until_mailed(person: &Person, email: &str) -> String {
    let to_them = async || {
        let list = person.get("/api/v1/demo/mails").await.expect(200).clone();
        let newest: &Value = &list["mails"][0];
        if newest.to_string().contains(email) { Ok(()) } else { Err(format!("{newest}")) }
    };
    crate::browser::eventually(to_them).await.expect("the mail");
    mailed_link(person).await
}

#[tokio::test]
async fn a_session_that_ends_keeps_what_was_typed() {
    perform("half-session", async |stage: &mut Stage| {
        let login = stage.demo.broker.clone();
        let broker = stage.browser("broker").await;
        broker.sign_in(&login).await;
        broker.open_page("/broker/invite").await;
        let typed = [("invite-first-name", "Zoé"), ("invite-email", "zoe@exam")];
        fill(&broker, &typed).await;
        broker.click_css("[data-test=invite-project-type] label:has([value=sale])").await;
        // Another device ends all the others: the next request is answered 401, and the socket closes.
        stage.demo.sign_in(&login).await.delete("/api/v1/sessions/others").await.expect(204);
        broker.see("session-ended").await;
        broker.until_path("/sign-in").await;
        fill(&broker, &[("sign-in-email", &login.email), ("sign-in-password", &login.password)]).await;
        broker.click("sign-in-submit").await;
        broker.until_path("/broker/invite").await;
        expect_filled(&broker, &typed).await;
        broker
            .until("the kind", "document.querySelector('[data-test=invite-project-type] [value=sale]').checked")
            .await;

        // The same with a message that was begun.
        broker.open_page("/broker/transactions/1").await;
        broker.until_conversation().await;
        broker.write("À moitié").await;
        stage.demo.sign_in(&login).await.delete("/api/v1/sessions/others").await.expect(204);
        broker.until_path("/sign-in").await;
        fill(&broker, &[("sign-in-email", &login.email), ("sign-in-password", &login.password)]).await;
        broker.click("sign-in-submit").await;
        broker.until_path("/broker/transactions/1").await;
        broker.until_is("the draft", "one('composer-input')?.value", json!("À moitié")).await;
    })
    .await;
}
