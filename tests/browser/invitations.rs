//! What a broker does about an invitation that is under way.

use serde_json::json;

use crate::stage::{Stage, perform};

#[tokio::test]
async fn an_invitation_says_when_it_can_be_sent_again_and_whether_it_was_sent() {
    perform("resend", async |stage: &mut Stage| {
        let api = stage.demo.sign_in(&stage.demo.broker).await;
        let form = json!({ "first_name": "Zoé", "last_name": "Marin", "email": "zoe.marin@example.org", "project_type": "sale" });
        let made = api.post("/api/v1/client-invitations", form).await;
        let id = made.expect(201)["invitation"]["id"].clone();
        let path = format!("/api/v1/client-invitations/{id}");
        let row = format!("document.querySelector('[data-test=invitation-row][data-id=\"{id}\"]')");
        let part = |test: &str| format!("{row}?.querySelector('[data-test={test}]')");
        let page = stage.browser("broker").await;
        page.sign_in(&stage.demo.broker).await;
        page.open_page("/broker/clients").await;

        // The item says from when on, can be reached, and does nothing yet.
        let resend = part("invitation-resend");
        page.until("the row", &format!("Boolean({})", part("invitation-actions"))).await;
        page.look(&format!("{}.click()", part("invitation-actions"))).await;
        page.until("the time", &format!("/\\d\\d:\\d\\d/.test({resend}.textContent)")).await;
        page.look(&format!("{resend}.click()")).await;
        page.until("an open menu", &format!("document.activeElement === {resend}")).await;
        assert_eq!(page.look(&format!("{resend}.getAttribute('aria-disabled')")).await, json!("true"));
        // A browser whose clock is ahead asks, and is told beside what was pressed.
        page.look(&format!("(Object.assign({resend}.dataset, {{ from: '' }}), {resend}.click())")).await;
        page.until("the refusal", &format!("/\\d\\smin/.test({}?.textContent)", part("invitation-refused"))).await;

        // Saved with another address: nothing was sent to it, and the page says so.
        page.open_page(&format!("/broker/invite?edit={id}")).await;
        page.fill("invite-email", "zoe@example.org").await;
        page.click("invite-submit").await;
        page.until_path("/broker/clients").await;
        page.until("no mail", &format!("Boolean({})", part("mail-unsent"))).await;
        assert_eq!(page.look(&format!("Boolean({})", part("invitation-link"))).await, json!(false));
        page.look(&format!("{}.click()", part("invitation-actions"))).await;
        page.look(&format!("{resend}.click()")).await;
        page.until("the mail", &format!("{row} && !{} && {row}.dataset.mail !== 'none'", part("mail-unsent"))).await;
        let sent = api.get(&path).await;
        assert_eq!(sent.expect(200)["invitation"]["email"], json!("zoe@example.org"));
    })
    .await;
}
