//! The live conversation: post, hear, miss and resume, read, remove; its bounds, and what outages do to it.

mod bounds;
mod handshake;
mod joining;
mod kinds;
mod marks;
mod membership;
mod names;
mod order;
mod outages;
mod posting;
mod reading;
mod sessions;
mod slow_reader;
mod subjects;

use serde_json::{Value, json};

use crate::support::{Person, Socket, TestApp};

/// Limits that a test which posts much does not want to meet.
const GENEROUS: &[(&str, &str)] = &[
    ("ENTREMISE_POSTS_PER_SECOND", "10000"),
    ("ENTREMISE_POST_BURST", "100000"),
    ("ENTREMISE_MAX_PENDING_FRAMES", "100000"),
];

/// Two brokers in one room.
async fn two_in_a_room(app: &TestApp) -> (Person, Person, i64, i64) {
    let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
    let (transaction, room) = ana.open_transaction("House").await;
    ana.add(transaction, &ben).await;
    (ana, ben, transaction, room)
}

fn seq(frame: &Value) -> i64 {
    frame["seq"].as_i64().unwrap_or_else(|| panic!("no seq: {frame}"))
}

fn seqs<'a>(entries: impl IntoIterator<Item = &'a Value>) -> Vec<i64> {
    entries.into_iter().map(seq).collect()
}

/// The whole log as the database has it, as this person reads it over REST.
async fn log_of(person: &Person, transaction: i64) -> Vec<Value> {
    let mut entries: Vec<Value> = Vec::new();
    loop {
        let after = entries.last().map_or(0, seq);
        let path = format!("/api/v1/transactions/{transaction}/messages?after={after}&limit=200");
        let page = person.get(&path).await.expect(200).clone();
        entries.extend(page["entries"].as_array().expect("a list").iter().cloned());
        if page["has_newer"] == json!(false) {
            return entries;
        }
    }
}

/// Posts without waiting for the answers; gives their numbers.
async fn post_many(socket: &mut Socket, room: i64, prefix: &str, count: usize) -> Vec<u64> {
    let mut references = Vec::new();
    for number in 0..count {
        let nonce = format!("{prefix}-{number}");
        references.push(socket.send(json!({ "t": "post", "room": room, "nonce": nonce, "body": nonce })).await);
    }
    references
}

async fn expect_posted(socket: &mut Socket, references: &[u64]) -> Vec<i64> {
    let mut seqs = Vec::new();
    for reference in references {
        let answer = socket.answer(*reference).await;
        assert_eq!(answer["t"], "posted", "{answer}");
        seqs.push(seq(&answer));
    }
    seqs
}

#[track_caller]
fn expect_refused(answer: &Value, code: &str) {
    assert_eq!((&answer["t"], &answer["code"]), (&json!("refused"), &json!(code)), "{answer}");
}

/// The socket is alive and unharmed.
pub async fn expect_alive(socket: &mut Socket) {
    let reference = socket.send(json!({ "t": "ping" })).await;
    assert_eq!(socket.answer(reference).await["t"], "pong");
}
