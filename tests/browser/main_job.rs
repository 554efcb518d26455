//! A broker invites, the mail is read, a client signs up, and the two talk.

use serde_json::json;
use thirtyfour::prelude::*;

use crate::browser::{Browser, DESKTOP, PHONE, ShownMessage, css};
use crate::stage::{Stage, perform, screenshots};

const EMAIL: &str = "nadia.lefort@example.org";
const PASSWORD: &str = "Marais-Cuivre-61-pont";

#[tokio::test]
async fn a_broker_invites_a_client_and_they_talk_live() {
    perform("main-job", async |stage: &mut Stage| {
        let broker = stage.browser("broker").await;
        broker.sign_in(&stage.demo.broker).await;
        broker.until_path("/broker").await;
        speak_english(&broker).await;
        invite(&broker).await;

        let client = stage.browser("client").await;
        follow_the_mail(&client).await;
        sign_up(&client).await;

        let transaction = open_the_conversation(&client).await;
        broker.click_css("a[href='/broker']").await;
        broker.click_css(&format!("{}[data-id=\"{transaction}\"]", css("transaction-row"))).await;
        broker.see("composer-input").await;

        talk(&broker, &client).await;
        take_pictures(&broker, &client).await;
        talk_at_once(&broker, &client).await;
        read_receipts_and_unread_counts(&broker, &client, &transaction).await;
    })
    .await;
}

/// The demo's people read French; this story is told in English.
async fn speak_english(browser: &Browser) {
    browser.open_page("/account").await;
    browser.click_css(&format!("{} label:has(input[value=en])", css("account-language"))).await;
    browser.until_is("English", "document.documentElement.lang", json!("en")).await;
}

async fn invite(broker: &Browser) {
    broker.click_css("a[href='/broker/invite']").await;
    broker.until_path("/broker/invite").await;
    broker.fill("invite-first-name", "Nadia").await;
    broker.fill("invite-last-name", "Lefort").await;
    broker.fill("invite-email", EMAIL).await;
    broker.fill("invite-message", NOTE).await;
    broker.choose("invite-language", "en").await;
    // The mail is shown while it is being written.
    let mail = "document.querySelector('.invite-preview iframe')?.contentDocument?.body?.textContent ?? ''";
    broker.until("the preview", &format!("({mail}).includes('Nadia') && ({mail}).includes('where we follow')")).await;
    if let Some(folder) = screenshots() {
        broker.picture(&folder.join("invite.png")).await;
    }

    broker.click("invite-submit").await;
    broker.until_path("/broker/clients").await;
    let row = format!("all('invitation-row').find((row) => row.textContent.includes({}))?.dataset", json!(EMAIL));
    broker.until_is("the invitation", &format!("[{row}?.state, {row}?.mail]"), json!(["pending", "sent"])).await;
}

/// The link is clicked where a person clicks it: in the mail.
async fn follow_the_mail(client: &Browser) {
    client.open_page("/demo/mailbox").await;
    client.click_css(&format!("{}[data-to=\"{EMAIL}\"] {}", css("mailbox-row"), css("mailbox-open"))).await;
    client.see("mailbox-frame").await;
    if let Some(folder) = screenshots() {
        client.picture(&folder.join("mailbox.png")).await;
    }
    let frame = client.driver.find(By::Css(css("mailbox-frame"))).await.expect("the mail");
    frame.enter_frame().await.expect("the mail can be looked into");
    client.click_css("a[href*='/client/invitation/']").await;
    // A mail opens its links in a page of their own.
    client.front_page(2).await;
    client.until("the invitation's page", "location.pathname.startsWith('/client/invitation/')").await;
}

async fn sign_up(client: &Browser) {
    client.see("signup-form").await;
    let email = "one('signup-email')";
    client.until_is("the address", &format!("[{email}.value, {email}.readOnly]"), json!([EMAIL, true])).await;
    assert_eq!(client.text_of("one('signup-first-name').value").await, "Nadia");

    // The rules are judged while one types, and say what is missing.
    client.fill("signup-password", "nadia").await;
    let met = "[...document.querySelectorAll('[data-rule]')].filter((rule) => rule.dataset.met === 'true').map((rule) => rule.dataset.rule)";
    client.until_is("the rules that are met", met, json!(["lower"])).await;
    client.click("signup-submit").await;
    let error = "one('signup-password').getAttribute('aria-invalid') === 'true'";
    client.until("the refusal", error).await;
    assert!(client.path().await.starts_with("/client/invitation/"));

    // All rules met, and still easy to guess: the server says so, at the field.
    client.fill("signup-password", "Password1!").await;
    client.until_is("the rules that are met", met, json!(["length", "upper", "lower", "digit", "special"])).await;
    client.click("signup-submit").await;
    client.until("the refusal of the server", error).await;

    client.fill("signup-password", PASSWORD).await;
    client.click("signup-submit").await;
    client.until_path("/client").await;
    client.until("the greeting", "document.querySelector('h1')?.textContent.includes('Nadia')").await;
}

/// Gives the id of the transaction.
async fn open_the_conversation(client: &Browser) -> String {
    client.click("open-conversation").await;
    client.see("composer-input").await;
    client.until_reads(&[NOTE]).await;
    client.until_is("a letter", "all('message')[0].dataset.letter", json!("true")).await;
    let path = client.path().await;
    path.strip_prefix("/client/transactions/").expect("the page of a transaction").to_owned()
}

/// The personal note of the invitation, which opens the conversation.
const NOTE: &str = "Hello Nadia, here is where we follow the purchase together.";

const TALK: [&str; 5] = [
    "Hello Claire! When do we sign?",
    "Welcome, Nadia! The notary confirmed Thursday at ten.",
    "Perfect. Do I have to bring anything?",
    "Your identity card and the certificate of your insurance. I will send you the draft tonight.",
    "Thank you!",
];

async fn talk(broker: &Browser, client: &Browser) {
    for (browser, other) in [(broker, "Nadia"), (client, "Claire")] {
        let online = "document.querySelector('.conversation-head [data-test=presence]')?.dataset.online";
        browser.until_is(&format!("{other} online"), online, json!("true")).await;
    }
    client.write("Hello Claire!").await;
    broker.until("who types", "one('typing')?.textContent.includes('Nadia')").await;
    client.press(" When do we sign?").await;
    client.press(Key::Enter).await;
    broker.until_reads(&TALK[..1]).await;
    broker.see_nothing_of("typing").await;

    for (place, text) in TALK.iter().enumerate().skip(1) {
        let (writer, reader) = if place % 2 == 1 { (broker, client) } else { (client, broker) };
        writer.say(text).await;
        reader.until_reads(&TALK[..=place]).await;
        let receipt = "all('message').at(-1).querySelector('[data-test=read-receipt]')";
        writer.until("the receipt", &format!("shown({receipt})")).await;
    }
}

/// Both write at once: whatever the order, it is the same for both, and everything is there once.
async fn talk_at_once(broker: &Browser, client: &Browser) {
    let (from_broker, from_client) = (["One.", "Two.", "Three."], ["A.", "B.", "C."]);
    tokio::join!(
        async {
            for text in from_broker {
                broker.say(text).await;
            }
        },
        async {
            for text in from_client {
                client.say(text).await;
            }
        },
    );
    let stored = "messages().filter(({ state }) => state === 'sent').length";
    for browser in [broker, client] {
        browser.until_is("all messages", stored, json!(1 + TALK.len() + 6)).await;
    }
    let (seen_by_broker, seen_by_client) = (broker.messages().await, client.messages().await);
    let log = |messages: &[ShownMessage]| -> Vec<(i64, String)> {
        messages.iter().map(|message| (message.seq, message.body.clone())).collect()
    };
    assert_eq!(log(&seen_by_broker), log(&seen_by_client));
    assert!(seen_by_broker.windows(2).all(|pair| pair[0].seq < pair[1].seq), "{seen_by_broker:?}");
    assert!(seen_by_broker.iter().zip(&seen_by_client).all(|(one, other)| one.own != other.own), "{seen_by_broker:?}");
    let last_own = |messages: &[ShownMessage]| -> Vec<String> {
        let own: Vec<String> =
            messages.iter().filter(|message| message.own).map(|message| message.body.clone()).collect();
        own[own.len() - 3..].to_vec()
    };
    assert_eq!(last_own(&seen_by_broker), from_broker);
    assert_eq!(last_own(&seen_by_client), from_client);
}

async fn read_receipts_and_unread_counts(broker: &Browser, client: &Browser, transaction: &str) {
    // Nobody looks at it: not read, whatever arrives.
    client.click_css("header a[href='/account']").await;
    client.until_path("/account").await;
    broker.say("Are you there?").await;
    broker.until_reads(&["Are you there?"]).await;
    let last = "all('message').at(-1)";
    let receipt = format!("{last}.querySelector('[data-test=read-receipt]')?.textContent ?? ''");
    client.until_is("what is unread", "one('unread-count')?.dataset.count", json!("1")).await;
    assert_eq!(broker.text_of(&receipt).await, "");
    client.driver.back().await.expect("one can go back");
    client.until_reads(&["Are you there?"]).await;
    broker.until("the receipt", &format!("({receipt}).includes('Nadia')")).await;
    client.until("that all is read", "!one('unread-count')").await;

    // The broker's list counts while they look at it.
    broker.click_css("a[href='/broker']").await;
    broker.until_path("/broker").await;
    let row = format!("document.querySelector('[data-test=transaction-row][data-id=\"{transaction}\"]')");
    broker.until("the list", &row).await;
    let count = format!("{row}?.querySelector('[data-test=unread-count]')?.dataset.count ?? '0'");
    for (number, text) in [("1", "Yes, here I am."), ("2", "And looking forward to Thursday.")] {
        client.say(text).await;
        broker.until_is("the count", &count, json!(number)).await;
        broker.until("the last words", &format!("{row}.textContent.includes({})", json!(text))).await;
    }
    broker.click_css(&format!("{}[data-id=\"{transaction}\"]", css("transaction-row"))).await;
    broker.until_reads(&["Yes, here I am.", "And looking forward to Thursday."]).await;
    broker.see("unread-divider").await;
    client.until("the receipt", &format!("({receipt}).includes('Claire')")).await;
    broker.click_css("a[href='/broker']").await;
    broker.until_is("the count", &count, json!("0")).await;

    // Who closes the page is gone.
    broker.driver.back().await.expect("one can go back");
    client.open_elsewhere().await;
    let online = "document.querySelector('.conversation-head [data-test=presence]')?.dataset.online";
    broker.until_is("Nadia gone", online, json!("false")).await;
}

async fn take_pictures(broker: &Browser, client: &Browser) {
    let Some(folder) = screenshots() else { return };
    broker.resize(DESKTOP).await;
    broker.prefer("light").await;
    broker.picture(&folder.join("transaction.png")).await;
    client.resize(PHONE).await;
    client.prefer("dark").await;
    client.picture(&folder.join("phone.png")).await;
    client.resize(DESKTOP).await;
    client.prefer("light").await;
}
