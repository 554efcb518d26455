//! What every answer carries, whatever it is.

use serde_json::json;

use crate::support::{HttpAnswer, TestApp, sqlite_database};

/// Policy, sniffing, referrer, frames, caching, request id.
#[track_caller]
pub fn expect_security_headers(answer: &HttpAnswer, what: &str) {
    let policy = answer.header("content-security-policy");
    for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'self'"] {
        assert!(policy.contains(part), "{what}: {part} is missing in {policy:?}");
    }
    let is_mail = policy.contains("sandbox");
    assert!(is_mail || !policy.contains("unsafe"), "{what}: {policy}");
    assert!(!is_mail || !policy.contains("script-src") && !policy.contains("allow-scripts"), "{what}: {policy}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer", "{what}");
    assert_eq!(answer.header("x-frame-options"), "SAMEORIGIN", "{what}");
    assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{what}");
    assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{what}");
    let caching = answer.header("cache-control");
    assert!(matches!(caching, "no-store" | "no-cache"), "{what}: {caching:?}");
    let id = answer.header("x-request-id");
    assert!(id.len() == 16 && id.chars().all(|c| c.is_ascii_hexdigit()), "{what}: {id:?}");
    let is_refusal = answer.status.as_u16() >= 400 && !answer.text.is_empty();
    if is_refusal && answer.header("content-type").starts_with("application/json") {
        assert_eq!(answer.json["error"]["request_id"], id, "{what}: {}", answer.text);
    }
}

#[tokio::test]
async fn errors_and_pages_and_files_carry_the_headers() {
    let app = TestApp::start(&sqlite_database());
    let (nobody, ana) = (app.anonymous(), app.broker("Ana").await);
    for path in [
        "/",
        "/sign-in",
        "/static/manifest.webmanifest",
        "/static/no-such.js",
        "/no/such/page",
        "/api/v1/no-such-thing",
        "/client/invitation/abc",
        "/health/live",
        "/api/v1/me",
        "/api/v1/transactions/abc",
    ] {
        for person in [&nobody, &ana] {
            expect_security_headers(&person.get(path).await, &format!("GET {path}"));
            expect_security_headers(&person.head(path).await, &format!("HEAD {path}"));
            expect_security_headers(&person.post(path, json!({})).await, &format!("POST {path}"));
            let options = person.send(person.request(reqwest::Method::OPTIONS, path)).await;
            expect_security_headers(&options, &format!("OPTIONS {path}"));
        }
    }
}

#[tokio::test]
async fn only_public_files_may_be_kept_by_a_cache() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    assert_eq!(app.anonymous().get("/static/manifest.webmanifest").await.header("cache-control"), "no-cache");
    for path in ["/api/v1/me", "/api/v1/transactions", "/broker", "/sign-in", "/no/such/page"] {
        assert_eq!(ana.get(path).await.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn head_answers_as_get_without_the_body() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    for path in [
        "/",
        "/sign-in",
        "/broker",
        "/static/manifest.webmanifest",
        "/health/live",
        "/health/ready",
        "/api/v1/me",
        "/api/v1/transactions",
        "/client/invitation/abc",
        "/static/no-such.js",
        "/api/v1/transactions/12345",
    ] {
        let (get, head) = (ana.get(path).await, ana.head(path).await);
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        assert_eq!(head.text, "", "{path}");
    }
    assert_eq!(app.anonymous().head("/api/v1/me").await.status.as_u16(), 401);
}

#[tokio::test]
async fn an_https_installation_asks_browsers_to_stay_with_https() {
    let settings = [("ENTREMISE_PUBLIC_URL", "https://portal.example")];
    let app = TestApp::start_with(&sqlite_database(), &settings);
    assert_eq!(
        app.anonymous().get("/sign-in").await.header("strict-transport-security"),
        "max-age=31536000; includeSubDomains"
    );
    let plain = TestApp::start(&sqlite_database());
    assert_eq!(plain.anonymous().get("/sign-in").await.header("strict-transport-security"), "");
}

#[tokio::test]
async fn a_sign_out_asks_the_browser_to_forget_what_it_kept() {
    let secure = TestApp::start_with(&sqlite_database(), &[("ENTREMISE_PUBLIC_URL", "https://portal.example")]);
    let plain = TestApp::start(&sqlite_database());
    for (app, expected) in [(&secure, "\"storage\""), (&plain, "")] {
        let ana = app.broker("Ana").await;
        let other = app.another_device(&ana).await;
        let revoked = ana.delete(&format!("/api/v1/sessions/{}", other.session())).await;
        revoked.expect(204);
        assert_eq!(revoked.header("clear-site-data"), "", "another device's session is no sign-out here");
        let own = app.another_device(&ana).await;
        for answer in [
            ana.delete("/api/v1/sessions/current").await,
            own.delete(&format!("/api/v1/sessions/{}", own.session())).await,
        ] {
            answer.expect(204);
            assert_eq!(answer.header("clear-site-data"), expected);
            assert!(answer.header("set-cookie").contains("Max-Age=0"), "{}", answer.header("set-cookie"));
        }
    }
}
