//! What an operator sees of several nodes: in their metrics, and in their logs while something is away.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{AnotherNode, Node, World, eventually};
use crate::support::Socket;
use crate::support::metrics::Scrape;

pub const WATCHED: (&str, &str) = ("ENTREMISE_METRICS_BIND", "127.0.0.1:0");

/// Where the node says that its metrics are.
pub fn metrics_of(node: &Node) -> String {
    let port = node.log().iter().find_map(|line| serde_json::from_str::<Value>(line).ok()?["metrics.port"].as_u64());
    format!("http://127.0.0.1:{}", port.expect("the node said it"))
}

fn bus(page: &Scrape, state: &str) -> f64 {
    page.value("entremise_bus_state", &[("state", state)])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bus_is_seen_when_it_works_and_when_it_does_not() {
    let mut world = World::new().await;
    let (a, b) = (world.node_with(&[WATCHED]).await, world.node_with(&[WATCHED]).await);
    let (ana, ben) = (world.broker(&a, "Ana").await, world.broker(&b, "Ben").await);
    let (transaction, room) = ana.open_transaction("House").await;
    ana.add(transaction, &ben).await;
    let (at_a, at_b) = (metrics_of(&a), metrics_of(&b));
    let (mut from, mut to) = (ana.socket().await, ben.socket().await);
    to.join(room, None).await;
    let mut number = 0;
    let mut crosses = async |from: &mut Socket, to: &mut Socket| {
        number += 1;
        let nonce = format!("n{number}");
        assert_eq!(from.post(room, &nonce, "text").await["t"], "posted");
        to.expect_that("the message", |frame| {
            let entries = frame["entries"].as_array().cloned().unwrap_or_else(|| vec![frame.clone()]);
            entries.iter().any(|entry| entry["nonce"] == json!(nonce))
        })
        .await;
    };
    crosses(&mut from, &mut to).await;
    eventually("both nodes are connected, and hear their own probes", || async {
        let (a, b) = (Scrape::of(&at_a).await, Scrape::of(&at_b).await);
        let probed = |page: &Scrape| page.value("entremise_bus_round_trip_seconds_count", &[]) >= 1.0;
        bus(&a, "connected") == 1.0 && bus(&b, "connected") == 1.0 && probed(&a) && probed(&b)
    })
    .await;
    // The message itself may have come before Redis was reached.
    eventually("something went from one node to the other", || async {
        let heard = Scrape::of(&at_b).await.value("entremise_bus_events_heard_total", &[]);
        let sent = Scrape::of(&at_a).await.value("entremise_bus_events_sent_total", &[]);
        heard >= 1.0 && sent >= 1.0
    })
    .await;
    let page = Scrape::of(&at_a).await;
    assert_eq!(page.value("entremise_queue_limit", &[("queue", "bus")]), 4096.0);
    let connections = page.value("entremise_bus_connections_total", &[]);

    world.redis.kill();
    eventually("both nodes notice", || async {
        bus(&Scrape::of(&at_a).await, "broken") == 1.0 && bus(&Scrape::of(&at_b).await, "broken") == 1.0
    })
    .await;
    assert_eq!(ana.get("/health/ready").await.expect(200), &json!({ "status": "degraded" }));
    assert_eq!(Scrape::of(&at_a).await.value("entremise_ready", &[]), 1.0);
    crosses(&mut from, &mut to).await;
    eventually("it was not told through Redis", || async {
        Scrape::of(&at_a).await.sum("entremise_bus_events_dropped_total", &[]) >= 1.0
    })
    .await;
    assert!(Scrape::of(&at_b).await.value("entremise_room_reads_total", &[("what", "entries")]) >= 1.0);

    world.redis.restart().await;
    eventually("both are back", || async {
        bus(&Scrape::of(&at_a).await, "connected") == 1.0 && bus(&Scrape::of(&at_b).await, "connected") == 1.0
    })
    .await;
    assert!(Scrape::of(&at_a).await.value("entremise_bus_connections_total", &[]) > connections);
    assert_eq!(ana.get("/health/ready").await.expect(200), &json!({ "status": "ready" }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_post_much_to_the_same_rooms_take_turns_and_one_alone_does_not() {
    let world = World::new().await;
    let busy = [WATCHED, ("ENTREMISE_POSTS_PER_SECOND", "10000"), ("ENTREMISE_POST_BURST", "10000")];
    let (a, b) = (world.node_with(&busy).await, world.node_with(&busy).await);
    let (ana, ben) = (world.broker(&a, "Ana").await, world.broker(&b, "Ben").await);
    let (transaction, room) = ana.open_transaction("House").await;
    ana.add(transaction, &ben).await;
    let (at_a, at_b) = (metrics_of(&a), metrics_of(&b));
    let rests = async |at: &str| Scrape::of(at).await.value("entremise_log_rests_total", &[]);
    let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
    for_ana.join(room, None).await;
    for_ben.join(room, None).await;
    let mut numbers = 0..;
    let mut many = async |socket: &mut Socket| {
        let mut references = Vec::new();
        for number in numbers.by_ref().take(250) {
            let post = json!({ "t": "post", "room": room, "nonce": format!("n{number}"), "body": "text" });
            references.push(socket.send(post).await);
        }
        for reference in references {
            assert_eq!(socket.answer(reference).await["t"], "posted");
        }
    };
    many(&mut for_ana).await;
    assert_eq!(rests(&at_a).await, 0.0, "nobody else has posted");
    let begun = std::time::Instant::now();
    while rests(&at_a).await == 0.0 || rests(&at_b).await == 0.0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody rests");
        // Each hears of the other's, and has much to do.
        many(&mut for_ben).await;
        many(&mut for_ana).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_stops_is_not_ready() {
    let world = World::new().await;
    let mut node = world.node_with(&[WATCHED]).await;
    let ana = world.broker(&node, "Ana").await;
    let at = metrics_of(&node);
    assert_eq!(Scrape::of(&at).await.value("entremise_ready", &[]), 1.0);
    // A peer that never reads keeps it for some seconds: it is told to go elsewhere, and does not answer.
    let stalled_reader = ana.socket().await;
    let half = crate::stopping::begun_request(&node.url, ana.token.as_deref().unwrap()).await;
    node.terminate();
    eventually("it says so", || async { Scrape::of(&at).await.value("entremise_ready", &[]) == 0.0 }).await;
    drop((stalled_reader, half));
    assert!(node.ended(Duration::from_secs(10)).await.success());
}

/// Lines at this level or above.
fn loud(node: &Node) -> Vec<String> {
    let is_loud = |line: &String| {
        let level = serde_json::from_str::<Value>(line).ok().map(|line| line["level"].clone());
        level.is_some_and(|level| level == "WARN" || level == "ERROR")
    };
    node.log().into_iter().filter(is_loud).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_of_the_database_is_told_when_it_begins_and_when_it_ends() {
    const ROOMS: usize = 12;
    let world = World::new().await;
    let (node, to_database, to_redis) = world.node_on_wires().await;
    let ana = world.broker(&node, "Ana").await;
    let mut sockets = Vec::new();
    for number in 0..ROOMS {
        let (_, room) = ana.open_transaction(&format!("House {number}")).await;
        let mut socket = ana.socket().await;
        socket.join(room, None).await;
        sockets.push((room, socket));
    }
    to_database.cut();
    for attempt in 0..3 {
        let mut asked = Vec::new();
        for (room, socket) in &mut sockets {
            let post = json!({ "t": "post", "room": *room, "nonce": format!("n{attempt}"), "body": "text" });
            asked.push((socket.send(post).await, socket.send(json!({ "t": "join", "room": *room })).await));
        }
        for ((_, socket), (post, join)) in sockets.iter_mut().zip(asked) {
            assert_eq!(socket.answer(post).await["t"], "refused");
            assert_eq!(socket.answer(join).await["t"], "refused");
        }
    }
    // Every room wants to look into the database when the bus is back.
    let connected = || node.log().iter().filter(|line| line.contains("connected to the bus")).count();
    let before = connected();
    to_redis.cut();
    eventually("the bus is lost", || async { node.said("lost the bus") }).await;
    to_redis.heal();
    eventually("the bus is back", || async { connected() > before }).await;
    let (_, nobody) = sockets.first_mut().expect("there are some");
    let join = nobody.send(json!({ "t": "join", "room": 1 })).await;
    assert_eq!(nobody.answer(join).await["t"], "refused", "the database is still away");

    to_database.heal();
    eventually("the node says that it is over", || async { node.said("the database does its work again") }).await;
    let count = |words: &str| node.log().iter().filter(|line| line.contains(words)).count();
    assert_eq!((count("the database does not do its work"), count("the database does its work again")), (1, 1));
    let loud = loud(&node);
    // The worker of the mails tells its own, and so does the bus.
    assert!(loud.len() <= 4, "{} lines for one outage: {loud:#?}", loud.len());
    let database = url::Url::parse(&to_database.redirect(world.database_url())).unwrap();
    for secret in [database.username(), &database.port().expect("a port").to_string(), database.host_str().unwrap()] {
        let telling = node.log().into_iter().find(|line| line.contains("\"error\"") && line.contains(secret));
        assert_eq!(telling, None, "{secret} is in the log");
    }
}

/// Reads of the log by rooms of the node whose metrics are there.
async fn gap_reads(at: &str) -> f64 {
    Scrape::of(at).await.value("entremise_room_reads_total", &[("what", "entries")])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_understood_makes_a_room_look_and_not_each_time() {
    const KEY: &str = "of this test and of no installation";
    let world = World::new().await;
    let settings = [WATCHED, ("ENTREMISE_BUS_KEYS", KEY)];
    let (a, b) = (world.node_with(&settings).await, world.node_with(&settings).await);
    let (ana, ben) = (world.broker(&a, "Ana").await, world.broker(&b, "Ben").await);
    let (transaction, room) = ana.open_transaction("House").await;
    ana.add(transaction, &ben).await;
    let at_b = metrics_of(&b);
    let mut for_ben = ben.socket().await;
    for_ben.join(room, None).await;
    eventually("the node hears Redis", || async { bus(&Scrape::of(&at_b).await, "connected") == 1.0 }).await;
    let before = gap_reads(&at_b).await;
    let channel = format!("entremise:room:{room}");
    let next = AnotherNode::with(KEY);
    for number in 0..200 {
        // A version to come, and what nobody can mean.
        let payload = ["run2 1 7 3 [{}]", "{\"node\":1,\"event\":{\"thought\":{\"room\":7}}}", "["][number % 3];
        world.redis.publish(&channel, &next.signed(&channel, payload.as_bytes())).await;
    }
    eventually("it is counted, and the room looks", || async {
        let page = Scrape::of(&at_b).await;
        page.value("entremise_bus_events_not_understood_total", &[]) >= 200.0 && gap_reads(&at_b).await > before
    })
    .await;
    assert!(gap_reads(&at_b).await < before + 100.0, "it looks once in a while");
    let mut from = ana.socket().await;
    assert_eq!(from.post(room, "after", "text").await["t"], "posted");
    for_ben.expect_that("the message", |frame| frame["nonce"] == json!("after")).await;
}

/// The own entry is here before the other node's that stands before it: that is no reason to ask the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_write_a_room_in_turn_read_no_gaps() {
    let world = World::new().await;
    let (a, b) = (world.node_with(&[WATCHED]).await, world.node_with(&[WATCHED]).await);
    let (ana, ben) = (world.broker(&a, "Ana").await, world.broker(&b, "Ben").await);
    let (transaction, room) = ana.open_transaction("House").await;
    ana.add(transaction, &ben).await;
    let (at_a, at_b) = (metrics_of(&a), metrics_of(&b));
    let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
    for_ana.join(room, None).await;
    for_ben.join(room, None).await;
    eventually("both hear Redis", || async {
        bus(&Scrape::of(&at_a).await, "connected") == 1.0 && bus(&Scrape::of(&at_b).await, "connected") == 1.0
    })
    .await;
    let before = gap_reads(&at_a).await + gap_reads(&at_b).await;
    // Round after round at the same time, so that every commit meets one of the other node.
    for number in 0..200 {
        let (by_ana, by_ben) = (format!("ana{number}"), format!("ben{number}"));
        let (one, other) = tokio::join!(for_ana.post(room, &by_ana, "text"), for_ben.post(room, &by_ben, "text"));
        assert_eq!((&one["t"], &other["t"]), (&json!("posted"), &json!("posted")));
    }
    // Past this, everything before it was heard.
    for_ana.post(room, "last", "text").await;
    for_ben.expect_that("the last", |frame| frame.to_string().contains("\"last\"")).await;
    let reads = gap_reads(&at_a).await + gap_reads(&at_b).await - before;
    // A machine that stops for a moment may cost a few.
    assert!(reads <= 15.0, "{reads} reads for 401 messages");
}
