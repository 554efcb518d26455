//! Somebody changes their name while others look: it changes where it stands, and nothing else moves.

use serde_json::json;

use crate::browser::Browser;
use crate::demo::Login;
use crate::stage::{Stage, perform};
use crate::support::Person;

const ROOM: &str = "/broker/transactions/1";

async fn rename(person: &Person, first: &str, last: &str) {
    person.patch("/api/v1/me", json!({ "first_name": first, "last_name": last })).await.expect(200);
}

async fn says(page: &Browser, what: &str, selector: &str, text: &str) {
    let expression = format!("document.querySelector({})?.textContent.includes({})", json!(selector), json!(text));
    page.until(what, &expression).await;
}

/// Nothing was put in or taken out, wherever one looks.
async fn expect_no_change(page: &Browser) {
    assert_eq!(page.look("changes()").await, json!({ "inserted": [], "removed": [] }));
}

#[tokio::test]
async fn a_new_name_stands_in_an_open_room_at_once() {
    perform("renamed-room", async |stage: &mut Stage| {
        let (client_login, broker_login) = (stage.demo.client.clone(), stage.demo.broker.clone());
        let paul = stage.demo.sign_in(&client_login).await;
        rename(&paul, "Paul", "Durand").await;
        let broker = stage.browser("broker").await;
        broker.sign_in(&broker_login).await;
        broker.open_page(ROOM).await;
        broker.until_conversation().await;
        broker.say("Bonjour").await;
        broker.until_reads(&["Bonjour"]).await;
        let head = broker.look("messages().at(-1).seq").await;
        let say = |nonce: &str| json!({ "nonce": nonce, "body": "Bonjour Claire" });
        paul.put("/api/v1/transactions/1/read", json!({ "seq": head })).await.expect(200);
        paul.post("/api/v1/transactions/1/messages", say("n1")).await.expect(201);
        broker.until_reads(&["Bonjour Claire"]).await;
        broker.see("read-receipt").await;
        broker.write("À moitié").await;
        broker
            .look("(document.querySelector('.message-scroll').scrollTop = 40, window.held = document.activeElement)")
            .await;
        let place = broker.look("document.querySelector('.message-scroll').scrollTop").await;
        // The way back to the newest message comes with the frame in which the scrolling is noticed.
        broker
            .look("await new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(() => seen(true))))")
            .await;
        broker.look("observe('.room-page')").await;

        // On the page of the own account, as people do it.
        let client = stage.browser("client").await;
        client.sign_in(&client_login).await;
        client.open_page("/account").await;
        client.fill("account-first-name", "Zacharie").await;
        client.fill("account-last-name", "Moreau").await;
        client.click("account-save").await;

        let own = "message-item[data-own=false]:last-of-type";
        says(&broker, "the author", &format!("{own} .message-author"), "Zacharie Moreau").await;
        says(&broker, "the face", &format!("{own} .message-avatar"), "ZM").await;
        says(&broker, "the head", ".conversation-head .people", "Zacharie Moreau").await;
        says(&broker, "the face in the head", ".conversation-head .avatars", "ZM").await;
        says(&broker, "the receipt", "[data-test=read-receipt]", "Zacharie Moreau").await;
        broker
            .until(
                "the list of people",
                "all('participant-row').some((row) => row.textContent.includes('Zacharie Moreau'))",
            )
            .await;
        // What happened before is told of the same person.
        broker.until("the events", "!document.body.textContent.includes('Durand')").await;
        expect_no_change(&broker).await;
        let stays = "document.activeElement === held && one('composer-input').value === 'À moitié'";
        assert_eq!(broker.look(stays).await, json!(true));
        assert_eq!(broker.look("document.querySelector('.message-scroll').scrollTop").await, place);

        // The own name in the head of every page.
        says(&client, "the own name", ".account-name", "Zacharie").await;
        rename(&paul, "Paul", "Moreau").await;
        client.until_is("the own name", "document.querySelector('.account-name').textContent", json!("Paul")).await;
    })
    .await;
}

#[tokio::test]
async fn a_new_name_stands_in_lists_at_once() {
    perform("renamed-lists", async |stage: &mut Stage| {
        let (client_login, broker_login) = (stage.demo.client.clone(), stage.demo.broker.clone());
        let (paul, claire) = (stage.demo.sign_in(&client_login).await, stage.demo.sign_in(&broker_login).await);
        let say = json!({ "nonce": "n1", "body": "Bonjour Claire" });
        paul.post("/api/v1/transactions/1/messages", say).await.expect(201);

        let broker = stage.browser("broker").await;
        broker.sign_in(&broker_login).await;
        broker.until("the card", "one('transaction-row')?.textContent.includes('Bonjour Claire')").await;
        broker.until("a live room", "one('unread-count')").await;
        broker.look("(one('transaction-row').focus(), observe('#main'))").await;
        rename(&paul, "Zacharie", "Moreau").await;
        says(&broker, "the people", ".transaction-who", "Zacharie Moreau").await;
        says(&broker, "the last message", ".transaction-last", "Zacharie").await;
        expect_no_change(&broker).await;
        assert!(broker.text_of("focused()").await.starts_with("transaction-row"));

        broker.open_page("/broker/clients?view=clients").await;
        broker
            .until("the client", "all('client-row').some((row) => row.textContent.includes('Zacharie Moreau'))")
            .await;
        broker
            .until(
                "live rooms",
                "performance.getEntriesByType('resource').some(({ name }) => name.includes('/transactions?'))",
            )
            .await;
        broker.look("(one('client-invite').focus(), observe('#main'))").await;
        rename(&paul, "Yves", "Petit").await;
        broker.until("the name", "all('client-row').some((row) => row.textContent.includes('Yves Petit'))").await;
        expect_no_change(&broker).await;
        assert_eq!(broker.text_of("focused()").await, "client-invite");

        let client = stage.browser("client").await;
        client.sign_in(&client_login).await;
        client.see("open-conversation").await;
        client.look("(one('open-conversation').focus(), observe('#main'))").await;
        rename(&claire, "Chloé", "Martin").await;
        says(&client, "whom to ask", ".contact-who", "Chloé Martin").await;
        says(&client, "their face", ".contact-who .avatar", "CM").await;
        expect_no_change(&client).await;
        assert_eq!(client.text_of("focused()").await, "open-conversation");
    })
    .await;
}

/// The word was lost with the connection: the names come with the next join.
#[tokio::test]
async fn a_name_that_changed_while_the_line_was_cut_comes_with_it() {
    use crate::wire::{Flow, Wire};
    perform("renamed-offline", async |stage: &mut Stage| {
        let (client_login, broker_login) = (stage.demo.client.clone(), stage.demo.broker.clone());
        let paul = stage.demo.sign_in(&client_login).await;
        let wire = Wire::to(stage.demo.port());
        let broker = stage.browser_on(&wire, "broker").await;
        broker.sign_in(&broker_login).await;
        broker.open_page(ROOM).await;
        broker.until_conversation().await;
        wire.set(Flow::Cut);
        rename(&paul, "Zacharie", "Moreau").await;
        wire.set(Flow::Whole);
        says(&broker, "the head", ".conversation-head .people", "Zacharie Moreau").await;
        broker
            .until(
                "the list of people",
                "all('participant-row').some((row) => row.textContent.includes('Zacharie Moreau'))",
            )
            .await;
    })
    .await;
}

/// What no room tells: who asks one to take part, in what; and what a dialog that stands open says.
#[tokio::test]
async fn a_new_name_stands_in_requests_and_open_dialogs_at_once() {
    perform("renamed-requests", async |stage: &mut Stage| {
        let (paul, claire) =
            (stage.demo.sign_in(&stage.demo.client).await, stage.demo.sign_in(&stage.demo.broker).await);
        let otto = second_broker(stage).await;
        let (flat, _) = otto.open_transaction("Flat").await;
        let me = claire.get("/api/v1/me").await.expect(200)["account"].clone();
        let ask = json!({ "email": me["email"] });
        otto.post(&format!("/api/v1/transactions/{flat}/participants"), ask).await.expect(201);

        let broker = stage.browser("broker").await;
        broker.sign_in(&stage.demo.broker).await;
        broker.until("the request", "one('participation-request')?.textContent.includes('Otto Weber')").await;
        broker.until("a live room", "one('unread-count')").await;
        broker.look("(one('participation-accept').focus(), observe('#main'))").await;
        rename(&otto, "Ottokar", "Weber").await;
        says(&broker, "who asks", "[data-test=participation-request]", "Ottokar Weber").await;
        otto.patch(&format!("/api/v1/transactions/{flat}"), json!({ "title": "Grenier" })).await.expect(200);
        says(&broker, "what for", "[data-test=participation-request]", "Grenier").await;
        expect_no_change(&broker).await;
        assert_eq!(broker.text_of("focused()").await, "participation-accept");

        let account = paul.get("/api/v1/me").await.expect(200)["account"]["id"].clone();
        broker.open_page(ROOM).await;
        broker.until_conversation().await;
        broker.until("a live room", "one('presence')").await;
        for (hook, last) in [("participant-remove", "Moreau"), ("participant-edit", "Petit")] {
            broker.click_css(&format!("[data-account='{account}'] [data-test={hook}]")).await;
            broker.look("(document.activeElement.dataset.held = 'yes')").await;
            rename(&paul, "Zacharie", last).await;
            says(&broker, "the dialog", "dialog h2", &format!("Zacharie {last}")).await;
            let label = format!("document.querySelector('dialog').getAttribute('aria-label').includes('{last}')");
            assert_eq!(broker.look(&label).await, json!(true));
            assert_eq!(broker.text_of("document.activeElement.dataset.held").await, "yes");
            broker.click("dialog-cancel").await;
        }
    })
    .await;
}

async fn second_broker(stage: &Stage) -> Person {
    let admin = stage.demo.sign_in(&stage.demo.admin).await;
    let login = Login { email: "otto@example.org".into(), password: "Grenier-Tuile-62-orme".into() };
    let account = json!({ "first_name": "Otto", "last_name": "Weber", "email": login.email, "role": "broker", "language": "fr", "password": login.password });
    admin.post("/api/v1/accounts", account).await.expect(201);
    stage.demo.sign_in(&login).await
}
