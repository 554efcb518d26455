//! Redis dies, hangs, forgets: the database goes on carrying what happens, and Redis may come back at any time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use serde_json::json;

use crate::harness::{Node, World, Writer, eventually, settle};
use crate::support::Person;

/// Members of one room who write over both nodes until they are told to stop.
struct Office {
    room: i64,
    writers: Vec<tokio::task::JoinHandle<Writer>>,
    stop: Arc<AtomicBool>,
    ana: Person,
    ben: Person,
    a: Node,
    b: Node,
    world: World,
}

/// What the product promises for a room that heard nothing (DESIGN G22), with some air for this machine.
const THROUGH_THE_DATABASE: Duration = Duration::from_secs(10);

async fn office() -> Office {
    office_with(4).await
}

async fn office_with(count: usize) -> Office {
    let world = World::new().await;
    let (a, b) = (world.node().await, world.node().await);
    let (ana, ben) = (world.broker(&a, "Ana").await, world.broker(&b, "Ben").await);
    let (transaction, room) = ana.open_transaction("House").await;
    ana.add(transaction, &ben).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = Vec::new();
    for number in 0..count {
        let name = format!("Writer{number}");
        let person = world.broker(&a, &name).await;
        ana.add(transaction, &person).await;
        // Each stays with one node: nothing but the server brings them what is written on the other.
        let urls = Arc::new(vec![if number % 2 == 0 { a.url.clone() } else { b.url.clone() }]);
        let stop = stop.clone();
        let writer = Writer::new(&name, person, room, &urls, 0);
        writers.push(tokio::spawn(writer.write(move |_| stop.load(Ordering::SeqCst))));
    }
    Office { room, writers, stop, ana, ben, a, b, world }
}

impl Office {
    /// Acknowledged posts go on: so many more rows.
    async fn writing_goes_on(&self) {
        let before = self.world.rows(self.room).len();
        eventually("people write", || async { self.world.rows(self.room).len() >= before + 40 }).await;
    }

    /// A message crosses from one node to the other, whatever carries it.
    async fn crosses(&self, when: &str) {
        let nonce = when.replace(' ', "-");
        let (mut from, mut to) = (self.ana.socket().await, self.ben.socket().await);
        to.join(self.room, None).await;
        let begun = Instant::now();
        assert_eq!(from.post(self.room, &nonce, when).await["t"], "posted");
        to.expect_that("the message from the other node", |frame| frame["nonce"] == json!(nonce)).await;
        assert!(begun.elapsed() < THROUGH_THE_DATABASE, "it took {:?}", begun.elapsed());
    }

    /// Typing marks go through Redis alone: who sees one knows that the hints are back.
    async fn hints_are_back(&self) {
        let (mut from, mut to) = (self.ana.socket().await, self.ben.socket().await);
        from.join(self.room, None).await;
        to.join(self.room, None).await;
        let mark = json!({ "t": "typing", "room": self.room, "on": true }).to_string();
        let until = Instant::now() + Duration::from_secs(15);
        loop {
            from.send_text(&mark).await;
            let heard = to.expect_that("a typing mark", |frame| frame["t"] == "typing");
            if tokio::time::timeout(Duration::from_millis(200), heard).await.is_ok() {
                return;
            }
            assert!(Instant::now() < until, "no hint comes over Redis any more");
        }
    }

    async fn settle(self) {
        self.stop.store(true, Ordering::SeqCst);
        let mut writers = Vec::new();
        for task in self.writers {
            writers.push(task.await.expect("a writer finishes"));
        }
        for writer in &writers {
            assert_eq!(writer.journal.connections.len(), 1, "a connection broke, which Redis is no reason for");
        }
        settle(&self.world, self.room, writers).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_may_be_killed_and_come_back_empty() {
    let mut office = office().await;
    office.writing_goes_on().await;
    office.world.redis.kill();
    eventually("both nodes notice", || async { office.a.said("lost the bus") && office.b.said("lost the bus") }).await;
    office.writing_goes_on().await;
    office.crosses("without Redis").await;
    office.world.redis.restart().await;
    office.hints_are_back().await;
    office.writing_goes_on().await;
    office.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_may_hang_without_a_word() {
    let office = office().await;
    office.writing_goes_on().await;
    office.world.redis.freeze();
    office.writing_goes_on().await;
    office.crosses("while Redis hangs").await;
    eventually("both nodes notice", || async { office.a.said("lost the bus") && office.b.said("lost the bus") }).await;
    office.crosses("after it was noticed").await;
    office.world.redis.thaw();
    office.hints_are_back().await;
    office.writing_goes_on().await;
    office.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_may_forget_everything_and_drop_its_listeners() {
    let office = office().await;
    office.writing_goes_on().await;
    office.world.redis.command(&["FLUSHALL"]).await;
    office.crosses("after FLUSHALL").await;
    office.world.redis.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
    office.crosses("after CLIENT KILL").await;
    office.hints_are_back().await;
    office.writing_goes_on().await;
    office.settle().await;
}

/// Here nobody else writes: a post on the same node would make a room look into the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quiet_room_hears_through_the_database() {
    let mut office = office_with(0).await;
    office.crosses("with Redis").await;
    office.world.redis.freeze();
    office.crosses("while Redis hangs").await;
    office.world.redis.thaw();
    office.hints_are_back().await;
    office.world.redis.kill();
    office.crosses("without Redis").await;

    // Names are not in the log either, and are looked for all the same.
    let mut for_ana = office.ana.socket().await;
    for_ana.join(office.room, None).await;
    office.ben.patch("/api/v1/me", json!({ "first_name": "Benoît" })).await.expect(200);
    let told = json!({ "t": "member", "room": office.room, "account": office.ben.account(), "name": "Benoît Test" });
    assert_eq!(for_ana.expect("member").await, told);

    // Read positions are not in the log: who was not told looks them up when Redis is back.
    let (mut for_ana, mut for_ben) = (office.ana.socket().await, office.ben.socket().await);
    for_ana.join(office.room, None).await;
    let (joined, _) = for_ben.join(office.room, None).await;
    let reference = for_ben.send(json!({ "t": "read", "room": office.room, "seq": joined["head"] })).await;
    assert_eq!(for_ben.answer(reference).await["t"], "unread");
    office.world.redis.restart().await;
    let read = for_ana.expect("read").await;
    assert_eq!((&read["account"], &read["seq"]), (&json!(office.ben.account()), &joined["head"]));
}

/// Whoever hears a room's channel here, says all of it again: late, twice, in the wrong order, and with noise between.
async fn echo(url: String, stop: Arc<AtomicBool>) -> usize {
    let client = redis::Client::open(url).expect("a good address");
    let mut speaking = client.get_multiplexed_async_connection().await.expect("Redis answers");
    let mut hearing = client.get_async_pubsub().await.expect("Redis answers");
    hearing.psubscribe("entremise:room:*").await.expect("Redis answers");
    let mut messages = hearing.on_message();
    let mut heard: Vec<(String, Vec<u8>)> = Vec::new();
    let mut echoed = 0;
    while !stop.load(Ordering::SeqCst) {
        let Ok(Some(message)) = tokio::time::timeout(Duration::from_millis(50), messages.next()).await else {
            continue;
        };
        let message = (message.get_channel_name().to_owned(), message.get_payload_bytes().to_vec());
        // Its own words come back to it as well: once is enough.
        if heard.contains(&message) {
            continue;
        }
        heard.push(message);
        if heard.len().is_multiple_of(10) {
            let mut pipeline = redis::pipe();
            for (channel, bytes) in heard.iter().rev().take(40) {
                let broken = &bytes[..bytes.len() / 2];
                for bytes in [bytes, broken, b"{\"node\":1}", bytes] {
                    pipeline.cmd("PUBLISH").arg(channel).arg(bytes).ignore();
                    echoed += 1;
                }
            }
            pipeline.query_async::<()>(&mut speaking).await.expect("Redis answers");
        }
    }
    echoed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_may_repeat_reorder_and_talk_nonsense() {
    let office = office().await;
    let echoing = tokio::spawn(echo(office.world.redis.url(), office.stop.clone()));
    for _ in 0..5 {
        office.writing_goes_on().await;
    }
    office.crosses("through the noise").await;
    office.settle().await;
    assert!(echoing.await.expect("the echo lives") > 100, "nothing was repeated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_without_redis_serve_and_find_it_later() {
    let mut office = {
        let mut world = World::new().await;
        world.redis.kill();
        let (a, b) = (world.node().await, world.node().await);
        let (ana, ben) = (world.broker(&a, "Ana").await, world.broker(&b, "Ben").await);
        let (transaction, room) = ana.open_transaction("House").await;
        ana.add(transaction, &ben).await;
        Office { room, writers: Vec::new(), stop: Arc::default(), ana, ben, a, b, world }
    };
    office.crosses("never seen Redis").await;
    assert!(office.a.said("cannot reach the bus") && office.b.said("cannot reach the bus"));
    office.world.redis.restart().await;
    office.hints_are_back().await;
}
