//! A conversation changes where something was said: nothing is inserted twice, and nothing old is read aloud as news.

use serde_json::json;

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

async fn only_transaction(person: &Person) -> i64 {
    let answer = person.get("/api/v1/transactions").await;
    answer.expect(200)["transactions"][0]["id"].as_i64().expect("an id")
}

async fn post(person: &Person, transaction: i64, body: &str) {
    let path = format!("/api/v1/transactions/{transaction}/messages");
    let nonce = body.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    person.post(&path, json!({ "nonce": nonce, "body": body })).await.expect(201);
}
