//! A client as ours should be: it repeats under the same nonce until it is told yes or a final no, comes back to whatever
//! node answers, resumes from its cursor, and writes down what it was told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::world::World;
use crate::support::checker::{self, Connection, Journal, LogRow, Outcome, Post};
use crate::support::{Person, Socket};

/// A silent connection is given up after this.
const SILENCE: Duration = Duration::from_secs(4);
const PAUSE: Duration = Duration::from_millis(100);

pub struct Writer {
    name: String,
    person: Person,
    room: i64,
    /// Nodes to try, in turn.
    urls: Arc<Vec<String>>,
    turn: usize,
    socket: Option<Socket>,
    cursor: i64,
    /// What stands behind each message's own words.
    padding: String,
    /// The temporary refusals that it was told, by code.
    pub refusals: BTreeMap<String, usize>,
    pub journal: Journal,
}

impl Writer {
    /// `turn` is the number of the node to begin with.
    pub fn new(name: &str, person: Person, room: i64, urls: &Arc<Vec<String>>, turn: usize) -> Self {
        let journal = Journal { account: person.account().0, ..Journal::default() };
        Self {
            name: name.to_owned(),
            person,
            room,
            urls: urls.clone(),
            turn,
            socket: None,
            cursor: 0,
            padding: String::new(),
            refusals: BTreeMap::new(),
            journal,
        }
    }

    /// Whose messages are as large as a message may be, or nearly: some 36 kB.
    pub fn verbose(self) -> Self {
        Self { padding: "\u{1d11e}".repeat(9_000), ..self }
    }

    /// Posts until `enough` says so (it is asked with the number of acknowledged posts), each message until it is settled.
    pub async fn write(mut self, enough: impl Fn(usize) -> bool) -> Self {
        let mut number = self.journal.posts.len();
        while !enough(number) {
            let (nonce, body) =
                (format!("{}-{number}", self.name), format!("{} says {number}{}", self.name, self.padding));
            let outcome = self.post(&nonce, &body).await;
            self.journal.posts.push(Post { nonce, body, outcome });
            number += 1;
        }
        self
    }

    /// Until it is acknowledged. Refusals that are not temporary do not happen to a member.
    async fn post(&mut self, nonce: &str, body: &str) -> Outcome {
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < Duration::from_secs(60), "{nonce} was never acknowledged");
            let frame = json!({ "t": "post", "room": self.room, "nonce": nonce, "body": body });
            let Some(socket) = self.connected().await else { continue };
            let reference = socket.send(frame).await;
            match self.read_until(|frame| frame["ref"] == json!(reference)).await {
                Some(answer) if answer["t"] == "posted" => {
                    return Outcome::Acked(answer["seq"].as_i64().expect("a seq"));
                }
                Some(answer) => {
                    assert!(answer["retry_after"].is_u64(), "{nonce} was refused for ever: {answer}");
                    *self.refusals.entry(answer["code"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                // No answer: again, over another connection.
                None => {}
            }
        }
    }

    /// Reads up to `head`, over new connections if need be.
    pub async fn catch_up(&mut self, head: i64) {
        let begun = Instant::now();
        while self.cursor < head {
            assert!(begun.elapsed() < Duration::from_secs(30), "{} stays at {} of {head}", self.name, self.cursor);
            if self.connected().await.is_some() {
                self.read_until(|frame| {
                    let last = frame["entries"].as_array().and_then(|entries| entries.last()).unwrap_or(frame);
                    last["seq"].as_i64().is_some_and(|seq| seq >= head)
                })
                .await;
            }
        }
    }

    /// The open connection, or one try at a new one on the next node.
    async fn connected(&mut self) -> Option<&mut Socket> {
        if self.socket.is_none() {
            let url = &self.urls[self.turn % self.urls.len()];
            self.turn += 1;
            let opened = tokio::time::timeout(SILENCE, Socket::try_open(url, self.person.token.as_deref())).await;
            let Ok(Ok(mut socket)) = opened else {
                tokio::time::sleep(PAUSE).await;
                return None;
            };
            let reference = socket.send(json!({ "t": "join", "room": self.room, "after": self.cursor })).await;
            self.socket = Some(socket);
            self.journal.connections.push(Connection { cursor: self.cursor, seen: Vec::new() });
            let answer = self.read_until(|frame| frame["ref"] == json!(reference)).await;
            if answer.is_none_or(|answer| answer["t"] != "joined") {
                self.socket = None;
                tokio::time::sleep(PAUSE).await;
            }
        }
        self.socket.as_mut()
    }

    /// Writes down every entry until a frame fits; gives up a connection that is closed or silent.
    async fn read_until(&mut self, fits: impl Fn(&Value) -> bool) -> Option<Value> {
        let until = Instant::now() + SILENCE;
        while let Some(socket) = &mut self.socket {
            let frame = match tokio::time::timeout_at(until.into(), socket.next()).await {
                Ok(Ok(frame)) => frame,
                _ => {
                    self.socket = None;
                    break;
                }
            };
            self.note(&frame);
            if fits(&frame) {
                return Some(frame);
            }
        }
        None
    }

    fn note(&mut self, frame: &Value) {
        let connection = self.journal.connections.last_mut().expect("a connection is open");
        let entries = match frame["t"].as_str() {
            Some("entry") => std::slice::from_ref(frame),
            Some("entries") => frame["entries"].as_array().expect("a list"),
            _ => return,
        };
        for entry in entries {
            let text = |field: &str| entry[field].as_str().map(str::to_owned);
            let seq = entry["seq"].as_i64().expect("a seq");
            connection.seen.push(LogRow {
                seq,
                author: entry["author"].as_i64(),
                nonce: text("nonce"),
                body: text("body"),
            });
            self.cursor = seq;
        }
    }
}

/// Lets everybody read to the end, and compares all that they wrote down with the database.
pub async fn settle(world: &World, room: i64, writers: Vec<Writer>) {
    settle_by(|| world.rows(room), writers).await;
}

/// The same, whoever knows the log.
pub async fn settle_by(rows: impl Fn() -> Vec<LogRow>, mut writers: Vec<Writer>) {
    let head = rows().last().expect("the log is not empty").seq;
    for writer in &mut writers {
        writer.catch_up(head).await;
    }
    let journals: Vec<Journal> = writers.into_iter().map(|writer| writer.journal).collect();
    checker::check(&rows(), &journals, true);
}
