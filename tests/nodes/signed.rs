//! Nodes sign what they tell each other: whoever can publish on Redis speaks as nobody, keys change while messages flow, and
//! what is not heard comes through the database.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::poll_immediate;
use serde_json::{Value, json};

use crate::harness::{AnotherNode, Node, RedisServer, World, eventually, run};
use crate::metrics::{WATCHED, metrics_of};
use crate::support::metrics::Scrape;
use crate::support::{Person, Socket};

/// Bytes of a signed message before what is said.
const HEAD: usize = 60;
/// Where the id of the key stands among them.
const KEY: std::ops::Range<usize> = 4..12;

/// Two people in one room, each on a node of their own.
struct Pair {
    a: Node,
    b: Node,
    ana: Person,
    ben: Person,
    room: i64,
    for_ana: Socket,
    for_ben: Socket,
    said: usize,
}

impl Pair {
    /// Both nodes hear Redis when this returns.
    async fn on(world: &World, a: Node, b: Node) -> Self {
        let names = [&a, &b].map(|node| format!("Of{}", node.id()));
        let (ana, ben) = (world.broker(&a, &names[0]).await, world.broker(&b, &names[1]).await);
        let (transaction, room) = ana.open_transaction("House").await;
        ana.add(transaction, &ben).await;
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        for_ana.join(room, None).await;
        for_ben.join(room, None).await;
        for node in [&a, &b] {
            let at = metrics_of(node);
            eventually("the node hears Redis", || async {
                Scrape::of(&at).await.value("entremise_bus_state", &[("state", "connected")]) == 1.0
            })
            .await;
        }
        Self { a, b, ana, ben, room, for_ana, for_ben, said: 0 }
    }

    /// A message each way, which both see.
    async fn talk(&mut self) {
        self.said += 1;
        let (for_ana, for_ben) = (&mut self.for_ana, &mut self.for_ben);
        for (name, from_ana) in [("ana", true), ("ben", false)] {
            let (from, to) = if from_ana { (&mut *for_ana, &mut *for_ben) } else { (&mut *for_ben, &mut *for_ana) };
            let nonce = format!("{name}{}", self.said);
            assert_eq!(from.post(self.room, &nonce, "text").await["t"], "posted");
            to.expect_that("the message of the other", |frame| tells(frame, &nonce)).await;
        }
    }

    /// Keys are read each second; whoever does not read them must fail the test and not hold it up.
    async fn talk_until(&mut self, what: &str, mut is_so: impl AsyncFnMut(&mut Self) -> bool) {
        let wait = async {
            while !is_so(self).await {
                self.talk().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), wait).await.unwrap_or_else(|_| panic!("never: {what}"));
    }

    async fn refused(&self, reason: &str) -> f64 {
        let (at_a, at_b) = (metrics_of(&self.a), metrics_of(&self.b));
        refused(&at_a, reason).await + refused(&at_b, reason).await
    }

    /// How many keys each node accepts.
    async fn keys(&self) -> [f64; 2] {
        let keys = async |node| Scrape::of(&metrics_of(node)).await.value("entremise_bus_keys", &[]);
        [keys(&self.a).await, keys(&self.b).await]
    }

    async fn heard(&self) -> [f64; 2] {
        let heard = async |node| Scrape::of(&metrics_of(node)).await.value("entremise_bus_events_heard_total", &[]);
        [heard(&self.a).await, heard(&self.b).await]
    }

    /// Nothing was refused, and the bus has carried what was said since `before`.
    async fn went_by_the_bus(&self, before: [f64; 2], messages: f64, when: &str) {
        for reason in ["unsigned", "unknown_key", "forged", "repeated", "too_old", "clock"] {
            assert_eq!(self.refused(reason).await, 0.0, "{reason}, {when}");
        }
        for (now, before) in self.heard().await.iter().zip(before) {
            assert!(now - before >= messages, "{} of {messages} came by the bus, {when}", now - before);
        }
    }
}

async fn refused(at: &str, reason: &str) -> f64 {
    Scrape::of(at).await.value("entremise_bus_messages_refused_total", &[("reason", reason)])
}

/// One entry, or several in one frame.
fn tells(frame: &Value, nonce: &str) -> bool {
    let entries = frame["entries"].as_array().cloned().unwrap_or_else(|| vec![frame.clone()]);
    entries.iter().any(|entry| entry["nonce"] == json!(nonce))
}

async fn pair(world: &World, settings: &[(&str, &str)]) -> Pair {
    let settings = [&[WATCHED], settings].concat();
    let (a, b) = (world.node_with(&settings).await, world.node_with(&settings).await);
    Pair::on(world, a, b).await
}

/// What follows the signature, if there is one, with other words in the next place of the room.
fn forged(genuine: &[u8], seq: i64) -> Vec<u8> {
    let begins = genuine.windows(5).position(|word| word == b"run1 ").expect("a run");
    let said = String::from_utf8(genuine[begins..].to_vec()).expect("text");
    let next = said.replace(&format!("\"seq\":{seq},"), &format!("\"seq\":{},", seq + 1)).replace("genuine", "forged");
    assert!(next.contains("forged") && next != said, "{said}");
    next.into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_can_publish_speaks_as_nobody() {
    let world = World::new().await;
    let mut pair = pair(&world, &[]).await;
    let (other_transaction, other_room) = pair.ana.open_transaction("Barn").await;
    pair.ana.add(other_transaction, &pair.ben).await;
    pair.for_ben.join(other_room, None).await;
    let [channel, other_channel] = [pair.room, other_room].map(|room| format!("entremise:room:{room}"));
    let mut heard = world.redis.listen().await;
    let posted = pair.for_ana.post(pair.room, "genuine", "genuine").await;
    let seq = posted["seq"].as_i64().expect("a number");
    pair.for_ben.expect_that("the message", |frame| tells(frame, "genuine")).await;
    let is_run = |bytes: &[u8]| bytes.windows(7).any(|word| word == b"genuine");
    let genuine = loop {
        let (on, bytes) = heard.next().await.expect("Redis lives");
        if on == channel && is_run(&bytes) {
            break bytes;
        }
    };

    let forged = forged(&genuine, seq);
    let stranger = AnotherNode::with("a key that this installation does not have");
    let exchanged = [&genuine[..HEAD.min(genuine.len())], &forged].concat();
    let signed_out = json!({ "node": 4242, "event": { "account": { "account": pair.ben.account(),
        "event": { "ended": { "session": null, "kept": null, "reason": "signed_out" } } } } });
    for (on, bytes) in [
        (&*channel, forged.clone()),
        (&channel, stranger.signed(&channel, &forged)),
        (&channel, exchanged),
        (&channel, genuine.clone()),
        (&other_channel, genuine.clone()),
        ("entremise:accounts", signed_out.to_string().into_bytes()),
    ] {
        world.redis.publish(on, &bytes).await;
    }
    // It goes the same way behind them.
    pair.ana.socket().await.post(other_room, "behind", "text").await;
    pair.for_ben.expect_that("what was said behind them", |frame| tells(frame, "behind")).await;

    let posted = pair.for_ana.post(pair.room, "true", "text").await;
    assert_eq!(posted["seq"], json!(seq + 1));
    let room = json!(pair.room);
    let next = pair
        .for_ben
        .expect_that("the next entry", |frame| {
            (frame["t"] == "entry" || frame["t"] == "entries")
                && (frame["room"] == room || frame["entries"][0]["room"] == room)
        })
        .await;
    assert!(tells(&next, "true") && !next.to_string().contains("forged"), "{next}");
    pair.for_ben.ping().await.expect("nobody signed Ben out");
    pair.for_ben.expect_no_entry(pair.room).await;

    // The author's node heard what was said on the room's channel as well, but its own words.
    let at_b = metrics_of(&pair.b);
    for (reason, count) in [("unsigned", 2.0), ("unknown_key", 1.0), ("forged", 2.0), ("repeated", 1.0)] {
        eventually(reason, || async { refused(&at_b, reason).await == count }).await;
    }
    let complaints = pair.b.log().iter().filter(|line| line.contains("refused a message on the bus")).count();
    assert_eq!(complaints, 1, "the log says it once in a minute");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_the_configuration_change_node_by_node() {
    let (one, two) = ("the-first-key-of-this-office-is-long", "the-second-key-of-this-office-is-long");
    let (both, turned) = (format!("{one},{two}"), format!("{two},{one}"));
    let world = World::new().await;
    for (here, there) in [(one, &*both), (&*both, &*turned), (&*turned, two)] {
        let settings = |keys| [WATCHED, ("ENTREMISE_BUS_KEYS", keys)];
        let (a, b) = (world.node_with(&settings(here)).await, world.node_with(&settings(there)).await);
        let mut pair = Pair::on(&world, a, b).await;
        pair.talk().await;
        let before = pair.heard().await;
        for _ in 0..10 {
            pair.talk().await;
        }
        pair.went_by_the_bus(before, 10.0, there).await;
    }
    assert_eq!(world.count("SELECT 1 FROM bus_keys"), 0, "nobody asks the database");
    let (succeeded, said) = run(
        &["bus-key", "rotate"],
        &[("DATABASE_URL", world.database_url()), ("REDIS_URL", &world.redis.url()), ("ENTREMISE_BUS_KEYS", one)],
        "",
    )
    .await;
    assert!(!succeeded && said.contains("ENTREMISE_BUS_KEYS is set") && !said.contains(one), "{said}");
}

/// The ids of the keys that the two nodes sign with, from what they say now.
async fn signing(
    pair: &mut Pair,
    heard: &mut (impl futures_util::Stream<Item = (String, Vec<u8>)> + Unpin),
) -> Vec<Vec<u8>> {
    while poll_immediate(heard.next()).await.is_some() {}
    pair.talk().await;
    let channel = format!("entremise:room:{}", pair.room);
    let mut keys = Vec::new();
    while keys.len() < 2 {
        let (on, bytes) = heard.next().await.expect("Redis lives");
        // Presence and typing are JSON.
        if on == channel && bytes[HEAD..].starts_with(b"run1 ") {
            keys.push(bytes[KEY].to_vec());
        }
    }
    keys
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_the_database_changes_while_messages_flow() {
    let world = World::new().await;
    let mut pair = pair(&world, &[("ENTREMISE_BUS_KEY_POLL_SECONDS", "1")]).await;
    let mut heard = world.redis.listen().await;
    pair.talk().await;
    let before = pair.heard().await;
    let old = signing(&mut pair, &mut heard).await;
    assert_eq!(old[0], old[1], "both have the same key");

    let settings = [("DATABASE_URL", world.database_url())];
    let (succeeded, said) = run(&["bus-key", "rotate"], &settings, "").await;
    assert!(succeeded && said.contains("signs from 20"), "{said}");
    let secret = world.text("SELECT encode(secret, 'escape') AS text FROM bus_keys ORDER BY id DESC");
    assert!(secret.len() >= 32 && !said.contains(&secret), "{said}");
    let (succeeded, said) = run(&["bus-key", "rotate"], &settings, "").await;
    assert!(!succeeded && said.contains("on its way already"), "{said}");
    pair.talk_until("both accept two keys", async |pair| pair.keys().await == [2.0, 2.0]).await;
    assert_eq!(signing(&mut pair, &mut heard).await, old, "it does not sign yet");

    // The time has come. The nodes notice one after the other.
    world.execute("UPDATE bus_keys SET active_from = (extract(epoch FROM now()) * 1000)::bigint - 1000 WHERE id = 2");
    pair.talk_until("neither signs with the old key", async |pair| {
        signing(pair, &mut heard).await.iter().all(|key| *key != old[0])
    })
    .await;
    pair.talk().await;
    pair.went_by_the_bus(before, 5.0, "while the key changed").await;

    world
        .execute("UPDATE bus_keys SET active_from = (extract(epoch FROM now()) * 1000)::bigint - 3600000 WHERE id = 2");
    pair.talk_until("both accept one key", async |pair| pair.keys().await == [1.0, 1.0]).await;
    eventually("the old one is deleted", || async { world.count("SELECT 1 FROM bus_keys") == 1 }).await;
    pair.talk().await;
    pair.went_by_the_bus(before, 6.0, "without the old key").await;
    for node in [&pair.a, &pair.b] {
        assert!(node.said("the keys of the bus have changed") && !node.said(&secret));
    }

    let last = signing(&mut pair, &mut heard).await;
    // A key that somebody else may have is gone at once; what is refused meanwhile comes through the database.
    let (succeeded, said) = run(&["bus-key", "rotate", "--now"], &settings, "").await;
    assert!(succeeded && said.contains("one new key"), "{said}");
    assert_eq!(world.count("SELECT 1 FROM bus_keys"), 1);
    pair.talk_until("both sign with the newest key", async |pair| {
        let new = signing(pair, &mut heard).await;
        new[0] == new[1] && new[0] != last[0]
    })
    .await;
    let before = pair.heard().await;
    pair.talk().await;
    let heard = pair.heard().await;
    assert!(heard[0] > before[0] && heard[1] > before[1], "they hear each other again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_agree_on_the_first_key() {
    let world = World::new().await;
    let settings = [WATCHED];
    let (a, b, c) = tokio::join!(world.node_with(&settings), world.node_with(&settings), world.node_with(&settings));
    assert_eq!(world.count("SELECT 1 FROM bus_keys"), 1);
    let mut pair = Pair::on(&world, a, b).await;
    pair.talk().await;
    let before = pair.heard().await;
    pair.talk().await;
    pair.went_by_the_bus(before, 1.0, "after a start together").await;
    assert_eq!(refused(&metrics_of(&c), "unknown_key").await, 0.0);
}

/// Carries what is said on one Redis to another, without the signatures: so an older version speaks.
async fn unsigned(from: &RedisServer, to: &RedisServer) -> tokio::task::JoinHandle<()> {
    let mut heard = from.listen().await;
    let client = redis::Client::open(to.url()).expect("a good address");
    let mut speaking = client.get_multiplexed_async_connection().await.expect("Redis answers");
    tokio::spawn(async move {
        while let Some((channel, bytes)) = heard.next().await {
            let said = bytes.get(HEAD..).unwrap_or_default();
            let publish = redis::cmd("PUBLISH").arg(channel).arg(said).query_async::<i64>(&mut speaking).await;
            publish.expect("Redis answers");
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_older_version_says_unsigned_comes_through_the_database() {
    let world = World::new().await;
    let of_older = RedisServer::start().await;
    let bridge = unsigned(&of_older, &world.redis).await;
    let older = world.node_with(&[WATCHED, ("REDIS_URL", &of_older.url())]).await;
    let newer = world.node_with(&[WATCHED]).await;
    let mut pair = Pair::on(&world, older, newer).await;
    let at_newer = metrics_of(&pair.b);
    for _ in 0..3 {
        pair.talk().await;
    }
    eventually("it is counted", || async { refused(&at_newer, "unsigned").await >= 3.0 }).await;
    assert_eq!(Scrape::of(&at_newer).await.value("entremise_bus_events_heard_total", &[]), 0.0);
    pair.ben.at(&pair.a.url).delete("/api/v1/sessions/current").await.expect(204);
    assert_eq!(pair.for_ben.expect_close().await, 4100);
    bridge.abort();
}
