//! A long conversation: opened where reading stopped, turned back page by page without losing the place.

use std::time::Duration;

use serde_json::json;
use thirtyfour::prelude::*;

use crate::browser::Browser;
use crate::stage::{Stage, perform};
use crate::support::Person;

const MESSAGES: i64 = 400;
/// 300 entries, and what is under way.
const MOST_ON_THE_PAGE: f64 = 320.0;
/// How far a message may move while older ones are put above it.
const JUMP_PX: f64 = 3.0;

const SCROLL: &str = "one('message-scroll')";

#[tokio::test]
async fn a_long_conversation_keeps_the_place_of_its_reader() {
    perform("history", async |stage: &mut Stage| {
        let broker = stage.demo.sign_in(&stage.demo.broker).await;
        let transaction = only_transaction(&broker).await;
        for number in 1..=MESSAGES {
            post(&broker, transaction, &format!("Message {number}")).await;
        }
        let client = stage.browser("client").await;
        client.sign_in(&stage.demo.client).await;
        client.open_page(&format!("/client/transactions/{transaction}")).await;

        opens_at_the_first_unread(&client).await;
        reads_down_to_the_end(&client).await;
        stays_calm_while_it_forgets(&broker, &client, transaction).await;
        turns_back_without_a_jump(&client).await;
        hears_of_news_and_returns(&broker, &client, transaction).await;
    })
    .await;
}

async fn opens_at_the_first_unread(client: &Browser) {
    client.until_conversation().await;
    client.see("unread-divider").await;
    let after = "words(one('unread-divider').nextElementSibling)";
    client.until_is("the first unread message", after, json!("Message 1")).await;
    // It can be read without scrolling, and what was read before stands above it.
    let place = format!("one('unread-divider').getBoundingClientRect().top - {SCROLL}.getBoundingClientRect().top");
    let (place, height) = (client.number_of(&place).await, client.number_of(&format!("{SCROLL}.clientHeight")).await);
    assert!(place > 0.0 && place < height / 2.0, "the line stands {place} px below the top of {height} px");
    let before = client.number_of("messages().findIndex(({ body }) => body === 'Message 1')").await;
    assert!(before >= 1.0, "what was said before is missing");
    client.see("jump-newest").await;
}

/// Newer pages come while one scrolls, until there are no more.
async fn reads_down_to_the_end(client: &Browser) {
    for _ in 0..100 {
        let state = client.look(&format!("(({SCROLL}.scrollTop += 600), [messages().at(-1).body, {SCROLL}.scrollHeight - {SCROLL}.scrollTop - {SCROLL}.clientHeight < 2])")).await;
        if state == json!([format!("Message {MESSAGES}"), true]) {
            break;
        }
        stays_light(client).await;
    }
    client.until_reads(&["Message 399", "Message 400"]).await;
    let contiguous = "messages().every(({ seq }, index, all) => index === 0 || seq === all[index - 1].seq + 1)";
    client.until("a run without a hole", contiguous).await;
    client
        .until("that all is read", &format!("(({SCROLL}.scrollTop = {SCROLL}.scrollHeight), !one('unread-count'))"))
        .await;
    client.see_nothing_of("jump-newest").await;
}

/// At the end of a full page each new message is inserted once, and what is forgotten is only removed.
async fn stays_calm_while_it_forgets(broker: &Person, client: &Browser, transaction: i64) {
    client.until("a log that is read aloud", "document.querySelector('.message-rows[aria-live=polite]')").await;
    client.look("observe('.message-rows')").await;
    for number in 1..=25 {
        post(broker, transaction, &format!("Live {number}")).await;
    }
    client.until_is("the last message", "messages().at(-1).body", json!("Live 25")).await;
    stays_light(client).await;
    let inserted = client.look("changes().inserted.length").await;
    assert_eq!(inserted, json!(25), "{}", client.look("changes().inserted").await);
    let removed = client.number_of("changes().removed.length").await;
    assert!((20.0..60.0).contains(&removed), "{removed} removed");
    // What is noted as read a moment after it was seen would be news after a reload.
    client.until("that all is read", "!one('unread-count')").await;
}

/// Up to the very beginning; each time the message at the top edge stays where it is.
async fn turns_back_without_a_jump(client: &Browser) {
    client.reload().await;
    client.until_reads(&["Live 24", "Live 25"]).await;
    client.look("window.first = () => Number(document.querySelector('[data-test=message]').dataset.seq)").await;
    let beginning = "Boolean(document.querySelector('.room-beginning'))";
    let mut pages = 0;
    while client.look(beginning).await == json!(false) {
        let first = client.number_of("first()").await;
        // What happens within one script no page can come between.
        client
            .look(&format!(
                "(() => {{
                    const top = {SCROLL}.getBoundingClientRect().top;
                    {SCROLL}.scrollTop = Math.min({SCROLL}.scrollTop, 300);
                    window.held = all('message').find((node) => node.getBoundingClientRect().bottom > top);
                    window.place = held.getBoundingClientRect().top;
                    window.held = held.dataset.seq;
                }})()"
            ))
            .await;
        client.until("an older page", &format!("first() < {first} || {beginning}")).await;
        let moved = "document.querySelector(`[data-seq='${held}']`).getBoundingClientRect().top - place";
        let moved = client.number_of(moved).await;
        assert!(moved.abs() <= JUMP_PX, "a message jumped by {moved} px when page {pages} came");
        stays_light(client).await;
        pages += 1;
        assert!(pages < 20, "the beginning never comes");
    }
    assert!(pages >= 5, "only {pages} pages for {MESSAGES} messages");
    let oldest = "messages()[0].body.startsWith('Bonjour Paul')";
    client.until("the first message of all", oldest).await;
}

async fn hears_of_news_and_returns(broker: &Person, client: &Browser, transaction: i64) {
    post(broker, transaction, "Une nouvelle").await;
    client.until_is("the count on the button", "one('jump-newest').dataset.count", json!("1")).await;
    stays_light(client).await;
    client.click("jump-newest").await;
    client.until_reads(&["Live 25", "Une nouvelle"]).await;
    client.see_nothing_of("jump-newest").await;
    let at_the_end = format!("{SCROLL}.scrollHeight - {SCROLL}.scrollTop - {SCROLL}.clientHeight < 2");
    client.until("the end", &at_the_end).await;
    client.until("that it is read", "!one('unread-count')").await;
}

async fn stays_light(client: &Browser) {
    let number = client.number_of("all('message').length").await;
    assert!(number <= MOST_ON_THE_PAGE, "{number} messages on the page");
}

#[tokio::test]
async fn a_draft_waits_where_it_was_written() {
    perform("draft", async |stage: &mut Stage| {
        let client = stage.browser("client").await;
        client.sign_in(&stage.demo.client).await;
        client.click("open-conversation").await;
        client.until_conversation().await;

        client.write("Une ligne").await;
        client.press_with_shift(Key::Enter).await;
        client.press("et une autre").await;
        let draft = "one('composer-input')?.value ?? ''";
        client.until_is("two lines", draft, json!("Une ligne\net une autre")).await;
        let height = client.number_of("one('composer-input').offsetHeight").await;
        assert!(height > 60.0, "the field did not grow: {height} px");
        let said = client.messages().await.len();

        client.reload().await;
        client.until_conversation().await;
        client.until_is("the draft", draft, json!("Une ligne\net une autre")).await;
        assert_eq!(client.messages().await.len(), said);

        client.click("composer-input").await;
        client.press(Key::Enter).await;
        client.until_reads(&["Une ligne\net une autre"]).await;
        client.until_is("an empty field", draft, json!("")).await;
        client.reload().await;
        client.until_reads(&["Une ligne\net une autre"]).await;
        assert_eq!(client.text_of(draft).await, "");
    })
    .await;
}

async fn only_transaction(person: &Person) -> i64 {
    let answer = person.get("/api/v1/transactions").await;
    answer.expect(200)["transactions"][0]["id"].as_i64().expect("an id")
}

async fn post(person: &Person, transaction: i64, body: &str) {
    let path = format!("/api/v1/transactions/{transaction}/messages");
    let nonce = body.replace(' ', "-");
    loop {
        let answer = person.post(&path, json!({ "nonce": nonce, "body": body })).await;
        if answer.status.as_u16() != 429 {
            answer.expect(201);
            return;
        }
        // One account posts thirty at once and then ten a second; the answer says when to come back.
        tokio::time::sleep(Duration::from_secs(answer.header("retry-after").parse().expect("seconds"))).await;
    }
}
