//! One connection whose every frame is written into the journal before anything else is done with it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::journal::{JournalEvent, Recorder};
use crate::support::{Person, Socket};

/// Somebody at one device, as the journal names them.
#[derive(Clone)]
pub struct Identity {
    pub client: u32,
    pub person: Person,
    pub recorder: Arc<Recorder>,
}

pub struct JournalingClient {
    identity: Identity,
    connection: u64,
    socket: Socket,
    /// By `ref`: the time at which it was asked, the room, and what.
    joins: HashMap<u64, (u64, i64, i64)>,
    posts: HashMap<u64, (u64, i64, String)>,
    /// The last entry of each room.
    pub cursors: HashMap<i64, i64>,
}

#[derive(Debug)]
pub enum ReceivedEntry {
    Frame(Value),
    Silence,
    Closed(u16),
}

static CONNECTIONS: AtomicU64 = AtomicU64::new(1);

pub fn next_connection() -> u64 {
    CONNECTIONS.fetch_add(1, Ordering::Relaxed)
}

impl Identity {
    pub fn new(client: u32, person: Person, recorder: &Arc<Recorder>) -> Self {
        Self { client, person, recorder: recorder.clone() }
    }

    pub fn note(&self, event: JournalEvent) {
        self.recorder.note(self.client, self.person.account().0, event);
    }
}

impl JournalingClient {
    /// Where no server may be; the status if the handshake is refused.
    pub async fn try_open(identity: &Identity, url: &str) -> Result<Self, Option<u16>> {
        let opened = Socket::try_open(url, identity.person.token.as_deref()).await;
        let socket = opened.map_err(|error| match error {
            tokio_tungstenite::tungstenite::Error::Http(response) => Some(response.status().as_u16()),
            _ => None,
        })?;
        let connection = next_connection();
        identity.note(JournalEvent::Connected { connection, session: identity.person.session().0 });
        let (joins, posts, cursors) = Default::default();
        Ok(Self { identity: identity.clone(), connection, socket, joins, posts, cursors })
    }

    /// Where a server must be.
    pub async fn open(identity: &Identity, url: &str) -> Self {
        Self::try_open(identity, url).await.unwrap_or_else(|status| panic!("cannot connect: {status:?}"))
    }

    pub fn account(&self) -> i64 {
        self.identity.person.account().0
    }

    pub async fn join(&mut self, room: i64, after: i64) -> u64 {
        let asked = self.identity.recorder.now();
        let reference = self.socket.send(json!({ "t": "join", "room": room, "after": after })).await;
        self.joins.insert(reference, (asked, room, after));
        reference
    }

    pub async fn post(&mut self, room: i64, nonce: &str, body: &str) -> u64 {
        let (connection, asked) = (self.connection, self.identity.recorder.now());
        self.identity.note(JournalEvent::Sent { connection, room, nonce: nonce.to_owned(), body: body.to_owned() });
        let frame = json!({ "t": "post", "room": room, "nonce": nonce, "body": body });
        let reference = self.socket.send(frame).await;
        self.posts.insert(reference, (asked, room, nonce.to_owned()));
        reference
    }

    pub async fn ping(&mut self) -> u64 {
        self.socket.send(json!({ "t": "ping" })).await
    }

    /// After [`Received::Closed`] nothing more comes.
    pub async fn next(&mut self, within: Duration) -> ReceivedEntry {
        match tokio::time::timeout(within, self.socket.next()).await {
            Err(_) => ReceivedEntry::Silence,
            Ok(Ok(frame)) => {
                self.note(&frame);
                ReceivedEntry::Frame(frame)
            }
            Ok(Err(code)) => {
                self.end(code);
                ReceivedEntry::Closed(code)
            }
        }
    }

    /// Reads up to the answer; fails if there is none.
    pub async fn answer(&mut self, reference: u64) -> Value {
        self.expect_that(&format!("the answer to {reference}"), |frame| frame["ref"] == json!(reference)).await
    }

    /// Reads up to a frame of this type; fails if there is none.
    pub async fn expect(&mut self, kind: &str) -> Value {
        self.expect_that(kind, |frame| frame["t"] == kind).await
    }

    async fn expect_that(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            match self.next(Duration::from_secs(14)).await {
                ReceivedEntry::Frame(frame) if fits(&frame) => return frame,
                ReceivedEntry::Frame(_) => {}
                heard => panic!("{heard:?} in place of {what}"),
            }
        }
    }

    /// Reads up to this entry of the room, but not longer than this; says whether it came.
    pub async fn reaches(&mut self, room: i64, seq: i64, within: Duration) -> bool {
        let until = tokio::time::Instant::now() + within;
        while self.cursors.get(&room).is_none_or(|cursor| *cursor < seq) {
            let left = until.saturating_duration_since(tokio::time::Instant::now());
            match self.next(left).await {
                ReceivedEntry::Frame(_) => {}
                ReceivedEntry::Silence | ReceivedEntry::Closed(_) => return false,
            }
        }
        true
    }

    /// Reads all that a join brings of the room, however many pages that is, and so many entries beyond it. Where the pages come so
    /// late that they never catch up with the room, five times as many beyond its head of then.
    pub async fn hears_on(&mut self, room: i64, count: i64) -> bool {
        let head = self.expect("joined").await["head"].as_i64().expect("a head");
        let mut enough = head + 5 * count;
        let until = tokio::time::Instant::now() + Duration::from_secs(20);
        while self.cursors.get(&room).is_none_or(|cursor| *cursor < enough) {
            match self.next(until.saturating_duration_since(tokio::time::Instant::now())).await {
                ReceivedEntry::Frame(frame) if frame["t"] == "live" => enough = enough.min(self.cursors[&room] + count),
                ReceivedEntry::Frame(_) => {}
                ReceivedEntry::Silence | ReceivedEntry::Closed(_) => return false,
            }
        }
        true
    }

    /// Reads all that was sent before the server answers a ping.
    pub async fn drain(&mut self) {
        let reference = self.ping().await;
        self.answer(reference).await;
    }

    /// The client goes away by itself: what was asked will not be answered.
    pub fn give_up(mut self) {
        self.end(0);
    }

    fn end(&mut self, code: u16) {
        let connection = self.connection;
        for (_, (_, room, nonce)) in self.posts.drain() {
            self.identity.note(JournalEvent::Unanswered { connection, room, nonce });
        }
        self.joins.clear();
        self.identity.note(JournalEvent::Closed { connection, code });
    }

    fn note(&mut self, frame: &Value) {
        let (connection, room) = (self.connection, frame["room"].as_i64().unwrap_or_default());
        let code = || frame["code"].as_str().unwrap_or_default().to_owned();
        let reference = frame["ref"].as_u64().unwrap_or_default();
        match frame["t"].as_str() {
            Some("joined") => {
                if let Some((_, room, after)) = self.joins.remove(&reference) {
                    self.cursors.insert(room, after);
                    self.identity.note(JournalEvent::Joined { connection, room, after });
                }
            }
            Some("posted") => {
                if let Some((asked, room, nonce)) = self.posts.remove(&reference) {
                    let seq = frame["seq"].as_i64().expect("a seq");
                    self.identity.note(JournalEvent::Acked { connection, room, nonce, seq, asked });
                }
            }
            Some("refused") => {
                if let Some((asked, room, nonce)) = self.posts.remove(&reference) {
                    self.identity.note(JournalEvent::Refused { connection, room, nonce, code: code(), asked });
                } else if let Some((asked, room, _)) = self.joins.remove(&reference) {
                    self.identity.note(JournalEvent::NotJoined { connection, room, code: code(), asked });
                }
            }
            Some("removed") => self.identity.note(JournalEvent::Removed { connection, room }),
            Some("entry") => self.note_entry(frame),
            Some("entries") => frame["entries"].as_array().expect("a list").iter().for_each(|e| self.note_entry(e)),
            _ => {}
        }
    }

    fn note_entry(&mut self, entry: &Value) {
        let text = |field: &str| entry[field].as_str().map(str::to_owned);
        let (room, seq) = (entry["room"].as_i64().expect("a room"), entry["seq"].as_i64().expect("a seq"));
        self.cursors.insert(room, seq);
        self.identity.note(JournalEvent::Received {
            connection: self.connection,
            room,
            seq,
            author: entry["author"].as_i64(),
            nonce: text("nonce"),
            body: text("body"),
        });
    }
}
