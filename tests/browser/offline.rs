//! Outages between a browser and the server: nothing that was typed is lost, doubled or out of order.

use serde_json::json;

use crate::browser::{Browser, eventually};
use crate::stage::{Stage, perform};
use crate::support::Person;
use crate::wire::{Flow, Wire};

const OFFLINE: &str = "one('offline-notice')?.textContent ?? ''";

#[tokio::test]
async fn what_is_typed_offline_waits_and_leaves_in_order() {
    perform("offline", async |stage: &mut Stage| {
        let broker = stage.demo.sign_in(&stage.demo.broker).await;
        let wire = Wire::to(stage.demo.port());
        let client = stage.browser_on(&wire, "client").await;
        client.sign_in(&stage.demo.client).await;
        let transaction = open_conversation(&client).await;
        let stored_before = stored(&broker, transaction).await;

        wire.set(Flow::Cut);
        client.network(false).await;
        client.say("Un").await;
        client.say("Deux").await;
        until_waiting(&client, &["Un", "Deux"]).await;
        post(&broker, transaction, "Pendant ce temps").await;
        // A short gap worries nobody; after that the notice says what waits.
        client.until("the notice", &format!("/interrompue.*2 messages/.test({OFFLINE})")).await;

        // The pages come back before the live way does: what waits survives the reload, in its order.
        wire.set(Flow::WithoutLive);
        client.network(true).await;
        client.reload().await;
        client.until_conversation().await;
        until_waiting(&client, &["Un", "Deux"]).await;
        client.until("what the broker wrote", "messages().some(({ body }) => body === 'Pendant ce temps')").await;
        client.say("Trois").await;
        until_waiting(&client, &["Un", "Deux", "Trois"]).await;
        client.until("the notice", &format!("{OFFLINE}.includes('3 messages')")).await;

        // Back again. A browser that changes its network tries at once.
        wire.set(Flow::Whole);
        client.network(false).await;
        client.network(true).await;
        let expected = ["Pendant ce temps", "Un", "Deux", "Trois"];
        client.until_reads(&expected).await;
        client.see_nothing_of("offline-notice").await;
        assert_eq!(stored(&broker, transaction).await[stored_before.len()..], expected);

        // And live, in both directions.
        post(&broker, transaction, "Te revoilà").await;
        client.until_reads(&["Trois", "Te revoilà"]).await;
        client.reload().await;
        client.until_reads(&["Pendant ce temps", "Un", "Deux", "Trois", "Te revoilà"]).await;
    })
    .await;
}

#[tokio::test]
async fn an_acknowledgement_that_never_comes_doubles_nothing() {
    perform("stalled_reader", async |stage: &mut Stage| {
        let broker = stage.demo.sign_in(&stage.demo.broker).await;
        let wire = Wire::to(stage.demo.port());
        let client = stage.browser_on(&wire, "client").await;
        client.sign_in(&stage.demo.client).await;
        let transaction = open_conversation(&client).await;
        client.say("Avant").await;
        client.until_reads(&["Avant"]).await;

        wire.set(Flow::StalledReader);
        client.say("Sans réponse").await;
        client.say("Derrière").await;
        let stored_once = async || {
            let stored = stored(&broker, transaction).await;
            if stored.ends_with(&["Sans réponse".to_owned()]) { Ok(()) } else { Err(format!("{stored:?}")) }
        };
        eventually(stored_once).await.expect("the message arrives");
        until_waiting(&client, &["Sans réponse", "Derrière"]).await;

        wire.set(Flow::Cut);
        wire.set(Flow::Whole);
        let expected = ["Avant", "Sans réponse", "Derrière"];
        client.until_reads(&expected).await;
        let stored = stored(&broker, transaction).await;
        assert_eq!(stored[stored.len() - expected.len()..], expected);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_dies_and_returns_loses_and_doubles_nothing() {
    perform("restart", async |stage: &mut Stage| {
        let broker = stage.demo.sign_in(&stage.demo.broker).await;
        let client = stage.browser("client").await;
        client.sign_in(&stage.demo.client).await;
        let transaction = open_conversation(&client).await;
        client.say("Avant").await;
        client.until_reads(&["Avant"]).await;
        let stored_before = stored(&broker, transaction).await;

        // Perhaps stored, perhaps not, perhaps stored and not acknowledged: nobody knows but the log.
        client.say("Au dernier moment").await;
        stage.demo.kill();
        client.say("Dans le noir").await;
        client.until("what waits", "messages().at(-1).state === 'pending'").await;
        stage.demo.start_again();

        let expected = ["Avant", "Au dernier moment", "Dans le noir"];
        client.until_reads(&expected).await;
        assert_eq!(stored(&broker, transaction).await[stored_before.len()..], expected[1..]);
        post(&broker, transaction, "Le serveur est de retour").await;
        client.until_reads(&["Dans le noir", "Le serveur est de retour"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_lost_network_is_told_soon_and_a_page_without_it_heals() {
    perform("no-connection", async |stage: &mut Stage| {
        let wire = Wire::to(stage.demo.port());
        let client = stage.browser_on(&wire, "client").await;
        client.sign_in(&stage.demo.client).await;
        open_conversation(&client).await;
        client.reload().await;
        client.until_conversation().await;
        client.click_css("a[href='/account']").await;
        client.until("the sessions", "all('session-row').length > 0").await;

        // The page itself measures how long the notice takes: a busy machine that asks late is no slow notice.
        client.look("addEventListener('offline', ({ timeStamp }) => { window.offlineAt = timeStamp; })").await;
        client.look("new MutationObserver(() => { if (one('offline-notice')) window.noticedAt ??= performance.now(); }).observe(document.body, { childList: true, subtree: true })").await;
        wire.set(Flow::StalledReader);
        client.network(false).await;
        client.see("offline-notice").await;
        let took = client.number_of("noticedAt - offlineAt").await;
        assert!(took < 5_000.0, "the notice came after {took} ms: the patience of a line that is only silent");

        wire.set(Flow::Cut);
        client.driver.back().await.expect("the way back");
        client.see("no-connection").await;
        assert_ne!(client.text_of("document.querySelector('h1').textContent").await, "");
        wire.set(Flow::Whole);
        client.network(true).await;
        client.until_conversation().await;
        client.see_nothing_of("no-connection").await;
        client.see_nothing_of("offline-notice").await;
    })
    .await;
}

/// From the dashboard; gives the id of the transaction.
async fn open_conversation(client: &Browser) -> i64 {
    client.click("open-conversation").await;
    client.until_conversation().await;
    let path = client.path().await;
    path.strip_prefix("/client/transactions/").and_then(|id| id.parse().ok()).expect("the page of a transaction")
}

async fn until_waiting(client: &Browser, bodies: &[&str]) {
    let waiting = "messages().filter(({ state }) => state !== 'sent').map(({ body, state }) => [body, state])";
    let expected: Vec<[&str; 2]> = bodies.iter().map(|body| [*body, "pending"]).collect();
    client.until_is("what waits", waiting, json!(expected)).await;
}

/// The bodies of all messages, as the log has them.
async fn stored(person: &Person, transaction: i64) -> Vec<String> {
    let answer = person.get(&format!("/api/v1/transactions/{transaction}/messages?limit=200")).await;
    let entries = answer.expect(200)["entries"].as_array().expect("entries").clone();
    entries.iter().filter_map(|entry| entry["body"].as_str()).map(str::to_owned).collect()
}

async fn post(person: &Person, transaction: i64, body: &str) {
    let path = format!("/api/v1/transactions/{transaction}/messages");
    let nonce = body.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    person.post(&path, json!({ "nonce": nonce, "body": body })).await.expect(201);
}
