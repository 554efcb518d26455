//! Whoever is added to a transaction sees it at once; whoever is taken out hears nothing more of it, from that moment.

use serde_json::json;

use crate::browser::css;
use crate::stage::{Stage, perform};

#[tokio::test]
async fn a_removed_client_is_told_calmly_and_hears_nothing_more() {
    perform("removal", async |stage: &mut Stage| {
        let broker = stage.browser("broker").await;
        broker.sign_in(&stage.demo.broker).await;
        let client = stage.browser("client").await;
        client.sign_in(&stage.demo.client).await;
        client.click("open-conversation").await;
        client.until_conversation().await;
        let id = client.path().await.replace("/client/transactions/", "");
        let account = client.text_of("String(JSON.parse(localStorage.getItem('entremise.account')))").await;

        // A second transaction of the two, where the client stays: it tells when everything has arrived.
        let person = stage.demo.sign_in(&stage.demo.broker).await;
        let (other, _) = person.open_transaction("Appartement quai de la Fosse").await;
        let account: i64 = account.parse().expect("an account");
        let participants = format!("/api/v1/transactions/{other}/participants");
        person.post(&participants, json!({ "account_id": account })).await.expect(201);

        broker.click_css(&format!("{}[data-id=\"{id}\"]", css("transaction-row"))).await;
        broker.until_conversation().await;
        broker.say("Encore là").await;
        client.until_reads(&["Encore là"]).await;

        broker
            .click_css(&format!("{}[data-account=\"{account}\"] {}", css("participant-row"), css("participant-remove")))
            .await;
        broker.click("confirm").await;
        client.see("composer-closed").await;
        client.see_nothing_of("composer-input").await;
        let row = format!("document.querySelector('[data-test=participant-row][data-account=\"{account}\"]')");
        broker.until("an empty place", &format!("!{row}")).await;

        broker.say("Entre nous").await;
        broker.until_reads(&["Entre nous"]).await;
        let path = format!("/api/v1/transactions/{other}/messages");
        person.post(&path, json!({ "nonce": "other", "body": "Ici, tout continue" })).await.expect(201);
        client.until_is("the other transaction's message", "one('unread-count')?.dataset.count", json!("1")).await;
        client.until_reads(&["Encore là"]).await;
        assert_eq!(client.look("document.body.textContent.includes('Entre nous')").await, json!(false));

        // And nothing on the way back either.
        client.open_page(&format!("/client/transactions/{id}")).await;
        client.see("go-home").await;
        client.open_page("/client").await;
        client.see("open-conversation").await;
        assert_eq!(client.look("document.body.textContent.includes('Tilleuls')").await, json!(false));
    })
    .await;
}

#[tokio::test]
async fn a_client_who_is_added_sees_the_transaction_without_asking() {
    perform("addition", async |stage: &mut Stage| {
        let client = stage.browser("client").await;
        client.sign_in(&stage.demo.client).await;
        client.see("open-conversation").await;
        let account = client.text_of("String(JSON.parse(localStorage.getItem('entremise.account')))").await;
        let account: i64 = account.parse().expect("an account");

        let person = stage.demo.sign_in(&stage.demo.broker).await;
        let (other, _) = person.open_transaction("Appartement quai de la Fosse").await;
        let participants = format!("/api/v1/transactions/{other}/participants");
        person.post(&participants, json!({ "account_id": account })).await.expect(201);
        let shown = "document.body.textContent.includes('quai de la Fosse')";
        client.until("the new transaction on the open page", shown).await;
    })
    .await;
}

#[tokio::test]
async fn a_client_who_leaves_is_told_to_the_broker_on_any_page() {
    perform("leaving", async |stage: &mut Stage| {
        let client = stage.demo.sign_in(&stage.demo.client).await;
        let account = client.get("/api/v1/me").await.expect(200)["account"]["id"].as_i64().expect("an id");
        let login = stage.demo.broker.clone();
        let broker = stage.browser("broker").await;
        broker.sign_in(&login).await;
        broker.until("the list", "one('transaction-row')").await;
        broker.open_page("/account").await;
        // The rooms are heard once they are listed, which waits for the page.
        broker
            .until(
                "live rooms",
                "performance.getEntriesByType('resource').some(({ name }) => name.includes('/transactions?'))",
            )
            .await;
        client.delete(&format!("/api/v1/transactions/1/participants/{account}")).await.expect(204);
        broker.until("the word", "document.querySelector('.toast')?.textContent.includes('Paul Durand')").await;
    })
    .await;
}
