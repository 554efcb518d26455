//! A broker gives no access that they do not have themselves, and the forms say so before the server leaves it out.

use serde_json::json;

use crate::demo::Login;
use crate::stage::{Stage, perform};

/// Disabled, ticked, and whether the line that says why is there.
const PROPERTIES: &str =
    "[one('access-properties').disabled, one('access-properties').checked, shown(one('access-limited'))]";

#[tokio::test]
async fn forms_offer_only_the_access_that_a_broker_can_give() {
    perform("given-access", async |stage: &mut Stage| {
        let claire = stage.demo.sign_in(&stage.demo.broker).await;
        let admin = stage.demo.sign_in(&stage.demo.admin).await;
        let login = Login { email: "otto@example.org".into(), password: "Grenier-Tuile-62-orme".into() };
        let account = json!({ "first_name": "Otto", "last_name": "Weber", "email": login.email, "role": "broker", "language": "fr", "password": login.password });
        admin.post("/api/v1/accounts", account).await.expect(201);
        let part = json!({ "email": login.email, "access": { "properties": false } });
        let asked = claire.post("/api/v1/transactions/1/participants", part).await;
        let id = asked.expect(201)["participant"]["account_id"].clone();
        let otto = stage.demo.sign_in(&login).await;
        otto.post("/api/v1/participation-requests/1/accept", json!({})).await.expect(200);

        let page = stage.browser("otto").await;
        page.sign_in(&login).await;
        page.open_page("/broker/invite?transaction=1").await;
        let limited = json!([true, false, true]);
        page.until_is("what cannot be given", PROPERTIES, limited.clone()).await;
        assert_eq!(page.look("[one('access-documents').disabled, one('access-documents').checked]").await, json!([false, true]));
        // In a transaction of their own they give everything.
        page.choose("invite-transaction", "").await;
        page.until_is("a new transaction", PROPERTIES, json!([false, true, false])).await;
        page.choose("invite-transaction", "1").await;
        page.until_is("Claire's transaction", PROPERTIES, limited.clone()).await;
        for (hook, text) in [("invite-first-name", "Zoé"), ("invite-last-name", "Marin"), ("invite-email", "zoe@example.org")] {
            page.fill(hook, text).await;
        }
        page.click("invite-submit").await;
        page.until_path("/broker/clients").await;
        let list = otto.get("/api/v1/client-invitations").await;
        let made = &list.expect(200)["invitations"][0];
        assert_eq!((&made["access"]["properties"], &made["access"]["documents"]), (&json!(false), &json!(true)));

        // A participant keeps the access that they have, and a new one gets no more than Otto has.
        page.open_page("/broker/transactions/1").await;
        page.click("participant-add").await;
        page.until_is("a new participant", PROPERTIES, limited.clone()).await;
        page.click("dialog-cancel").await;
        page.click_css("[data-test=participant-row]:has([data-role=client]) [data-test=participant-edit]").await;
        page.until_is("Paul", PROPERTIES, json!([false, true, false])).await;
        page.click("dialog-cancel").await;

        // An open form follows what Otto is given.
        page.open_page(&format!("/broker/invite?edit={}", made["id"])).await;
        page.until_is("the invitation", PROPERTIES, limited).await;
        let all = json!({ "access": { "properties": true } });
        claire.patch(&format!("/api/v1/transactions/1/participants/{id}"), all).await.expect(200);
        page.until_is("what can be given now", PROPERTIES, json!([false, false, false])).await;
    })
    .await;
}
