//! A client of the live protocol that says what it expects.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Longer than anything should take; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Frames that came while another was expected.
    aside: VecDeque<Value>,
    /// Rooms that have caught up. Simultaneous entries come as one frame, and are given out one by one.
    live: HashSet<i64>,
    apart: VecDeque<Value>,
    next_ref: u64,
}

impl Socket {
    /// The status if the handshake is refused.
    pub async fn open(url: &str, token: Option<&str>) -> Result<Self, u16> {
        let headers: Vec<(&str, String)> =
            token.map(|token| ("authorization", format!("Bearer {token}"))).into_iter().collect();
        Self::open_with(url, &headers).await
    }

    pub async fn open_with(url: &str, headers: &[(&'static str, String)]) -> Result<Self, u16> {
        let address = format!("{}/api/v1/socket", url.replacen("http", "ws", 1));
        let mut request = address.into_client_request().expect("an address");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header"));
        }
        match Self::connect(request).await {
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("cannot connect: {error}"),
            Ok(socket) => Ok(socket),
        }
    }

    /// Where no server may be.
    pub async fn try_open(url: &str, token: Option<&str>) -> Result<Self, Error> {
        let mut request = format!("{}/api/v1/socket", url.replacen("http", "ws", 1)).into_client_request()?;
        if let Some(token) = token {
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse().expect("a header"));
        }
        Self::connect(request).await
    }

    async fn connect(request: Request) -> Result<Self, Error> {
        let (stream, _) = connect_async(request).await?;
        Ok(Self { stream, aside: VecDeque::new(), live: HashSet::new(), apart: VecDeque::new(), next_ref: 1 })
    }

    pub async fn send_text(&mut self, text: &str) {
        self.send_message(Message::text(text)).await;
    }

    pub async fn send_message(&mut self, message: Message) {
        // A closed connection shows itself at the next expectation.
        let _ = self.stream.send(message).await;
    }

    /// Sends a frame with a fresh `ref`, and gives that.
    pub async fn send(&mut self, mut frame: Value) -> u64 {
        let reference = self.next_ref;
        self.next_ref += 1;
        frame["ref"] = json!(reference);
        self.send_text(&frame.to_string()).await;
        reference
    }

    /// The next frame, or the code with which the connection was closed (1006 if without one).
    pub async fn next(&mut self) -> Result<Value, u16> {
        if let Some(frame) = self.aside.pop_front() {
            return Ok(frame);
        }
        self.receive().await
    }

    async fn receive(&mut self) -> Result<Value, u16> {
        if let Some(entry) = self.apart.pop_front() {
            return Ok(entry);
        }
        let frame = self.read().await?;
        let room = frame["room"].as_i64().unwrap_or_default();
        match frame["t"].as_str() {
            Some("joined" | "left" | "removed") => drop(self.live.remove(&room)),
            Some("live") => drop(self.live.insert(room)),
            Some("entries") if self.live.contains(&room) => {
                for mut entry in frame["entries"].as_array().cloned().unwrap_or_default() {
                    entry["t"] = json!("entry");
                    self.apart.push_back(entry);
                }
                return Ok(self.apart.pop_front().expect("no frame of entries is empty"));
            }
            _ => {}
        }
        Ok(frame)
    }

    async fn read(&mut self) -> Result<Value, u16> {
        // Pings do not prolong it.
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let message = tokio::time::timeout_at(until, self.stream.next()).await.expect("a frame comes in time");
            match message {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).expect("frames are JSON")),
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    /// As if it had not been read yet.
    pub fn put_back(&mut self, frame: Value) {
        self.aside.push_back(frame);
    }

    /// The next frame of this type; others are kept for later.
    #[track_caller]
    pub fn expect<'a>(&'a mut self, kind: &'a str) -> impl Future<Output = Value> + 'a {
        self.expect_that(kind, move |frame| frame["t"] == kind)
    }

    /// The next frame that fits.
    pub async fn expect_that(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.aside.iter().position(&fits) {
            return self.aside.remove(place).expect("it is there");
        }
        loop {
            match self.receive().await {
                Ok(frame) if fits(&frame) => return frame,
                Ok(frame) => self.aside.push_back(frame),
                Err(code) => panic!("closed with {code} while waiting for {what}; before that: {:?}", self.aside),
            }
        }
    }

    /// The answer to a frame, whatever it is.
    pub async fn answer(&mut self, reference: u64) -> Value {
        self.expect_that(&format!("the answer to {reference}"), |frame| frame["ref"] == json!(reference)).await
    }

    /// Reads until the connection is closed, and gives the code.
    pub async fn expect_close(&mut self) -> u16 {
        loop {
            if let Err(code) = self.receive().await {
                return code;
            }
        }
    }

    /// Joins and reads everything up to `live`; gives `joined` and the entries.
    pub async fn join(&mut self, room: i64, after: Option<i64>) -> (Value, Vec<Value>) {
        let mut frame = json!({ "t": "join", "room": room });
        if let Some(after) = after {
            frame["after"] = json!(after);
        }
        let reference = self.send(frame).await;
        let joined = self.answer(reference).await;
        assert_eq!(joined["t"], "joined", "{joined}");
        // A page that an earlier join was given is not this one's.
        self.aside.retain(|f| f["room"] != json!(room) || (f["t"] != "entries" && f["t"] != "live"));
        let mut entries = Vec::new();
        loop {
            let frame = self
                .expect_that("entries or live", |f| {
                    f["room"] == json!(room) && (f["t"] == "entries" || f["t"] == "live")
                })
                .await;
            if frame["t"] == "live" {
                return (joined, entries);
            }
            entries.extend(frame["entries"].as_array().expect("a list").iter().cloned());
        }
    }

    /// Posts and gives the answer.
    pub async fn post(&mut self, room: i64, nonce: &str, body: &str) -> Value {
        let reference = self.send(json!({ "t": "post", "room": room, "nonce": nonce, "body": body })).await;
        self.answer(reference).await
    }

    /// Frames that came while others were expected. Everything that stood before them has come.
    pub fn set_aside(&mut self) -> Vec<Value> {
        self.aside.drain(..).collect()
    }

    /// Asks for a sign of life; the code if the connection is closed instead.
    pub async fn ping(&mut self) -> Result<(), u16> {
        let reference = self.send(json!({ "t": "ping" })).await;
        loop {
            let frame = self.receive().await?;
            if frame["ref"] == json!(reference) {
                return Ok(());
            }
            self.aside.push_back(frame);
        }
    }

    /// Nothing more of this room has come when the server has answered a ping: it answers in order.
    pub async fn expect_no_entry(&mut self, room: i64) {
        let reference = self.send(json!({ "t": "ping" })).await;
        self.answer(reference).await;
        let stray = self.aside.iter().find(|frame| frame["t"] == "entry" && frame["room"] == json!(room));
        assert!(stray.is_none(), "unexpected: {stray:?}");
    }

    pub async fn close(mut self) {
        let _ = self.stream.close(None).await;
    }
}
