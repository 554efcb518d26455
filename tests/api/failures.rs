//! Faults of ours and of the network: they leave no trace but a line in the log.

use diesel::connection::SimpleConnection;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{PASSWORD, Person, TestApp, sqlite_database};

async fn execute(app: &TestApp, sql: &'static str) {
    app.app.store.write(move |conn| Ok(conn.batch_execute(sql)?)).await.unwrap();
}

/// Sends bytes as they are, closes our side, and reads what comes back.
async fn raw(app: &TestApp, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    // The server may cut the connection: what was read until then counts.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn post(ana: &Person, headers: &str, body: &str) -> Vec<u8> {
    let token = ana.token.as_deref().unwrap();
    format!(
        "POST /api/v1/transactions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

on_both_databases! {
    async fn a_fault_of_ours_is_a_500_with_the_requests_id_and_nothing_else(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        execute(&app, "DROP TABLE demo_mails").await;
        let answer = ana.get("/api/v1/demo/mails").await;
        let error = answer.expect_refusal(500, "internal");
        assert_eq!(error["request_id"], answer.header("x-request-id"));
        assert_eq!((&error["field"], &error["fields"]), (&json!(null), &json!([])));
        let lower = answer.text.to_lowercase();
        for inside in ["demo_mails", "sql", "table", "diesel", "relation", "panicked", "src/"] {
            assert!(!lower.contains(inside), "{}", answer.text);
        }
        let page = app.anonymous().get("/demo/mails/1/html").await;
        page.expect_refusal(500, "internal");
        crate::headers::expect_security_headers(&page, "a page that failed");
        ana.get("/api/v1/me").await.expect(200);
    }

    async fn a_guard_that_cannot_ask_lets_nobody_in(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        execute(&app, "ALTER TABLE throttles RENAME TO gone").await;
        let form = json!({ "email": ana.email(), "password": PASSWORD });
        app.anonymous().post("/api/v1/sessions", form).await.expect_refusal(500, "internal");
        execute(&app, "ALTER TABLE sessions RENAME TO gone_too").await;
        ana.get("/api/v1/me").await.expect_refusal(500, "internal");
        ana.post("/api/v1/transactions", json!({ "title": "T", "kind": "sale" })).await.expect_refusal(500, "internal");
        // A page that only wants to know who looks is a page all the same.
        ana.get("/sign-in").await.expect(200);
    }
}

#[tokio::test]
async fn an_upload_that_breaks_off_stores_nothing() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let whole = r#"{"title": "House", "kind": "purchase"}"#;
    let short = whole.trim_end_matches("ase\"}");
    let declared = |length: usize| format!("Content-Length: {length}\r\n");
    for bytes in [
        post(&ana, &declared(whole.len()), short),
        // The JSON is whole, but more was promised.
        post(&ana, &declared(whole.len() + 10), whole),
        post(&ana, &declared(whole.len()), ""),
        post(&ana, "Transfer-Encoding: chunked\r\n", &format!("{:x}\r\n{short}", whole.len())),
        post(&ana, "Transfer-Encoding: chunked\r\n", &format!("{:x}\r\n{whole}\r\n", whole.len())),
        b"POST /api/v1/transactions HTTP/1.1\r\nHost: loc".to_vec(),
    ] {
        let answer = raw(&app, &bytes).await;
        assert!(!answer.contains(" 201 "), "{answer}");
    }
    assert_eq!(ana.get("/api/v1/transactions").await.expect(200)["transactions"], json!([]));
    let answer = raw(&app, &post(&ana, &declared(whole.len()), whole)).await;
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
}

/// Two readings of where a request ends must not be possible (S32).
#[tokio::test]
async fn ambiguous_requests_are_refused() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let body = r#"{"title": "House", "kind": "purchase"}"#;
    let length = body.len();
    let chunked = format!("{length:x}\r\n{body}\r\n0\r\n\r\n");
    for bytes in [
        post(&ana, &format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"), &chunked),
        post(&ana, &format!("Content-Length: {length}\r\nContent-Length: 5\r\n"), body),
        post(&ana, &format!("Content-Length: +{length}\r\n"), body),
        post(&ana, "Transfer-Encoding: chunked, identity\r\n", &chunked),
        post(&ana, &format!("Content-Length : {length}\r\n"), body),
        post(&ana, &format!("X-Folded: a\r\n b\r\nContent-Length: {length}\r\n"), body),
    ] {
        let answer = raw(&app, &bytes).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{}\n---\n{answer}", String::from_utf8_lossy(&bytes));
    }
    assert_eq!(ana.get("/api/v1/transactions").await.expect(200)["transactions"], json!([]));
}
