//! Who signs out leaves nothing behind in the browser.

use serde_json::json;

use crate::stage::{Stage, perform};

/// What is kept of people in this browser.
const KEPT: &str =
    "Object.keys(localStorage).filter((key) => key.startsWith('entremise.') && key !== 'entremise.theme')";

#[tokio::test]
async fn a_sign_out_leaves_neither_drafts_nor_unsent_messages() {
    perform("traces", async |stage: &mut Stage| {
        let (client, broker) = (stage.demo.client.clone(), stage.demo.broker.clone());
        let paul = stage.browser("paul").await;
        paul.sign_in(&client).await;
        paul.open_page("/client/transactions/1").await;
        paul.until_conversation().await;
        paul.look("void window.open('/client/transactions/1')").await;
        paul.front_page(2).await;
        paul.until_conversation().await;
        paul.write("my secret draft").await;
        paul.until("the draft is kept", "Object.keys(localStorage).some((key) => key.includes('draft'))").await;
        // A message that the server refused, as an earlier visit left it.
        let refused = "{ nonce: 'n', room: 1, body: 'my secret message', created_at: 1, order: 1, state: 'failed', code: 'message_too_long', tries: 1, owner: 'closed' }";
        let leave = format!(
            "fetch('/api/v1/me').then((answer) => answer.json()).then(({{ account }}) => localStorage.setItem(`entremise.outbox.${{account.id}}.n`, JSON.stringify({refused})))"
        );
        paul.look(&format!("await ({leave})")).await;

        paul.click("account-menu").await;
        paul.click("sign-out").await;
        // It asks before it deletes.
        paul.see("confirm").await;
        paul.click("confirm").await;
        paul.until_path("/sign-in").await;
        assert_eq!(paul.look(KEPT).await, json!([]));

        // The other tab had the conversation open: it is out too, and writes nothing down.
        paul.first_page().await;
        paul.until_path("/sign-in").await;
        assert_eq!(paul.look(KEPT).await, json!([]));

        paul.sign_in(&broker).await;
        paul.open_page("/broker/transactions/1").await;
        paul.until_conversation().await;
        assert_eq!(paul.text_of("one('composer-input').value").await, "");
        assert_eq!(paul.look("document.body.textContent.includes('my secret')").await, false);
    })
    .await;
}
