//! The database goes away, hangs, and comes back: nothing is promised that is not stored, nobody is thrown out, and all
//! goes on by itself.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Node, World, eventually};
use crate::support::checker::{Connection, Journal, LogRow, Outcome, Post, check};
use crate::support::proxy::Proxy;
use crate::support::{Person, Socket};

/// The deadline of a call is 2 s; a refusal does not come later, but for some air.
const REFUSED_WITHIN: Duration = Duration::from_secs(5);

mod slow;

struct DatabaseScene {
    room: i64,
    transaction: i64,
    ana: Person,
    socket: Socket,
    node: Node,
    wire: Proxy,
    world: World,
}

async fn scene() -> DatabaseScene {
    let world = World::new().await;
    let wire = Proxy::to(world.database_url()).await;
    let url = wire.redirect(world.database_url());
    let node = world.node_with(&[("DATABASE_URL", &url)]).await;
    let ana = world.broker(&node, "Ana").await;
    let (transaction, room) = ana.open_transaction("House").await;
    let mut socket = ana.socket().await;
    socket.join(room, Some(0)).await;
    DatabaseScene { room, transaction, ana, socket, node, wire, world }
}

impl DatabaseScene {
    /// Refusals only, in time; gives their codes.
    async fn posts_are_refused(&mut self, nonces: &[String]) -> Vec<String> {
        let begun = Instant::now();
        let mut references = Vec::new();
        for nonce in nonces {
            let frame = json!({ "t": "post", "room": self.room, "nonce": nonce, "body": nonce });
            references.push(self.socket.send(frame).await);
        }
        let mut codes = Vec::new();
        for reference in references {
            let answer = self.socket.answer(reference).await;
            assert_eq!(answer["t"], "refused", "{answer}");
            assert!(answer["retry_after"].is_u64(), "{answer}");
            let code = answer["code"].as_str().unwrap().to_owned();
            assert!(matches!(code.as_str(), "unavailable" | "outcome_unknown"), "{answer}");
            codes.push(code);
        }
        assert!(begun.elapsed() < REFUSED_WITHIN, "it took {:?}", begun.elapsed());
        codes
    }

    async fn socket_answers(&mut self) {
        let begun = Instant::now();
        let reference = self.socket.send(json!({ "t": "ping" })).await;
        assert_eq!(self.socket.answer(reference).await["t"], "pong");
        assert!(begun.elapsed() < Duration::from_secs(1), "a ping took {:?}", begun.elapsed());
    }

    async fn http_says_unavailable(&self) {
        let messages = format!("/api/v1/transactions/{}/messages", self.transaction);
        let post = self.ana.post(&messages, json!({ "nonce": "over http", "body": "x" }));
        let (read, posted, ready) = tokio::join!(self.ana.get(&messages), post, self.ana.get("/health/ready"));
        for answer in [read, posted, ready] {
            answer.expect_refusal(503, "unavailable");
            let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().expect("seconds");
            assert!((1..60).contains(&wait), "{wait}");
        }
        let begun = Instant::now();
        self.ana.get("/health/live").await.expect(200);
        assert!(begun.elapsed() < Duration::from_secs(1), "the process does not answer: {:?}", begun.elapsed());
    }

    async fn is_ready_again(&self) {
        let ready = || async { self.ana.get("/health/ready").await.status == 200 };
        eventually("the node is ready again", ready).await;
    }

    /// The same nonces, until each has its place; then the log and what the socket heard must agree.
    async fn the_same_nonces_are_settled(mut self, nonces: Vec<String>) {
        let mut posts = Vec::new();
        for nonce in nonces {
            let until = Instant::now() + Duration::from_secs(15);
            let seq = loop {
                let answer = self.socket.post(self.room, &nonce, &nonce).await;
                if answer["t"] == "posted" {
                    break answer["seq"].as_i64().unwrap();
                }
                assert!(answer["retry_after"].is_u64() && Instant::now() < until, "{nonce}: {answer}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            };
            posts.push(Post { body: nonce.clone(), nonce, outcome: Outcome::Acked(seq) });
        }
        let log = self.world.rows(self.room);
        let head = log.last().unwrap().seq;
        let mut seen = log[..2].to_vec();
        while seen.last().is_some_and(|row| row.seq < head) {
            let entry = self.socket.expect_that("an entry", |f| f["t"] == "entry" || f["t"] == "entries").await;
            let entries = entry["entries"].as_array().cloned().unwrap_or_else(|| vec![entry.clone()]);
            seen.extend(entries.iter().map(|entry| LogRow {
                seq: entry["seq"].as_i64().unwrap(),
                author: entry["author"].as_i64(),
                nonce: entry["nonce"].as_str().map(str::to_owned),
                body: entry["body"].as_str().map(str::to_owned),
            }));
        }
        let account = self.ana.account().0;
        check(&log, &[Journal { account, posts, connections: vec![Connection { cursor: 0, seen }] }], true);
    }
}

fn nonces(what: &str) -> Vec<String> {
    (0..20).map(|number| format!("{what}-{number}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_refuses_and_comes_back() {
    let mut scene = scene().await;
    scene.wire.cut();
    let codes = scene.posts_are_refused(&nonces("away")).await;
    assert!(codes.iter().all(|code| code == "unavailable"), "nothing was under way: {codes:?}");
    scene.socket_answers().await;
    scene.http_says_unavailable().await;
    scene.posts_are_refused(&nonces("away")).await;
    assert_eq!(scene.world.rows(scene.room).len(), 2);
    scene.wire.heal();
    scene.is_ready_again().await;
    scene.the_same_nonces_are_settled(nonces("away")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_hangs_refuses_in_time_and_comes_back() {
    let mut scene = scene().await;
    scene.wire.freeze();
    scene.posts_are_refused(&nonces("frozen")).await;
    scene.socket_answers().await;
    scene.http_says_unavailable().await;
    scene.posts_are_refused(&nonces("frozen")).await;
    scene.wire.heal();
    scene.is_ready_again().await;
    scene.the_same_nonces_are_settled(nonces("frozen")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_hangs_and_then_dies_comes_back_too() {
    let mut scene = scene().await;
    scene.wire.freeze();
    scene.posts_are_refused(&nonces("hung")).await;
    scene.wire.cut();
    scene.wire.heal();
    scene.is_ready_again().await;
    scene.the_same_nonces_are_settled(nonces("hung")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_got_lost_is_resolved() {
    let mut scene = scene().await;
    for round in 0..20 {
        scene.wire.lose_next_commit();
        let nonce = format!("lost-{round}");
        let answer = scene.socket.post(scene.room, &nonce, &nonce).await;
        assert!(scene.wire.has_lost_commit(), "the commit went through");
        assert!(answer["t"] == "posted" || answer["code"] == "outcome_unknown", "{answer}");
    }
    let nonces = (0..20).map(|round| format!("lost-{round}")).collect();
    scene.the_same_nonces_are_settled(nonces).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_whose_commit_has_lost_its_answer_is_not_told_that_nothing_was_done() {
    let scene = scene().await;
    let mut told = 0;
    for round in 0..100 {
        scene.wire.lose_next_commit();
        let title = format!("Barn {round}");
        let form = json!({ "title": title, "kind": "sale" });
        let answer = scene.ana.post("/api/v1/transactions", form).await;
        // The mails' worker commits too, and its answer may have been the one.
        if answer.status != 201 {
            answer.expect_refusal(503, "outcome_unknown");
            assert_eq!(scene.world.count(&format!("SELECT 1 FROM transactions WHERE title = '{title}'")), 1);
            told += 1;
        }
        if told == 5 {
            return;
        }
    }
    panic!("{told} commits were lost");
}
