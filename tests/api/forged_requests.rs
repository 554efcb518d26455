//! Another site's page must not act in a person's name.

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::{Person, Socket, TestApp, sqlite_database};

const TRANSACTIONS: &str = "/api/v1/transactions";

/// A post as a browser with a session cookie would send it, with these headers besides.
fn by_cookie(person: &Person, headers: &[(&str, &str)]) -> RequestBuilder {
    let mut nobody = person.clone();
    nobody.token = None;
    let port = person.url().rsplit(':').next().unwrap();
    let cookie = format!("entremise-{port}={}", person.token.as_deref().unwrap());
    let request = nobody.request(Method::POST, TRANSACTIONS).header("cookie", cookie);
    let request = request.json(&json!({ "title": "House", "kind": "purchase" }));
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

#[tokio::test]
async fn a_cookie_counts_only_with_a_header_that_no_other_site_can_set() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let own = app.url.as_str();
    let other_port = "http://localhost:1";
    let lookalike = format!("{own}.evil.example");
    let mark = ("x-requested-with", "entremise");
    let refused: [&[(&str, &str)]; 13] = [
        &[],
        &[("origin", own)],
        &[("sec-fetch-site", "same-origin")],
        &[("x-requested-with", "XMLHttpRequest")],
        &[("x-requested-with", "")],
        &[mark, ("origin", "https://evil.example")],
        &[mark, ("origin", "null")],
        &[mark, ("origin", "")],
        &[mark, ("origin", other_port)],
        &[mark, ("origin", &lookalike)],
        &[mark, ("sec-fetch-site", "cross-site")],
        &[mark, ("sec-fetch-site", "same-site")],
        // An own origin does not come with another site's word.
        &[mark, ("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
    ];
    for headers in refused {
        let answer = ana.send(by_cookie(&ana, headers)).await;
        assert_eq!(answer.json["error"]["code"], "csrf_refused", "{headers:?}: {}", answer.text);
        answer.expect_refusal(403, "csrf_refused");
    }
    assert_eq!(ana.get(TRANSACTIONS).await.expect(200)["transactions"], json!([]));
    let taken: [&[(&str, &str)]; 4] = [
        &[mark],
        &[mark, ("origin", own)],
        &[mark, ("sec-fetch-site", "same-origin")],
        &[mark, ("sec-fetch-site", "none")],
    ];
    for headers in taken {
        ana.send(by_cookie(&ana, headers)).await.expect(201);
    }
}

#[tokio::test]
async fn a_token_set_by_hand_needs_no_mark() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let post = || ana.request(Method::POST, TRANSACTIONS).json(&json!({ "title": "House", "kind": "purchase" }));
    ana.send(post()).await.expect(201);
    ana.send(post().header("origin", &app.url)).await.expect(201);
    ana.send(post().header("origin", "https://evil.example")).await.expect_refusal(403, "csrf_refused");
    ana.send(post().header("sec-fetch-site", "cross-site")).await.expect_refusal(403, "csrf_refused");
}

#[tokio::test]
async fn another_site_cannot_sign_anybody_in_or_accept_an_invitation() {
    let app = TestApp::start(&sqlite_database());
    let nobody = app.anonymous();
    for path in ["/api/v1/sessions", "/api/v1/client-invitations/activate/x", "/api/v1/setup/x"] {
        let request = nobody.request(Method::POST, path).json(&json!({})).header("origin", "https://evil.example");
        nobody.send(request).await.expect_refusal(403, "csrf_refused");
    }
}

#[tokio::test]
async fn reading_needs_no_mark_and_changes_nothing() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let nobody = app.anonymous();
    let request = nobody.request(Method::GET, "/api/v1/me").header("origin", "https://evil.example");
    let request = request.header("cookie", app.cookie(ana.token.as_deref().unwrap()));
    let answer = nobody.send(request).await;
    answer.expect(200);
    // The other site's script cannot read it.
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{:?}", answer.headers);
}

#[tokio::test]
async fn a_socket_by_cookie_needs_our_own_origin() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let cookie = app.cookie(ana.token.as_deref().unwrap());
    for origin in
        ["https://evil.example", "null", "http://localhost:1", &app.url.to_uppercase(), &format!("{}/", app.url)]
    {
        let headers = [("cookie", cookie.clone()), ("origin", origin.to_owned())];
        assert_eq!(Socket::open_with(&app.url, &headers).await.err(), Some(403), "{origin}");
    }
    assert_eq!(Socket::open_with(&app.url, &[("cookie", cookie.clone())]).await.err(), Some(403), "no origin");
    let headers = [("cookie", cookie), ("origin", app.url.clone())];
    assert!(Socket::open_with(&app.url, &headers).await.is_ok());
    assert_eq!(Socket::open_with(&app.url, &[]).await.err(), Some(401));
}
