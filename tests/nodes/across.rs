//! Two people on two nodes: what one does, the other hears, as if they sat on the same.

use entremise::server::system_clock;
use serde_json::json;

use crate::harness::{AnotherNode, Node, World, eventually};
use crate::metrics::{WATCHED, metrics_of};
use crate::support::metrics::Scrape;
use crate::support::{Person, Socket};

/// Two nodes and two members of one room, each with the node of their own.
async fn office(world: &World) -> (Node, Node, Person, Person, i64, i64) {
    let (a, b) = (world.node().await, world.node().await);
    let (ana, ben) = (world.broker(&a, "Ana").await, world.broker(&b, "Ben").await);
    let (transaction, room) = ana.open_transaction("House").await;
    ana.add(transaction, &ben).await;
    (a, b, ana, ben, transaction, room)
}

async fn bodies(socket: &mut Socket, count: usize) -> Vec<(i64, String)> {
    let mut heard = Vec::new();
    for _ in 0..count {
        let entry = socket.expect("entry").await;
        heard.push((entry["seq"].as_i64().unwrap(), entry["body"].as_str().unwrap().to_owned()));
    }
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_hear_everything_in_the_same_order() {
    let world = World::new().await;
    let (_a, _b, ana, ben, _, room) = office(&world).await;
    let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
    for_ana.join(room, None).await;
    for_ben.join(room, None).await;
    for number in 0..20 {
        let frame = |who: &str| json!({ "t": "post", "room": room, "nonce": format!("{who}{number}"), "body": format!("{who} {number}") });
        for_ana.send(frame("ana")).await;
        for_ben.send(frame("ben")).await;
    }
    let (one, other) = (bodies(&mut for_ana, 40).await, bodies(&mut for_ben, 40).await);
    assert_eq!(one, other);
    assert_eq!(one.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), (4..44).collect::<Vec<_>>());
    let log: Vec<String> = world.rows(room).into_iter().filter_map(|row| row.body).collect();
    assert_eq!(one.into_iter().map(|(_, body)| body).collect::<Vec<_>>(), log);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_on_the_other_node_goes_on_where_they_were() {
    let world = World::new().await;
    let (a, _b, ana, ben, _, room) = office(&world).await;
    let mut for_ana = ana.socket().await;
    let mut for_ben = ben.socket().await;
    for_ben.join(room, None).await;
    for_ana.post(room, "n1", "first").await;
    assert_eq!(for_ben.expect("entry").await["seq"], 4);
    for_ben.close().await;
    for number in 2..=240 {
        // Its answers are left unread: what was missed matters here.
        for_ana.send(json!({ "t": "post", "room": room, "nonce": format!("n{number}"), "body": "more" })).await;
    }
    for_ana.post(room, "last", "more").await;

    let mut elsewhere = ben.at(&a.url).socket().await;
    let (joined, entries) = elsewhere.join(room, Some(4)).await;
    assert_eq!(joined["head"], 244);
    let seqs: Vec<i64> = entries.iter().map(|entry| entry["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (5..=244).collect::<Vec<_>>());
    for_ana.post(room, "live", "again live").await;
    assert_eq!(elsewhere.expect("entry").await["seq"], 245);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_positions_and_typing_cross_over() {
    let world = World::new().await;
    let (a, _b, ana, ben, _, room) = office(&world).await;
    let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
    let mut second_of_ben = world.another_device(&a, &ben).await.socket().await;
    for socket in [&mut for_ana, &mut for_ben, &mut second_of_ben] {
        socket.join(room, None).await;
    }
    for nonce in ["n1", "n2", "n3"] {
        for_ana.post(room, nonce, "hello").await;
    }
    for_ben.expect_that("the last message", |frame| frame["seq"] == 6).await;
    for_ben.send(json!({ "t": "read", "room": room, "seq": 5 })).await;
    let heard = for_ana.expect("read").await;
    assert_eq!((&heard["account"], &heard["seq"]), (&json!(ben.account()), &json!(5)));
    for socket in [&mut for_ben, &mut second_of_ben] {
        let unread = socket.expect("unread").await;
        assert_eq!((&unread["read"], &unread["count"]), (&json!(5), &json!(1)));
    }

    for on in [true, false] {
        for_ben.send_text(&json!({ "t": "typing", "room": room, "on": on }).to_string()).await;
        let typing = for_ana.expect("typing").await;
        assert_eq!((&typing["account"], &typing["on"]), (&json!(ben.account()), &json!(on)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_name_crosses_over() {
    let world = World::new().await;
    // The word alone brings it: no look at the database comes before.
    let seldom = [("ENTREMISE_HEAD_POLL_MS", "60000")];
    let (a, b) = (world.node_with(&seldom).await, world.node_with(&seldom).await);
    let (ana, ben) = (world.broker(&a, "Ana").await, world.broker(&b, "Ben").await);
    let (transaction, room) = ana.open_transaction("House").await;
    ana.add(transaction, &ben).await;
    let mut for_ana = ana.socket().await;
    for_ana.join(room, None).await;
    ben.patch("/api/v1/me", json!({ "first_name": "Benoît" })).await.expect(200);
    let told = json!({ "t": "member", "room": room, "account": ben.account(), "name": "Benoît Test" });
    assert_eq!(for_ana.expect("member").await, told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_online_wherever_they_are_connected() {
    let world = World::new().await;
    let (a, _b, ana, ben, _, room) = office(&world).await;
    let mut for_ana = ana.socket().await;
    for_ana.join(room, None).await;
    let of_ben = |frame: &serde_json::Value| frame["t"] == "presence" && frame["account"] == json!(ben.account());
    let mut on_b = ben.socket().await;
    on_b.join(room, None).await;
    assert_eq!(for_ana.expect_that("Ben on the other node", of_ben).await["online"], true);

    // On both nodes now; leaving one of them is no leaving.
    let mut on_a = ben.at(&a.url).socket().await;
    on_a.join(room, None).await;
    on_b.close().await;
    let asked = world.another_device(&a, &ana).await;
    assert!(is_online(&asked, room, &ben).await);
    let last_there = system_clock().now().to_rfc3339();
    on_a.close().await;
    let left = for_ana.expect_that("Ben's leaving", of_ben).await;
    assert_eq!(left["online"], false);
    assert!(left["last_seen"].as_str().unwrap() >= last_there.as_str(), "gone before they left: {left}");
    assert!(!is_online(&asked, room, &ben).await);
}

async fn is_online(asker: &Person, room: i64, whom: &Person) -> bool {
    let mut socket = asker.socket().await;
    let (joined, _) = socket.join(room, None).await;
    let members = joined["members"].as_array().unwrap().clone();
    socket.close().await;
    members.iter().any(|member| member["account"] == json!(whom.account()) && member["online"] == json!(true))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_added_hears_of_it_on_their_node() {
    let world = World::new().await;
    let (_a, b, ana, _ben, transaction, room) = office(&world).await;
    let zoe = world.broker(&b, "Zoe").await;
    let mut for_zoe = zoe.socket().await;
    ana.add(transaction, &zoe).await;
    let added = for_zoe.expect("added").await;
    assert_eq!((&added["room"], &added["transaction"]), (&json!(room), &json!(transaction)));
    let (_, entries) = for_zoe.join(room, Some(0)).await;
    assert_eq!(entries.last().unwrap()["kind"], "member_added");
}

/// Both words go over Redis, on channels of their own, and may come from different nodes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_addition_that_comes_late_is_not_told_after_the_removal() {
    let key = "the-key-of-this-office-is-long-enough";
    let world = World::new().await;
    let node = world.node_with(&[WATCHED, ("ENTREMISE_BUS_KEYS", key)]).await;
    let (ana, ben) = (world.broker(&node, "Ana").await, world.broker(&node, "Ben").await);
    let (transaction, room) = ana.open_transaction("House").await;
    let mut for_ben = ben.socket().await;
    ana.add(transaction, &ben).await;
    for_ben.expect("added").await;
    for_ben.join(room, None).await;
    let metrics = metrics_of(&node);
    let hears = || async { Scrape::of(&metrics).await.value("entremise_bus_state", &[("state", "connected")]) == 1.0 };
    eventually("the node hears Redis", hears).await;
    ana.delete(&format!("/api/v1/transactions/{transaction}/participants/{}", ben.account())).await.expect(204);
    for_ben.expect("removed").await;

    let other = AnotherNode::with(key);
    for (transaction, version) in [(transaction, json!(1)), (transaction + 1, json!(99))] {
        let said = json!({ "node": 4242, "event": { "account": { "account": ben.account(),
            "event": { "added": { "room": room, "transaction": transaction, "version": version } } } } });
        let channel = "entremise:accounts";
        world.redis.publish(channel, &other.signed(channel, said.to_string().as_bytes())).await;
    }
    // The later one goes the same way behind it.
    assert_eq!(for_ben.expect("added").await["transaction"], json!(transaction + 1));
}
