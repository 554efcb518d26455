//! A conversation changes where something was said: nothing is inserted twice, and nothing old is read aloud as news.

use serde_json::json;
use thirtyfour::WindowHandle;
use thirtyfour::prelude::*;

use crate::browser::Browser;
use crate::stage::{Stage, perform};
use crate::support::Person;

const LOG: &str = "'.message-rows'";

#[tokio::test]
async fn an_answer_below_unread_messages_inserts_itself_alone() {
    perform("calm-answer", async |stage: &mut Stage| {
        let broker = stage.demo.sign_in(&stage.demo.broker).await;
        let transaction = only_transaction(&broker).await;
        for number in 1..=5 {
            post(&broker, transaction, &format!("Question {number}")).await;
        }
        let client = stage.browser("client").await;
        client.sign_in(&stage.demo.client).await;
        client.open_page(&format!("/client/transactions/{transaction}")).await;
        client.until_conversation().await;
        client.see("unread-divider").await;
        client.look(&format!("observe({LOG})")).await;
        client.say("Réponse").await;
        client.until_reads(&["Question 5", "Réponse"]).await;
        // Nothing but the answer; what follows in it (the hour in place of the clock) is told to nobody.
        let inserted =
            client.look("changes().inserted.filter((node) => !node.startsWith('quiet') && node !== 'text')").await;
        assert_eq!(inserted, json!(["message"]), "{inserted}");
        let removed = client.look("changes().removed.filter((node) => node.startsWith('message'))").await;
        assert_eq!(removed, json!([]));

        // The receipt comes without a word, and no message is touched for it.
        client.look(&format!("observe({LOG})")).await;
        let head = client.look("messages().at(-1).seq").await;
        let path = format!("/api/v1/transactions/{transaction}/read");
        broker.put(&path, json!({ "seq": head })).await.expect(200);
        client.see("read-receipt").await;
        let loud = "[...changes().inserted, ...changes().removed].filter((node) => !node.startsWith('quiet'))";
        assert_eq!(client.look(loud).await, json!([]));
    })
    .await;
}

#[tokio::test]
async fn today_becomes_yesterday_while_one_looks() {
    perform("calm-midnight", async |stage: &mut Stage| {
        let client = stage.browser("client").await;
        client.sign_in(&stage.demo.client).await;
        client.click("open-conversation").await;
        client.until_conversation().await;
        client.say("Bonsoir").await;
        client.until_reads(&["Bonsoir"]).await;
        let last_day = "[...document.querySelectorAll('.day')].at(-1).textContent";
        assert_eq!(client.text_of(last_day).await, "Aujourd’hui");
        client.look(&format!("observe({LOG})")).await;
        client.sleep_days(1).await;
        client.until_is("the day", last_day, json!("Hier")).await;
        assert_eq!(client.look("changes()").await, json!({ "inserted": [], "removed": [] }));
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_one_in_all_tabs() {
    perform("calm-draft", async |stage: &mut Stage| {
        let client = stage.browser("client").await;
        client.sign_in(&stage.demo.client).await;
        client.click("open-conversation").await;
        client.until_conversation().await;
        let path = client.path().await;
        let draft = "one('composer-input')?.value ?? ''";
        let first = client.driver.window().await.expect("a page");
        client.driver.new_tab().await.expect("a second page");
        client.front_page(2).await;
        let second = client.driver.window().await.expect("a page");
        client.open_page(&path).await;
        client.until_conversation().await;

        // Written in the one, seen in the other.
        client.write("À demain").await;
        client.driver.switch_to_window(first.clone()).await.expect("the first page");
        client.until_is("the draft", draft, json!("À demain")).await;
        // Closing the other one, in which nobody writes any more, takes nothing away and brings nothing back.
        client.say("!").await;
        client.until_reads(&["À demain!"]).await;
        client.driver.switch_to_window(second).await.expect("the second page");
        client.until_is("an empty field", draft, json!("")).await;
        client.driver.close_window().await.expect("it closes");
        client.driver.switch_to_window(first).await.expect("the first page");
        client.reload().await;
        client.until_reads(&["À demain!"]).await;
        assert_eq!(client.text_of(draft).await, "");
    })
    .await;
}

#[tokio::test]
async fn a_page_in_the_background_loads_without_a_frame() {
    perform("calm-background", async |stage: &mut Stage| {
        let broker = stage.browser("broker").await;
        broker.sign_in(&stage.demo.broker).await;
        let no_frames = json!({ "source": "window.requestAnimationFrame = () => 0;" });
        broker.devtools("Page.addScriptToEvaluateOnNewDocument", no_frames).await;
        broker.open_page("/broker").await;
        broker.see("transaction-row").await;
        let person = stage.demo.sign_in(&stage.demo.broker).await;
        let transaction = only_transaction(&person).await;
        let client = stage.demo.sign_in(&stage.demo.client).await;
        post(&client, transaction, "Bonjour Claire").await;
        broker.until("the news", "one('transaction-row').textContent.includes('Bonjour Claire')").await;
        broker.open_page(&format!("/broker/transactions/{transaction}")).await;
        broker.until_conversation().await;
    })
    .await;
}

/// A tab that slept while another one wrote, and is closed or left only then.
#[tokio::test]
async fn a_tab_that_slept_wipes_no_draft_and_brings_none_back() {
    perform("calm-sleeping-tab", async |stage: &mut Stage| {
        let client = stage.browser("client").await;
        client.sign_in(&stage.demo.client).await;
        client.click("open-conversation").await;
        client.until_conversation().await;
        let path = client.path().await;
        let draft = "one('composer-input')?.value ?? ''";
        let kept = "Object.entries(localStorage).find(([key]) => key.includes('.draft.'))?.[1] ?? ''";
        let first = client.driver.window().await.expect("a page");

        // It stood open and empty: leaving it must not empty what was written elsewhere.
        let asleep = open_asleep(&client, &path).await;
        client.driver.switch_to_window(first.clone()).await.expect("the first page");
        client.write("À demain").await;
        client.until_is("that it is kept", kept, json!("À demain")).await;
        leave(&client, &asleep).await;
        client.driver.switch_to_window(first.clone()).await.expect("the first page");
        assert_eq!(client.text_of(kept).await, "À demain");

        // It held the draft, which was sent elsewhere: leaving it must not bring the draft back.
        let asleep = open_asleep(&client, &path).await;
        client.until_is("the draft", draft, json!("À demain")).await;
        client.driver.switch_to_window(first.clone()).await.expect("the first page");
        client.click("composer-input").await;
        client.press(Key::Enter).await;
        client.until_reads(&["À demain"]).await;
        leave(&client, &asleep).await;
        client.driver.switch_to_window(first).await.expect("the first page");
        assert_eq!(client.text_of(kept).await, "");
        client.reload().await;
        client.until_reads(&["À demain"]).await;
        assert_eq!(client.text_of(draft).await, "");
    })
    .await;
}

/// A tab that hears nothing of what the others store.
async fn open_asleep(client: &Browser, path: &str) -> WindowHandle {
    let tabs = client.driver.windows().await.expect("there are pages").len();
    client.driver.new_tab().await.expect("another page");
    client.front_page(tabs + 1).await;
    let stalled_reader = "addEventListener('storage', (event) => event.stopImmediatePropagation());";
    client.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": stalled_reader })).await;
    client.open_page(path).await;
    client.until_conversation().await;
    client.driver.window().await.expect("the page")
}

/// To another page of ours, and out of the house: both are ways to leave.
async fn leave(client: &Browser, tab: &WindowHandle) {
    client.driver.switch_to_window(tab.clone()).await.expect("the page");
    client.click_css(".conversation-back").await;
    client.until_path("/client").await;
    client.driver.back().await.expect("the way back");
    client.until_conversation().await;
    client.driver.close_window().await.expect("it closes");
}

/// The clock of the server was set back by a day, and forward again.
#[tokio::test]
async fn days_that_come_again_are_lines_of_their_own() {
    perform("calm-clock", async |stage: &mut Stage| {
        let broker = stage.demo.sign_in(&stage.demo.broker).await;
        let transaction = only_transaction(&broker).await;
        for number in 1..=4 {
            post(&broker, transaction, &format!("Jour {number}")).await;
        }
        let client = stage.browser("client").await;
        client.sign_in(&stage.demo.client).await;
        // Every second entry is of the day before.
        let source = "
            const ask = window.fetch;
            window.fetch = async (...given) => {
                const answer = await ask(...given);
                if (!String(given[0]).includes('/messages')) return answer;
                const page = await answer.json();
                for (const entry of page.entries ?? []) entry.at = new Date(Date.parse(entry.at) - (entry.seq % 2) * 86_400_000).toISOString();
                return new Response(JSON.stringify(page), { status: answer.status, headers: answer.headers });
            };
        ";
        client.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await;
        client.open_page(&format!("/client/transactions/{transaction}")).await;
        client.until_conversation().await;
        let rows = "[...document.querySelector('.message-rows').children].map((node) => node.matches('.day') ? 'day' : node.dataset.test === 'message' ? words(node) : '').slice(-7)";
        let expected = json!(["Jour 1", "day", "Jour 2", "day", "Jour 3", "day", "Jour 4"]);
        client.until_is("a line for each", rows, expected).await;
        client.look(&format!("observe({LOG})")).await;
        let path = format!("/api/v1/transactions/{transaction}/read");
        let head = client.look("messages().at(-1).seq").await;
        broker.put(&path, json!({ "seq": head })).await.expect(200);
        client.say("Et voilà").await;
        client.until_reads(&["Et voilà"]).await;
        let days = "[...changes().inserted, ...changes().removed].filter((node) => node === 'div')";
        assert_eq!(client.look(days).await, json!([]));
    })
    .await;
}

async fn only_transaction(person: &Person) -> i64 {
    let answer = person.get("/api/v1/transactions").await;
    answer.expect(200)["transactions"][0]["id"].as_i64().expect("an id")
}

async fn post(person: &Person, transaction: i64, body: &str) {
    let path = format!("/api/v1/transactions/{transaction}/messages");
    let nonce = body.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    person.post(&path, json!({ "nonce": nonce, "body": body })).await.expect(201);
}
