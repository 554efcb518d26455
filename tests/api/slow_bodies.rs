//! Bodies that do not come to their end hold no connection for longer than the limit.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{TestApp, sqlite_database};

/// What the server answers to these bytes until it closes the connection.
async fn answer_to(app: &TestApp, bytes: &str) -> String {
    let address = app.url.strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // The connection stays open without the limit; the test then fails here.
    tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut answer))
        .await
        .expect("it is closed")
        .unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn half_sent(method: &str, path: &str, length: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{length}\r\n\r\n5\r\n{{\"ema"
    )
}

#[tokio::test]
async fn a_body_that_stops_in_the_middle_is_refused_and_its_connection_closed() {
    let app = TestApp::start_with(&sqlite_database(), &[("ENTREMISE_BODY_TIMEOUT_SECONDS", "1")]);
    for length in ["Content-Length: 500", "Transfer-Encoding: chunked"] {
        let answer = answer_to(&app, &half_sent("POST", "/api/v1/sessions", length)).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{length}: {answer}");
        assert!(answer.contains("body_too_slow"), "{length}: {answer}");
    }
}

#[tokio::test]
async fn a_body_that_nobody_reads_ends_the_connection_with_the_answer() {
    let app = TestApp::start_with(&sqlite_database(), &[("ENTREMISE_BODY_TIMEOUT_SECONDS", "1")]);
    for length in ["Content-Length: 500", "Transfer-Encoding: chunked"] {
        for (method, path, status) in [
            ("DELETE", "/api/v1/sessions/current", "401"),
            ("GET", "/health/live", "200"),
            ("POST", "/api/v1/nowhere", "404"),
            ("POST", "/api/v1/transactions", "401"),
        ] {
            let answer = answer_to(&app, &half_sent(method, path, length)).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method} {path} {length}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_chunked_body_that_is_whole_keeps_its_connection() {
    let app = TestApp::start(&sqlite_database());
    let address = app.url.strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = r#"{"email":"nobody@example.org","password":"wrong"}"#;
    let head = "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let whole = format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    stream.write_all(whole.as_bytes()).await.unwrap();
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.unwrap();
    assert_eq!(answers.matches("HTTP/1.1 ").count(), 2, "{answers}");
    assert!(answers.contains("credentials_wrong") && answers.contains("HTTP/1.1 200"), "{answers}");
}
