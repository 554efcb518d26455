//! What people, programs and networks get wrong: each mistake has its own answer, and none does harm.

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, sqlite_database};

const TRANSACTIONS: &str = "/api/v1/transactions";

/// A body as it is, whatever it is.
async fn send_text(
    person: &Person,
    content_type: Option<&str>,
    body: impl Into<reqwest::Body>,
) -> crate::support::HttpAnswer {
    let request = person.request(reqwest::Method::POST, TRANSACTIONS).body(body);
    let request = match content_type {
        Some(content_type) => request.header(CONTENT_TYPE, content_type),
        None => request,
    };
    person.send(request).await
}

async fn count(person: &Person) -> usize {
    person.get(TRANSACTIONS).await.expect(200)["transactions"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_body_that_is_not_one_json_object_is_refused() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let bodies: [&[u8]; 12] = [
        b"",
        b"{",
        b"null",
        b"12",
        b"\"text\"",
        b"[]",
        // serde would take a list for an object, field by field.
        br#"["House", "purchase", 0, null, null, null, null, null, null]"#,
        br#"{"title": "House", "kind": "purchase"} {}"#,
        br#"{"title": "House", "kind": "purchase",}"#,
        br#"{"title": "a lone surrogate: \ud800", "kind": "purchase"}"#,
        b"{\"title\": \"not UTF-8: \xff\", \"kind\": \"purchase\"}",
        br#"{"title": "twice", "title": "twice", "kind": "purchase"}"#,
    ];
    for body in bodies {
        let answer = send_text(&ana, Some("application/json"), body).await;
        let text = String::from_utf8_lossy(body);
        assert!(matches!(answer.status.as_u16(), 400 | 422), "{text}: {}", answer.text);
        let code = answer.json["error"]["code"].as_str().unwrap();
        assert!(matches!(code, "body_malformed" | "value_invalid"), "{text}: {}", answer.text);
    }
    let deep = "[".repeat(30_000);
    send_text(&ana, Some("application/json"), deep).await.expect_refusal(400, "body_malformed");
    assert_eq!(count(&ana).await, 0);
}

#[tokio::test]
async fn only_json_is_taken() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let body = r#"{"title": "House", "kind": "purchase"}"#;
    for other in
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp"), Some("")]
    {
        send_text(&ana, other, body).await.expect_refusal(415, "content_type_unsupported");
    }
    assert_eq!(count(&ana).await, 0);
    for ours in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        send_text(&ana, Some(ours), body).await.expect(201);
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let app = TestApp::start_with(&sqlite_database(), &[("ENTREMISE_MAX_BODY_BYTES", "2048")]);
    let ana = app.broker("Ana").await;
    let body = |filling: usize| format!(r#"{{"title": "House", "kind": "purchase"{}}}"#, " ".repeat(filling));
    let fits = 2048 - body(0).len();
    send_text(&ana, Some("application/json"), body(fits)).await.expect(201);
    send_text(&ana, Some("application/json"), body(fits + 1)).await.expect_refusal(413, "body_too_large");
    assert_eq!(count(&ana).await, 1);
}

#[tokio::test]
async fn unknown_fields_and_wrong_types_are_named() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let cases: [(Value, &str, &str); 11] = [
        (json!({ "kind": "sale" }), "value_missing", "title"),
        (json!({ "title": "House" }), "value_missing", "kind"),
        (json!({ "title": "House", "kind": "sale", "owner": 1 }), "field_unknown", "owner"),
        (json!({ "title": "House", "kind": "sale", "id": 7 }), "field_unknown", "id"),
        (json!({ "title": 7, "kind": "sale" }), "value_invalid", "title"),
        (json!({ "title": null, "kind": "sale" }), "value_invalid", "title"),
        (json!({ "title": "House", "kind": "theft" }), "value_invalid", "kind"),
        (json!({ "title": "House", "kind": "sale", "progress": 1.5 }), "value_invalid", "progress"),
        (json!({ "title": "House", "kind": "sale", "progress": "10" }), "value_invalid", "progress"),
        (
            json!({ "title": "House", "kind": "sale", "offered_price": { "amount_minor": 1.5, "currency": "EUR" } }),
            "value_invalid",
            "offered_price.amount_minor",
        ),
        (
            json!({ "title": "House", "kind": "sale", "offered_price": { "amount_minor": 1, "currency": "EUR", "tax": 1 } }),
            "field_unknown",
            "offered_price.tax",
        ),
    ];
    for (body, code, field) in cases {
        let answer = ana.post(TRANSACTIONS, body).await;
        answer.expect_refusal(422, code);
        answer.expect_fields(&[(field, code)]);
    }
    assert_eq!(count(&ana).await, 0);
}

/// Whoever adds a right to a form must not get it (S23).
#[tokio::test]
async fn no_form_takes_a_right_that_it_does_not_have() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let (transaction, _) = ana.open_transaction("House").await;
    let (invitation, token) = app.invite(&ana, "paul@example.org").await;
    let forms = [
        ("POST", "/api/v1/sessions".to_owned(), json!({ "email": "a@example.org", "password": "x" })),
        ("POST", "/api/v1/password-resets".to_owned(), json!({ "email": "a@example.org" })),
        (
            "POST",
            "/api/v1/password-resets/confirm".to_owned(),
            json!({ "email": "a@example.org", "code": "1", "new_password": "x" }),
        ),
        ("POST", format!("/api/v1/access-links/{token}"), json!({ "new_password": "x" })),
        ("PATCH", "/api/v1/me".to_owned(), json!({})),
        ("PUT", "/api/v1/me/password".to_owned(), json!({ "current_password": "x", "new_password": "x" })),
        ("POST", format!("/api/v1/client-invitations/activate/{token}"), json!({ "password": "x" })),
        ("PUT", format!("/api/v1/client-invitations/{invitation}"), json!({})),
        ("POST", "/api/v1/client-invitations".to_owned(), json!({})),
        ("POST", "/api/v1/clients".to_owned(), json!({ "first_name": "A", "last_name": "B" })),
        ("PATCH", format!("/api/v1/transactions/{transaction}"), json!({})),
        ("POST", format!("/api/v1/transactions/{transaction}/participants"), json!({})),
        ("POST", format!("/api/v1/transactions/{transaction}/messages"), json!({ "nonce": "n", "body": "b" })),
        ("PUT", format!("/api/v1/transactions/{transaction}/read"), json!({ "seq": 1 })),
    ];
    for (method, path, form) in forms {
        for right in ["role", "is_admin", "account", "broker_id", "state"] {
            let mut body = form.clone();
            body[right] = json!("admin");
            let request = ana.request(method.parse().unwrap(), &path).json(&body);
            let answer = ana.send(request).await;
            assert_eq!(answer.expect_refusal(422, "field_unknown")["field"], right, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn ids_that_are_none_lead_nowhere() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    for id in ["abc", "1.5", "99999999999999999999", "0x1", "%00", "1%2F2", "-"] {
        ana.get(&format!("{TRANSACTIONS}/{id}")).await.expect_refusal(404, "route_unknown");
        ana.patch(&format!("{TRANSACTIONS}/{id}"), json!({})).await.expect_refusal(404, "route_unknown");
        ana.delete(&format!("{TRANSACTIONS}/1/participants/{id}")).await.expect_refusal(404, "route_unknown");
        ana.post(&format!("/api/v1/client-invitations/{id}/resend"), json!({}))
            .await
            .expect_refusal(404, "route_unknown");
        app.anonymous().get(&format!("{TRANSACTIONS}/{id}")).await.expect_refusal(401, "session_required");
    }
    for id in ["0", "-1", "12345", "9223372036854775807", "-9223372036854775808"] {
        ana.get(&format!("{TRANSACTIONS}/{id}")).await.expect_refusal(404, "transaction_unknown");
        ana.get(&format!("/api/v1/client-invitations/{id}")).await.expect_refusal(404, "invitation_unknown");
        ana.delete(&format!("/api/v1/sessions/{id}")).await.expect_refusal(404, "session_unknown");
    }
}

#[tokio::test]
async fn queries_are_as_strict_as_bodies() {
    let app = TestApp::start(&sqlite_database());
    let (ana, admin) = (app.broker("Ana").await, app.admin().await);
    let (transaction, _) = ana.open_transaction("House").await;
    let messages = format!("{TRANSACTIONS}/{transaction}/messages");
    for query in ["sort=title", "limit=many", "status=sold", "before=yesterday", "before=1", "limit=1&limit=2"] {
        ana.get(&format!("{TRANSACTIONS}?{query}")).await.expect_refusal(400, "query_invalid");
    }
    for query in ["before=x", "after=x", "before=3&after=1", "around=3", "limit=99999999999999999999"] {
        ana.get(&format!("{messages}?{query}")).await.expect_refusal(400, "query_invalid");
    }
    for query in ["state=lost", "project_type=theft", "before=x", "page=2"] {
        ana.get(&format!("/api/v1/client-invitations?{query}")).await.expect_refusal(400, "query_invalid");
    }
    for query in ["role=owner", "before=x", "state=active"] {
        admin.get(&format!("/api/v1/accounts?{query}")).await.expect_refusal(400, "query_invalid");
    }
    let long = format!("{TRANSACTIONS}?q={}", "x".repeat(101));
    ana.get(&long).await.expect_fields(&[("q", "value_too_long")]);
    ana.get(&format!("{TRANSACTIONS}?q=%00")).await.expect_fields(&[("q", "value_invalid")]);
}

#[tokio::test]
async fn other_methods_and_other_places_have_their_own_answers() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    for person in [&ana, &app.anonymous()] {
        for (answer, allowed) in [
            (person.delete("/api/v1/me").await, "GET, HEAD, PATCH"),
            (person.put("/api/v1/transactions/1", json!({})).await, "GET, HEAD, PATCH"),
            (person.post("/sign-in", json!({})).await, "GET, HEAD"),
            (person.head("/api/v1/sessions/current").await, "DELETE"),
        ] {
            assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, allowed), "{}", answer.text);
        }
        person.delete("/api/v1/me").await.expect_refusal(405, "method_not_allowed");
        for path in ["/api/v1/secrets", "/api/v2/me", "/api/v1/me/", "/api/v1//me", "/api/v1/transactions/1/2/3"] {
            person.get(path).await.expect_refusal(404, "route_unknown");
        }
    }
    let trace = ana.send(ana.request(reqwest::Method::TRACE, "/api/v1/me")).await;
    trace.expect_refusal(405, "method_not_allowed");
    // A handshake that is none.
    assert!(ana.get("/api/v1/socket").await.expect_refusal(400, "body_malformed")["request_id"].is_string());
}
