//! One network holds so many connections that have shown no session, and no more.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{TestApp, sqlite_database};

const LIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.url.strip_prefix("http://").unwrap()).await.unwrap()
}

/// Is this connection served? One that is cut ends without an answer.
async fn is_served(stream: &mut TcpStream, request: &[u8]) -> bool {
    let mut first = [0; 12];
    stream.write_all(request).await.is_ok() && stream.read_exact(&mut first).await.is_ok()
}

#[tokio::test]
async fn connections_beyond_the_bound_are_cut_and_those_with_a_session_do_not_count() {
    let app = TestApp::start_with(&sqlite_database(), &[("ENTREMISE_CONNECTIONS_PER_NETWORK", "8")]);
    let ana = app.broker("Ana").await;
    let me = format!(
        "GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
        ana.token.as_deref().unwrap()
    );
    let mut silent = Vec::new();
    for _ in 0..8 {
        // Served, so that it is known to be counted.
        let mut stream = connect(&app).await;
        assert!(is_served(&mut stream, LIVE).await);
        silent.push(stream);
    }
    assert!(!is_served(&mut connect(&app).await, LIVE).await, "one too many");

    let mut known = silent.pop().unwrap();
    let mut rest = vec![0; 4096];
    let _ = known.read(&mut rest).await.unwrap();
    assert!(is_served(&mut known, me.as_bytes()).await);
    let mut next = connect(&app).await;
    assert!(is_served(&mut next, LIVE).await, "the one with a session does not count");
    assert!(!is_served(&mut connect(&app).await, LIVE).await);

    drop(silent.pop());
    // The server notices the end a little later than we.
    while !is_served(&mut connect(&app).await, LIVE).await {}
}

#[tokio::test]
async fn behind_a_proxy_the_requests_of_a_network_are_counted() {
    let settings = [
        ("ENTREMISE_CONNECTIONS_PER_NETWORK", "8"),
        ("ENTREMISE_TRUSTED_PROXIES", "127.0.0.1,::1"),
        // The half-sent requests last until the end on a busy machine too.
        ("ENTREMISE_BODY_TIMEOUT_SECONDS", "300"),
    ];
    let app = TestApp::start_with(&sqlite_database(), &settings);
    let half = |from: &str| {
        format!(
            "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {from}\r\n\
             Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{{"
        )
    };
    let live = |from: &str| format!("GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {from}\r\n\r\n");
    let mut waiting = Vec::new();
    for _ in 0..8 {
        let mut stream = connect(&app).await;
        stream.write_all(half("203.0.113.7").as_bytes()).await.unwrap();
        waiting.push(stream);
    }
    let answer = async |from: &str| {
        let mut stream = connect(&app).await;
        stream.write_all(live(from).as_bytes()).await.unwrap();
        let mut answer = vec![0; 1024];
        let length = stream.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    };
    // The half-sent requests are under way a little after they were sent.
    loop {
        let answer = answer("203.0.113.7").await;
        if answer.starts_with("HTTP/1.1 429") {
            assert!(answer.contains("too_many_connections"), "{answer}");
            break;
        }
    }
    assert!(answer("203.0.113.8").await.starts_with("HTTP/1.1 200"), "others do not notice");

    // A customer of a provider has many networks, and is one customer.
    for subnet in 0..32 {
        let mut stream = connect(&app).await;
        stream.write_all(half(&format!("2001:db8:1:{subnet:x}::7")).as_bytes()).await.unwrap();
        waiting.push(stream);
    }
    while !answer("2001:db8:1:ffff::7").await.starts_with("HTTP/1.1 429") {}
    assert!(answer("2001:db8:2::7").await.starts_with("HTTP/1.1 200"));
}
