//! The words of a refusal are in its reader's language; its code never changes.

use reqwest::Method;
use serde_json::json;

use crate::support::{TestApp, sqlite_database};

const ENGLISH: &str = "Please sign in to continue.";

#[tokio::test]
async fn the_account_speaks_before_the_browser_and_the_browser_before_french() {
    let app = TestApp::start(&sqlite_database());
    let nobody = app.anonymous();
    for (asked, english) in [
        ("en", true),
        ("en-GB,en;q=0.9,fr;q=0.8", true),
        ("de, en;q=0.5", true),
        ("fr", false),
        ("fr-CA, en", false),
        ("de", false),
        ("", false),
        ("*", false),
        (";;;,,,-", false),
    ] {
        let answer = nobody.speaking(asked).get("/api/v1/me").await;
        let message = answer.expect_refusal(401, "session_required")["message"].as_str().unwrap();
        assert_eq!(message == ENGLISH, english, "{asked}: {message}");
    }
    // What they chose on this device, before they signed in.
    let request = nobody.request(Method::GET, "/api/v1/me").header("cookie", "lang=fr");
    assert_ne!(nobody.send(request).await.expect_refusal(401, "session_required")["message"], ENGLISH);

    let ana = app.broker("Ana").await;
    let message = async |browser: &'static str| {
        let answer = ana.speaking(browser).get("/api/v1/transactions/12345").await;
        answer.expect_refusal(404, "transaction_unknown")["message"].as_str().unwrap().to_owned()
    };
    let english = message("en").await;
    assert_eq!(message("fr").await, english, "her account is English");
    ana.patch("/api/v1/me", json!({ "language": "fr" })).await.expect(200);
    let french = message("en").await;
    assert_ne!(french, english);
    assert_eq!(message("fr").await, french);
    // Also where their role is refused, and field by field.
    let forbidden = ana.get("/api/v1/accounts").await;
    assert_ne!(
        forbidden.expect_refusal(403, "forbidden")["message"],
        app.broker("Ben").await.get("/api/v1/accounts").await.expect_refusal(403, "forbidden")["message"]
    );
    let fields = ana.post("/api/v1/client-invitations", json!({})).await;
    let field = &fields.json["error"]["fields"][0];
    assert_eq!((&field["code"], field["message"] == "Please fill in this field."), (&json!("value_missing"), false));
}

#[tokio::test]
async fn a_refusal_says_everything_once() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let refused = ana.post("/api/v1/client-invitations", json!({ "first_name": "Paul" })).await;
    let error = refused.expect_refusal(422, "value_missing").as_object().unwrap();
    let mut names: Vec<_> = error.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["code", "field", "fields", "message", "request_id"]);
    assert_eq!(error["field"], "last_name", "the first of them");
    assert_eq!(error["fields"].as_array().unwrap().len(), 3);
    assert_eq!(error["request_id"], refused.header("x-request-id"));
    let other = ana.get("/api/v1/transactions/12345").await;
    let error = other.expect_refusal(404, "transaction_unknown");
    assert_eq!((&error["field"], &error["fields"]), (&json!(null), &json!([])));
    assert_ne!(other.header("x-request-id"), refused.header("x-request-id"));
}
