//! Lists change where the data changed: what is focused, opened, marked or scrolled to outlives every live change.

use serde_json::json;
use thirtyfour::prelude::*;

use crate::browser::{Browser, DESKTOP, css};
use crate::stage::{Stage, perform};
use crate::support::Person;

#[tokio::test]
async fn a_message_moves_one_card_and_takes_no_focus() {
    perform("calm-broker", async |stage: &mut Stage| {
        let (broker, client) =
            (stage.demo.sign_in(&stage.demo.broker).await, stage.demo.sign_in(&stage.demo.client).await);
        let account = account_of(&client).await;
        let mut transactions = Vec::new();
        for title in ["Un", "Deux", "Trois"] {
            let (id, _) = broker.open_transaction(title).await;
            let participants = format!("/api/v1/transactions/{id}/participants");
            broker.post(&participants, json!({ "account_id": account })).await.expect(201);
            transactions.push(id);
        }
        let page = stage.browser("broker").await;
        page.sign_in(&stage.demo.broker).await;
        page.until("the cards", "all('transaction-row').length >= 4").await;
        page.until("live rooms", "all('transaction-row')[0].textContent.includes('Trois')").await;

        // Another card moves to the top: one card is inserted, the focus stays on its own.
        focus(&page, "transaction-row", transactions[1]).await;
        page.look("observe('.transactions')").await;
        post(&client, transactions[0], "Bonjour").await;
        page.until_is("the new order", "Number(all('transaction-row')[0].dataset.id)", json!(transactions[0])).await;
        assert_eq!(page.text_of("focused()").await, format!("transaction-row {}", transactions[1]));
        let cards = "changes().inserted.map((node) => node.replace('quiet ', '')).filter((node) => node.startsWith('transaction-row'))";
        assert_eq!(page.look(cards).await, json!([format!("transaction-row {}", transactions[0])]));

        // The card itself moves: the others go around it.
        post(&client, transactions[1], "Et ici").await;
        page.until_is("the new order", "Number(all('transaction-row')[0].dataset.id)", json!(transactions[1])).await;
        assert_eq!(page.text_of("focused()").await, format!("transaction-row {}", transactions[1]));
    })
    .await;
}

#[tokio::test]
async fn the_home_of_a_client_changes_around_what_is_held() {
    perform("calm-home", async |stage: &mut Stage| {
        let broker = stage.demo.sign_in(&stage.demo.broker).await;
        let page = stage.browser("client").await;
        page.sign_in(&stage.demo.client).await;
        page.see("open-conversation").await;
        let transaction = page.look("Number(one('transaction-row').dataset.id)").await.as_i64().expect("an id");
        page.look("(one('open-conversation').focus(), window.held = document.activeElement, observe('#main'))").await;
        // Marked text stays marked: a mark within a text is lost also when the same text is written again.
        page.look("(([text]) => getSelection().setBaseAndExtent(text, 2, text, text.length))(document.querySelector('.overview-title h2').childNodes)").await;
        let marked = page.text_of("String(getSelection())").await;
        post(&broker, transaction, "Bonjour Paul").await;
        page.until("the message", "document.querySelector('.recent-item')?.textContent.includes('Bonjour Paul')").await;
        page.until("the count", "one('open-conversation').querySelector('[data-test=unread-count]')").await;
        assert_eq!(page.look("document.activeElement === held && held.isConnected").await, json!(true));
        assert_eq!(page.text_of("String(getSelection())").await, marked);
        let removed = page.look("changes().removed").await;
        assert!(removed.as_array().expect("a list").len() <= 2, "one old message may leave: {removed}");

        // Added to another transaction: nobody is thrown to the top of the page.
        let account = account_of(&stage.demo.sign_in(&stage.demo.client).await).await;
        let (other, _) = broker.open_transaction("Appartement quai de la Fosse").await;
        let participants = format!("/api/v1/transactions/{other}/participants");
        broker.post(&participants, json!({ "account_id": account })).await.expect(201);
        page.until("the new transaction", "document.body.textContent.includes('quai de la Fosse')").await;
        assert_ne!(page.text_of("focused()").await, "nothing");
        assert_ne!(page.text_of("focused()").await, "h1");
    })
    .await;
}

#[tokio::test]
async fn the_list_of_invitations_is_looked_at_again_without_a_sign() {
    perform("calm-invitations", async |stage: &mut Stage| {
        let broker = stage.demo.sign_in(&stage.demo.broker).await;
        for number in 0..55 {
            invite(&broker, number).await;
        }
        let page = stage.browser("broker").await;
        page.sign_in(&stage.demo.broker).await;
        page.open_page("/broker/clients").await;
        // A pressed filter keeps the focus, also when the counts come.
        page.click_css("[data-test=state-filter] [data-value=pending]").await;
        page.until("the filter", "!document.querySelector('[aria-busy]') && all('invitation-row').length === 50").await;
        assert_eq!(page.text_of("focused()").await, "button pending");

        page.click("more").await;
        page.until("page two", "all('invitation-row').length > 50").await;
        page.look("scrollTo(0, 0)").await;
        page.click("invitation-actions").await;
        page.until("an open menu", "focused() === 'invitation-resend'").await;
        page.look("(window.row = document.activeElement.closest('[data-test=invitation-row]'), observe('#main'))")
            .await;
        // As long as a mail waits the page asks again; a new invitation shows that it has.
        page.look("all('invitation-row').at(-1).dataset.mail = 'queued'").await;
        invite(&broker, 99).await;
        page.until("the new invitation", "all('invitation-row')[0].textContent.includes('Client99')").await;
        assert_eq!(page.text_of("focused()").await, "invitation-resend");
        assert_eq!(page.look("shown(document.activeElement) && row.isConnected").await, json!(true));
        let inserted = page.look("changes().inserted.filter((node) => node.includes('invitation-row'))").await;
        assert_eq!(inserted.as_array().expect("a list").len(), 1, "{inserted}");
        assert_eq!(page.look("changes().removed").await, json!([]));
        assert!(page.number_of("all('invitation-row').length").await > 50.0, "page two is gone");

        // Closed by a choice: the focus is where the menu was opened.
        page.press(Key::Escape).await;
        assert_eq!(page.text_of("focused()").await, "invitation-actions");
    })
    .await;
}

#[tokio::test]
async fn ending_a_session_leaves_the_focus_at_the_next_one() {
    perform("calm-sessions", async |stage: &mut Stage| {
        let page = stage.browser("client").await;
        page.sign_in(&stage.demo.client).await;
        for _ in 0..2 {
            stage.demo.sign_in(&stage.demo.client).await;
        }
        page.open_page("/account").await;
        page.until("three sessions", "all('session-row').length === 3").await;
        for left in [2, 1] {
            page.look("one('session-revoke').focus()").await;
            page.press(Key::Enter).await;
            page.until("one less", &format!("all('session-row').length === {left}")).await;
            let expected = if left == 2 { "session-revoke" } else { "h2" };
            assert_eq!(page.text_of("focused()").await, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn the_way_back_leads_to_where_one_was() {
    perform("calm-back", async |stage: &mut Stage| {
        let broker = stage.demo.sign_in(&stage.demo.broker).await;
        for number in 0..60 {
            broker.open_transaction(&format!("Villa {number}")).await;
        }
        let page = stage.browser("broker").await;
        page.sign_in(&stage.demo.broker).await;
        page.fill("transaction-search", "Villa").await;
        page.until("the answer", "location.search.includes('Villa') && all('transaction-row').length === 50 && !document.querySelector('[aria-busy]')").await;
        page.click("more").await;
        page.until("page two", "all('transaction-row').length === 60").await;
        let row = "all('transaction-row')[55]";
        page.look(&format!("{row}.scrollIntoView({{ block: 'center' }})")).await;
        let (id, scroll) = (page.number_of(&format!("Number({row}.dataset.id)")).await, page.number_of("scrollY").await);
        assert!(scroll > 1000.0);
        page.click_css(&format!("{}[data-id=\"{id}\"]", css("transaction-row"))).await;
        page.see("composer-input").await;
        page.driver.back().await.expect("the way back");
        page.until_is("the list", "all('transaction-row').length", json!(60)).await;
        page.until_is("the search", "one('transaction-search').value", json!("Villa")).await;
        page.until("the place", &format!("Math.abs(scrollY - {scroll}) < 3")).await;

        // A reload finds the same search.
        page.reload().await;
        page.until_is("the search", "one('transaction-search').value", json!("Villa")).await;
        page.until_is("its answer", "all('transaction-row').every((row) => row.textContent.includes('Villa'))", json!(true)).await;
        page.resize(DESKTOP).await;
    })
    .await;
}

async fn account_of(person: &Person) -> i64 {
    person.get("/api/v1/me").await.expect(200)["account"]["id"].as_i64().expect("an id")
}

async fn focus(page: &Browser, hook: &str, id: i64) {
    page.look(&format!("document.querySelector('[data-test={hook}][data-id=\"{id}\"]').focus()")).await;
    assert_eq!(page.text_of("focused()").await, format!("{hook} {id}"));
}

async fn post(person: &Person, transaction: i64, body: &str) {
    let path = format!("/api/v1/transactions/{transaction}/messages");
    let nonce = body.replace(' ', "-");
    person.post(&path, json!({ "nonce": nonce, "body": body })).await.expect(201);
}

async fn invite(broker: &Person, number: u32) {
    let invitation = json!({
        "first_name": format!("Client{number}"), "last_name": "Petit", "email": format!("client{number}@example.org"),
        "project_type": "purchase", "language": "fr",
    });
    broker.post("/api/v1/client-invitations", invitation).await.expect(201);
}
