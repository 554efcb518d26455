//! A node that is told to stop finishes what it has begun, sends everybody elsewhere, and is gone in time.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Node, World, eventually, is_long};
use crate::support::checker::{Journal, Outcome, Post, check};
use crate::support::proxy::Proxy;
use crate::support::{Person, Socket};

/// What the product promises (docs/CONFIGURATION.md, `shutdown_seconds`).
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// Keeps 20 posts under way until the connection is closed; gives what became of each, and the code of the closing.
async fn write_until_closed(mut socket: Socket, person: Person, room: i64, round: usize) -> (Journal, u16) {
    let mut nonces: HashMap<u64, String> = HashMap::new();
    let mut outcomes: HashMap<String, Outcome> = HashMap::new();
    let mut number = 0;
    let code = loop {
        while nonces.len() - outcomes.len() < 20 {
            let nonce = format!("{}-{round}-{number}", person.account());
            let frame = json!({ "t": "post", "room": room, "nonce": nonce, "body": nonce });
            nonces.insert(socket.send(frame).await, nonce);
            number += 1;
        }
        match socket.next().await {
            Ok(frame) => {
                let Some(nonce) = frame["ref"].as_u64().and_then(|reference| nonces.get(&reference)) else { continue };
                let outcome = match (frame["t"].as_str(), frame["code"].as_str()) {
                    (Some("posted"), _) => Outcome::Acked(frame["seq"].as_i64().unwrap()),
                    (_, Some("outcome_unknown")) => Outcome::Unknown,
                    (_, code) => panic!("refused with {code:?}"),
                };
                outcomes.insert(nonce.clone(), outcome);
            }
            Err(code) => break code,
        }
    };
    let outcome = |nonce: &String| outcomes.get(nonce).copied().unwrap_or(Outcome::Unknown);
    let posts =
        nonces.into_values().map(|nonce| Post { outcome: outcome(&nonce), body: nonce.clone(), nonce }).collect();
    (Journal { account: person.account().0, posts, connections: Vec::new() }, code)
}

async fn room_of_four(world: &World, node: &Node) -> (i64, Vec<Person>) {
    let ana = world.broker(node, "Ana").await;
    let (transaction, room) = ana.open_transaction("House").await;
    let mut people = vec![ana];
    for name in ["Ben", "Zoe", "Max"] {
        let person = world.broker(node, name).await;
        people[0].add(transaction, &person).await;
        people.push(person);
    }
    (room, people)
}

/// How a node may be told, and told again: a supervisor that repeats itself changes nothing.
const SIGNALS: &[&[&str]] = &[&["TERM"], &["TERM", "TERM"], &["INT"], &["TERM", "INT"]];

async fn is_told(node: &Node, signals: &[&str]) {
    for signal in signals {
        node.signal(signal);
        // Two of a kind that come at once are one.
        eventually("it has heard", || async { node.said("\"stopping\"") }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_begun_is_finished_and_everybody_is_sent_elsewhere() {
    let rounds = if is_long() { 50 } else { SIGNALS.len() };
    let world = World::new().await;
    let mut node = world.node().await;
    let (room, people) = room_of_four(&world, &node).await;
    let mut journals = Vec::new();
    for round in 0..rounds {
        let mut idle = people[0].socket().await;
        let mut tasks = Vec::new();
        for person in &people {
            let socket = person.socket().await;
            tasks.push(tokio::spawn(write_until_closed(socket, person.clone(), room, round)));
        }
        let before = world.rows(room).len();
        eventually("people write", || async { world.rows(room).len() > before + 200 }).await;
        is_told(&node, SIGNALS[round % SIGNALS.len()]).await;
        assert!(node.ended(GONE_WITHIN).await.success());
        assert_eq!(idle.expect_close().await, 1012);
        for task in tasks {
            let (journal, code) = task.await.expect("a writer finishes");
            assert_eq!(code, 1012);
            journals.push(journal);
        }
        assert!(people_are_refused(&node.url).await);
        node.restart().await;
    }
    let log = world.rows(room);
    check(&log, &journals, false);
    // What was stored was also acknowledged: nobody has to ask again whether it was.
    let acked: HashSet<i64> = journals
        .iter()
        .flat_map(|journal| &journal.posts)
        .filter_map(|post| if let Outcome::Acked(seq) = post.outcome { Some(seq) } else { None })
        .collect();
    let silent: Vec<i64> =
        log.iter().filter(|row| row.nonce.is_some() && !acked.contains(&row.seq)).map(|row| row.seq).collect();
    assert!(silent.is_empty(), "{} of {} were stored without a word to their authors", silent.len(), log.len());
}

/// Nobody listens any more.
async fn people_are_refused(url: &str) -> bool {
    TcpStream::connect(url.trim_start_matches("http://")).await.is_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_hangs_keeps_nobody() {
    let world = World::new().await;
    let wire = Proxy::to(world.database_url()).await;
    let mut node = world.node_with(&[("DATABASE_URL", &wire.redirect(world.database_url()))]).await;
    let (room, people) = room_of_four(&world, &node).await;
    let mut sockets = Vec::new();
    for person in &people {
        sockets.push(person.socket().await);
    }
    sockets[0].post(room, "before", "before").await;
    wire.freeze();
    let mut references = Vec::new();
    for (number, socket) in sockets.iter_mut().enumerate() {
        let frame = json!({ "t": "post", "room": room, "nonce": format!("n{number}"), "body": "x" });
        references.push(socket.send(frame).await);
    }
    let mut asking = begun_request(&node.url, people[1].token.as_deref().unwrap()).await;
    asking.write_all(b"{}").await.expect("the body is sent");
    let begun = Instant::now();
    is_told(&node, &["TERM", "TERM"]).await;
    for (socket, reference) in sockets.iter_mut().zip(references) {
        let answer = socket.answer(reference).await;
        assert!(matches!(answer["code"].as_str(), Some("unavailable" | "outcome_unknown")), "{answer}");
        assert_eq!(socket.expect_close().await, 1012);
    }
    assert!(node.ended(GONE_WITHIN).await.success());
    assert!(begun.elapsed() <= GONE_WITHIN, "it took {:?}", begun.elapsed());
    let mut answer = String::new();
    asking.read_to_string(&mut answer).await.expect("it is answered");
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
}

/// A request that the node certainly has begun: it said so, and waits for the body of two bytes.
pub async fn begun_request(url: &str, token: &str) -> TcpStream {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("the node listens");
    let head = format!(
        "POST /api/v1/transactions HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("the head is sent");
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.expect("the node answers");
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_does_not_answer_keeps_nobody() {
    let world = World::new().await;
    let mut node = world.node().await;
    let (room, people) = room_of_four(&world, &node).await;
    // It is never read again.
    let mut stalled_reader = people[0].socket().await;
    stalled_reader.join(room, None).await;
    // Its body never comes.
    let half = begun_request(&node.url, people[1].token.as_deref().unwrap()).await;
    let begun = Instant::now();
    node.terminate();
    assert!(node.ended(GONE_WITHIN).await.success());
    assert!(begun.elapsed() <= GONE_WITHIN, "it took {:?}", begun.elapsed());
    drop((stalled_reader, half));
}
