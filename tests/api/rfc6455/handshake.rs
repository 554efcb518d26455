//! Section 0.1: the opening handshake, as clients send it, as they should not, and as it arrives.

use super::case::app_ping;
use super::wire::request;
use super::*;
use crate::support::{Person, TestApp};

/// A change to the request of [`request`].
type Change = fn(&str) -> String;

struct Handshake {
    id: &'static str,
    change: Change,
    /// 101 opens a socket; everything else is refused with this status.
    status: &'static str,
}

fn case(id: &'static str, status: &'static str, change: Change) -> Handshake {
    Handshake { id, change, status }
}

/// The header, by its name, with another value; gone if that is empty.
fn with(request: &str, name: &str, value: &str) -> String {
    let is_it = |line: &str| line.to_ascii_lowercase().starts_with(&format!("{}:", name.to_ascii_lowercase()));
    let (head, _) = request.split_once("\r\n\r\n").expect("a request");
    let mut lines: Vec<String> = head.split("\r\n").filter(|line| !is_it(line)).map(str::to_owned).collect();
    if !value.is_empty() {
        lines.push(format!("{name}: {value}"));
    }
    lines.join("\r\n") + "\r\n\r\n"
}

fn cases() -> Vec<Handshake> {
    vec![
        case("0.1.1 as it should be", "101", str::to_owned),
        case("0.1.2 POST", "405", |r| r.replacen("GET", "POST", 1)),
        case("0.1.3 HEAD", "405", |r| r.replacen("GET", "HEAD", 1)),
        case("0.1.4 HTTP/1.0", "400", |r| r.replacen("HTTP/1.1", "HTTP/1.0", 1)),
        case("0.1.5 no Host", "400", |r| with(r, "Host", "")),
        case("0.1.6 no Upgrade", "400", |r| with(r, "Upgrade", "")),
        case("0.1.7 Upgrade to something else", "400", |r| with(r, "Upgrade", "h2c")),
        case("0.1.8 Upgrade in capitals", "101", |r| with(r, "Upgrade", "WebSocket")),
        case("0.1.9 no Connection", "400", |r| with(r, "Connection", "")),
        case("0.1.10 Connection: keep-alive", "400", |r| with(r, "Connection", "keep-alive")),
        case("0.1.11 Connection as Firefox sends it", "101", |r| with(r, "Connection", "keep-alive, Upgrade")),
        case("0.1.12 no version", "400", |r| with(r, "Sec-WebSocket-Version", "")),
        case("0.1.13 version 0", "426", |r| with(r, "Sec-WebSocket-Version", "0")),
        case("0.1.14 version 7", "426", |r| with(r, "Sec-WebSocket-Version", "7")),
        case("0.1.15 version 8", "426", |r| with(r, "Sec-WebSocket-Version", "8")),
        case("0.1.16 version 14", "426", |r| with(r, "Sec-WebSocket-Version", "14")),
        case("0.1.17 version -13", "426", |r| with(r, "Sec-WebSocket-Version", "-13")),
        case("0.1.18 no key", "400", |r| with(r, "Sec-WebSocket-Key", "")),
        case("0.1.19 a key that is no Base64", "400", |r| with(r, "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=!")),
        case("0.1.20 a key of 15 bytes", "400", |r| with(r, "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j")),
        case("0.1.21 a key of 18 bytes", "400", |r| with(r, "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZTEy")),
        case("0.1.22 no session", "401", |r| with(r, "Authorization", "")),
        case("0.1.23 another site", "403", |r| with(r, "Origin", "https://elsewhere.example")),
        case("0.1.24 another path", "404", |r| r.replacen("/socket", "/sockets", 1)),
        // Offers that nobody takes up are no error.
        case("0.1.25 subprotocols", "101", |r| with(r, "Sec-WebSocket-Protocol", "chat, superchat")),
        case("0.1.26 extensions", "101", |r| {
            with(r, "Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits, x-webkit-deflate-frame")
        }),
        case("0.1.27 names in other letters", "101", |r| {
            r.replace("Sec-WebSocket-Key", "sec-websocket-KEY").replace("Upgrade:", "uPGRADE:")
        }),
        case("0.1.28 white space around values", "101", |r| r.replace(": websocket", ":  \twebsocket \t")),
        case("0.1.29 a header that is folded", "400", |r| with(r, "X-Folded", "one\r\n two")),
        case("0.1.30 a header without a name", "400", |r| with(r, "", "value")),
        case("0.1.31 white space before a colon", "400", |r| with(r, "X-Space ", "value")),
        case("0.1.32 a header of 256 KiB", "431", |r| with(r, "X-Long", &"x".repeat(1 << 18))),
        case("0.1.33 two hundred headers", "431", |r| with(r, "X-Many", &"y\r\nX-Many: x".repeat(200))),
        case("0.1.34 a path of 64 KiB", "400", |r| {
            r.replacen("/socket", &format!("/socket?{}", "x".repeat(65_536)), 1)
        }),
        // What stands there is taken for frames, and ends the connection as such.
        case("0.1.35 a body", "101", |r| with(r, "Content-Length", "5") + "hello"),
        case("0.1.36 a version that does not exist", "400", |r| r.replacen("HTTP/1.1", "HTTP/4.2", 1)),
        case("0.1.37 not HTTP", "400", |_| "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\r\n\r\n".to_owned()),
    ]
}

#[tokio::test]
async fn section_0_1_handshakes() {
    let database = crate::support::sqlite_database();
    let app = TestApp::start(&database);
    let ana = app.broker("Ana").await;
    let good = request(&app.url, ana.token.as_deref().expect("a token"));
    let mut failed = Vec::new();
    for Handshake { id, change, status } in cases() {
        let mut wire = RawWire::connect(&app.url).await;
        wire.send(change(&good).as_bytes()).await;
        let head = wire.head().await;
        let answered = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let is_right = match status {
            "101" => answered == "101" && is_accepted(&head) && greets(&mut wire).await,
            "426" => answered == "426" && has(&head, "sec-websocket-version: 13"),
            "405" => answered == "405",
            _ => answered == status,
        };
        if !is_right {
            failed.push(format!("{id}: expected {status}, came {head}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    crate::rooms::expect_alive(&mut ana.socket().await).await;
}

fn has(head: &str, line: &str) -> bool {
    head.to_ascii_lowercase().contains(&format!("\r\n{line}\r\n"))
}

/// The answer of RFC 6455 to the key of its own example, with nothing chosen from what was offered.
fn is_accepted(head: &str) -> bool {
    head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        && has(head, "upgrade: websocket")
        && has(head, "connection: upgrade")
        && !head.to_ascii_lowercase().contains("sec-websocket-protocol")
        && !head.to_ascii_lowercase().contains("sec-websocket-extensions")
}

async fn greets(wire: &mut RawWire) -> bool {
    matches!(wire.next().await, Ok(ReceivedFrame::Text(text)) if text.contains("hello"))
}

async fn server() -> (crate::support::TestDatabase, TestApp, Person) {
    let database = crate::support::sqlite_database();
    let app = TestApp::start(&database);
    let ana = app.broker("Ana").await;
    (database, app, ana)
}

#[tokio::test]
async fn section_0_1_frames_may_come_with_the_handshake() {
    let (_database, app, ana) = server().await;
    let mut bytes = request(&app.url, ana.token.as_deref().expect("a token")).into_bytes();
    bytes.extend(RawFrame::text(app_ping(1)).bytes());
    bytes.extend(RawFrame::ping("early").bytes());
    for chop in [usize::MAX, 1, 100, 333] {
        let mut wire = RawWire::connect(&app.url).await;
        wire.send_in_chops(&bytes, chop).await;
        assert!(wire.head().await.starts_with("HTTP/1.1 101 "), "in writes of {chop}");
        assert!(greets(&mut wire).await, "in writes of {chop}");
        assert!(
            matches!(wire.next().await, Ok(ReceivedFrame::Text(text)) if text.contains("pong")),
            "in writes of {chop}"
        );
        assert_eq!(wire.next().await, Ok(ReceivedFrame::Pong(b"early".to_vec())), "in writes of {chop}");
    }
}

/// Whoever does not finish their request is sent away after a while, and does not keep others out.
#[tokio::test]
async fn section_0_1_a_handshake_that_is_never_finished() {
    let database = crate::support::sqlite_database();
    let app = TestApp::start_with(&database, &[("ENTREMISE_CLIENT_REQUEST_TIMEOUT_SECONDS", "1")]);
    let ana = app.broker("Ana").await;
    let bytes = request(&app.url, ana.token.as_deref().expect("a token")).into_bytes();
    let mut slow = RawWire::connect(&app.url).await;
    slow.send(&bytes[..bytes.len() - 1]).await;
    let mut silent = RawWire::connect(&app.url).await;
    ana.socket().await;
    assert!(slow.rest().await.starts_with("HTTP/1.1 408 "));
    // Not a word was said, so none is owed.
    let said = silent.rest().await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 408 "), "{said}");
}
