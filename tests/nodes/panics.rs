//! A fault of ours that panics ends one room or one connection, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use entremise::testing::failpoints::PANIC_BODY;
use serde_json::json;

use crate::harness::{Launcher, Node, World, Writer, eventually, settle};
use crate::support::Person;

/// Far below the heartbeat, at which a lost room would be noticed in any case.
const TOLD_WITHIN: Duration = Duration::from_secs(5);

/// One thread for all connections and one for all rooms: what dies has neighbours.
async fn node(world: &World, fault: &str) -> Node {
    let settings = [("ENTREMISE_PLANTED_FAULTS", fault), ("ENTREMISE_WORKERS", "1")];
    world.node_by(Launcher::planted(), &settings).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_dies_sends_its_own_people_back_at_once_and_nobody_else() {
    let world = World::new().await;
    let node = node(&world, "panic_in_room").await;
    let (ana, ben, zoe) =
        (world.broker(&node, "Ana").await, world.broker(&node, "Ben").await, world.broker(&node, "Zoe").await);
    let (transaction, dying) = ana.open_transaction("House").await;
    ana.add(transaction, &ben).await;
    let (_, living) = zoe.open_transaction("Barn").await;
    let (mut for_ana, mut for_ben, mut for_zoe) = (ana.socket().await, ben.socket().await, zoe.socket().await);
    for_ana.join(dying, Some(0)).await;
    for_ben.join(dying, Some(0)).await;
    for_zoe.join(living, Some(0)).await;
    let mut elsewhere = ana.socket().await;

    let begun = Instant::now();
    let post = json!({ "t": "post", "room": dying, "nonce": "last", "body": PANIC_BODY });
    for_ana.send(post).await;
    assert_eq!((for_ana.expect_close().await, for_ben.expect_close().await), (4003, 4003));
    assert!(begun.elapsed() < TOLD_WITHIN, "they were told after {:?}", begun.elapsed());
    elsewhere.ping().await.expect("a connection that had not joined the room stays");
    assert_eq!(for_zoe.post(living, "n", "text").await["seq"], 3);
    for_zoe.expect("entry").await;

    // They come back, lack nothing, and hear the room again.
    let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
    for socket in [&mut for_ana, &mut for_ben] {
        let (_, missed) = socket.join(dying, Some(3)).await;
        let missed: Vec<_> = missed.iter().map(|entry| (&entry["seq"], &entry["nonce"])).collect();
        assert_eq!(missed, [(&json!(4), &json!("last"))]);
    }
    assert_eq!(for_ana.post(dying, "next", "it goes on").await["seq"], 5);
    for socket in [&mut for_ana, &mut for_ben] {
        assert_eq!(socket.expect("entry").await["seq"], 5);
    }
    for_zoe.ping().await.expect("the neighbour was not disturbed");
}

/// Writers of one room, until they are told to stop.
async fn writers(
    world: &World,
    node: &Node,
    room: &str,
    stop: &Arc<AtomicBool>,
) -> (Person, i64, Vec<tokio::task::JoinHandle<Writer>>) {
    let owner = world.broker(node, room).await;
    let (transaction, id) = owner.open_transaction(room).await;
    let urls = Arc::new(vec![node.url.clone()]);
    let mut tasks = Vec::new();
    for number in 0..4 {
        let name = format!("{room}{number}");
        let person = world.broker(node, &name).await;
        owner.add(transaction, &person).await;
        let (writer, stop) = (Writer::new(&name, person, id, &urls, 0), stop.clone());
        tasks.push(tokio::spawn(writer.write(move |_| stop.load(Ordering::SeqCst))));
    }
    (owner, id, tasks)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_dies_again_and_again_under_load_loses_nothing_and_disturbs_no_other() {
    const DEATHS: usize = 10;
    let world = World::new().await;
    let node = node(&world, "panic_in_room").await;
    let stop = Arc::new(AtomicBool::new(false));
    let (owner, dying, dying_writers) = writers(&world, &node, "Dying", &stop).await;
    let (_, living, living_writers) = writers(&world, &node, "Living", &stop).await;
    let mut killer = owner.socket().await;
    for death in 0..DEATHS {
        let before = [dying, living].map(|room| world.rows(room).len());
        let grown =
            || [dying, living].map(|room| world.rows(room).len()).iter().zip(before).all(|(now, old)| *now > old + 5);
        eventually("both rooms go on", || async { grown() }).await;
        let nonce = format!("death-{death}");
        assert_eq!(killer.post(dying, &nonce, PANIC_BODY).await["t"], "posted");
    }
    stop.store(true, Ordering::SeqCst);
    let (dying_writers, living_writers) = (finished(dying_writers).await, finished(living_writers).await);
    let connections = |writers: &[Writer]| writers.iter().map(|w| w.journal.connections.len()).sum::<usize>();
    assert!(connections(&dying_writers) > dying_writers.len(), "the room never died");
    assert_eq!(connections(&living_writers), living_writers.len(), "somebody else's connection was lost");
    settle(&world, dying, dying_writers).await;
    settle(&world, living, living_writers).await;
    killer.ping().await.expect("who had not joined the room kept their connection");
}

async fn finished(tasks: Vec<tokio::task::JoinHandle<Writer>>) -> Vec<Writer> {
    let mut writers = Vec::new();
    for task in tasks {
        writers.push(task.await.expect("a writer finishes"));
    }
    writers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_dies_takes_no_other_with_it_and_leaves_nothing_behind() {
    const DEATHS: usize = 20;
    let world = World::new().await;
    let node = node(&world, "panic_in_session").await;
    let (ana, ben) = (world.broker(&node, "Ana").await, world.broker(&node, "Ben").await);
    let (transaction, room) = ana.open_transaction("House").await;
    ana.add(transaction, &ben).await;
    let mut for_ben = ben.socket().await;
    for_ben.join(room, Some(0)).await;
    let mut other = ana.socket().await;
    other.join(room, Some(0)).await;
    for_ben.expect("presence").await;
    // As many as a person may have at once: a dead one must not be counted.
    for death in 0..DEATHS {
        let mut dying = ana.socket().await;
        dying.join(room, Some(0)).await;
        let frame = json!({ "t": "post", "room": room, "nonce": format!("n{death}"), "body": PANIC_BODY });
        dying.send(frame).await;
        assert_eq!(dying.expect_close().await, 1006);
        other.ping().await.expect("her other connection lives");
        for_ben.ping().await.expect("other people's connections live");
    }
    assert_eq!(other.post(room, "after", "it goes on").await["seq"], 4);
    assert_eq!(for_ben.expect("entry").await["seq"], 4);
    // The dead are away from the room too: when the last living one leaves, they are gone.
    other.close().await;
    let gone = for_ben.expect_that("her absence", |frame| frame["t"] == "presence" && frame["online"] == false).await;
    assert_eq!(gone["account"], json!(ana.account()));
    assert_eq!(world.rows(room).len(), 4);
}
