//! An invitation that begins with a client's record.

use serde_json::json;

use crate::stage::{Stage, perform};

#[tokio::test]
async fn a_known_client_is_not_typed_again() {
    perform("records", async |stage: &mut Stage| {
        let broker = stage.browser("broker").await;
        broker.sign_in(&stage.demo.broker).await;
        let clients = stage.demo.sign_in(&stage.demo.broker).await.get("/api/v1/clients").await;
        let client = clients.expect(200)["clients"][0].clone();
        broker.open_page(&format!("/broker/invite?client={}", client["id"])).await;
        broker.see("invite-email").await;
        for (field, name) in
            [("invite-email", "email"), ("invite-first-name", "first_name"), ("invite-last-name", "last_name")]
        {
            broker
                .until_is(name, &format!("one('{field}').value"), json!(client[name].as_str().unwrap_or_default()))
                .await;
        }
    })
    .await;
}
