//! What an invitation's form takes, and what its preview shows.

use serde_json::json;

use super::invitations::INVITATIONS;
use crate::support::mailbox::invitation_form;
use crate::support::{TestApp, sqlite_database};

#[tokio::test]
async fn every_field_is_checked_and_all_mistakes_come_at_once() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    ana.post(INVITATIONS, json!({})).await.expect_fields(&[
        ("first_name", "value_missing"),
        ("last_name", "value_missing"),
        ("email", "value_missing"),
        ("project_type", "value_missing"),
    ]);
    let bad = json!({ "first_name": " ", "last_name": "x".repeat(101), "email": "paul@", "phone": "12",
        "project_type": "sale", "message": "x".repeat(2001) });
    ana.post(INVITATIONS, bad).await.expect_fields(&[
        ("first_name", "value_missing"),
        ("last_name", "value_too_long"),
        ("email", "email_invalid"),
        ("phone", "phone_invalid"),
        ("message", "value_too_long"),
    ]);
    let mut form = invitation_form("paul@example.org");
    form["message"] = json!("é".repeat(2000));
    form["phone"] = json!("");
    ana.post(INVITATIONS, form).await.expect(201);
    for email in
        ["paul", "paul@localhost@x.org", "a@b", "paul@example..org", "paul\r\nbcc: x@example.org", "a b@example.org"]
    {
        ana.post(INVITATIONS, invitation_form(email)).await.expect_fields(&[("email", "email_invalid")]);
    }
    let mut form = invitation_form("anne@example.org");
    form["first_name"] = json!("Anne\r\nBcc: all@example.org");
    ana.post(INVITATIONS, form).await.expect_fields(&[("first_name", "value_invalid")]);
    let mut form = invitation_form("anne@example.org");
    form["access"] = json!({ "everything": true });
    ana.post(INVITATIONS, form).await.expect_fields(&[("access.everything", "field_unknown")]);
}

#[tokio::test]
async fn nobody_is_invited_into_a_transaction_of_somebody_else() {
    let app = TestApp::start(&sqlite_database());
    let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
    let (of_ben, _) = ben.open_transaction("Theirs").await;
    for transaction in [of_ben, 12345] {
        let mut form = invitation_form("paul@example.org");
        form["transaction_id"] = json!(transaction);
        let refused = ana.post(INVITATIONS, form).await;
        assert_eq!(refused.expect_refusal(404, "transaction_unknown")["field"], "transaction_id");
    }
    let (id, _) = app.invite(&ana, "paul@example.org").await;
    let mut form = invitation_form("paul@example.org");
    form["transaction_id"] = json!(of_ben);
    ana.put(&format!("{INVITATIONS}/{id}"), form).await.expect_refusal(404, "transaction_unknown");
}

#[tokio::test]
async fn a_preview_shows_the_mail_of_a_half_filled_form_and_sends_nothing() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let path = format!("{INVITATIONS}/preview");
    let empty = ana.post(&path, json!({})).await;
    assert!(empty.expect(200)["subject"].as_str().unwrap().contains("Ana Test"), "{}", empty.text);
    let form = json!({ "first_name": "<b>Paul</b>", "message": "Hello\nthere", "language": "fr", "email": "half@" });
    let preview = ana.post(&path, form).await;
    let html = preview.expect(200)["html"].as_str().unwrap();
    assert!(html.contains("Bonjour &lt;b&gt;Paul") && !html.contains("<b>Paul"), "{html}");
    assert!(preview.json["text"].as_str().unwrap().contains("Hello"), "{}", preview.text);
    ana.post(&path, json!({ "message": "x".repeat(2001) })).await.expect_fields(&[("message", "value_too_long")]);
    ana.post(&path, json!({ "surname": "x" })).await.expect_fields(&[("surname", "field_unknown")]);
    assert_eq!(app.anonymous().get("/api/v1/demo/mails").await.expect(200)["mails"], json!([]));
    assert_eq!(ana.get(INVITATIONS).await.expect(200)["invitations"], json!([]));
}
