//! Hundreds of peers stop reading, or come and go: the server stays as large as it was, and the others get everything.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::harness::{Node, World, Writer, eventually, is_long, resettle, settle};
use crate::support::{Person, StalledReader};

const DEAF_PEOPLE: usize = 25;
/// As many as one person may have.
const SOCKETS_EACH: usize = 20;
const SOCKETS: usize = DEAF_PEOPLE * SOCKETS_EACH;
/// What may wait for one connection,
const QUEUE_KIB: usize = 256;
/// and two pages of the past, as they are read and as they are written.
const PAGES_KIB: usize = 2 * 128;
const MARGIN_KIB: usize = 64 * 1024;

struct SlowReadersScene {
    world: World,
    node: Node,
    room: i64,
    stalled_reader: Vec<Person>,
    writers: Vec<Writer>,
    written: Arc<AtomicUsize>,
}

async fn scene() -> SlowReadersScene {
    let world = World::new().await;
    let node = world.node().await;
    let owner = world.broker(&node, "Owner").await;
    let (transaction, room) = owner.open_transaction("House").await;
    let (mut stalled_reader, mut writers) = (Vec::new(), Vec::new());
    for number in 0..DEAF_PEOPLE {
        let person = world.broker(&node, &format!("Deaf{number}")).await;
        owner.add(transaction, &person).await;
        stalled_reader.push(person);
    }
    let urls = Arc::new(vec![node.url.clone()]);
    for number in 0..3 {
        let name = format!("Writer{number}");
        let person = world.broker(&node, &name).await;
        owner.add(transaction, &person).await;
        writers.push(Writer::new(&name, person, room, &urls, 0).verbose());
    }
    SlowReadersScene { world, node, room, stalled_reader, writers, written: Arc::default() }
}

impl SlowReadersScene {
    /// Everybody writes until so many bytes are published in all.
    async fn publish(&mut self, bytes: usize) {
        const MESSAGE: usize = 36_000;
        let mut tasks = Vec::new();
        for writer in self.writers.drain(..) {
            let written = self.written.clone();
            let until = written.load(Ordering::SeqCst) + bytes / MESSAGE;
            tasks.push(tokio::spawn(writer.write(move |_| written.fetch_add(1, Ordering::SeqCst) >= until)));
        }
        for task in tasks {
            self.writers.push(task.await.expect("a writer finishes"));
        }
    }
}

fn volume() -> usize {
    if is_long() { 500_000_000 } else { 60_000_000 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn peers_that_stop_reading_are_cut_and_cost_no_more_than_their_bound() {
    let mut scene = scene().await;
    scene.publish(1_000_000).await;
    let alone = scene.node.vitals();
    let mut peers = Vec::new();
    for person in &scene.stalled_reader {
        for _ in 0..SOCKETS_EACH {
            peers.push(StalledReader::join(person, scene.room, None).await);
        }
    }
    let before = scene.node.vitals();
    before.forget_peak();
    let begun = std::time::Instant::now();
    scene.publish(volume()).await;
    let published = begun.elapsed();

    let after = resettle(|| scene.node.vitals(), alone).await;
    let grown = after.peak - before.resident;
    let mut most = 0;
    for peer in peers {
        most = most.max(peer.drain().await);
    }
    eprintln!("{} bytes in {published:?}, grown by {grown} KiB, {most} bytes to a stalled peer", volume());
    assert!(grown < SOCKETS * QUEUE_KIB + MARGIN_KIB, "grown by {grown} KiB");
    // What was sent waits in the system, on both sides; only so much may.
    assert!(most < 1_500_000, "somebody was not cut, or holds {most} bytes of the system's memory");
    let SlowReadersScene { world, room, writers, .. } = scene;
    settle(&world, room, writers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn peers_that_ask_for_the_past_and_do_not_read_it_cost_no_more_than_their_bound() {
    let mut scene = scene().await;
    // Six times what one may keep.
    scene.publish(3_000_000).await;
    let alone = scene.node.vitals();
    alone.forget_peak();
    let mut peers = Vec::new();
    for person in scene.stalled_reader.iter().take(if is_long() { DEAF_PEOPLE } else { 10 }) {
        for _ in 0..SOCKETS_EACH {
            // One after the other: what is tried here is memory, not haste.
            let peer = StalledReader::ask(person, scene.room, Some(0), Some(65_536)).await;
            eventually("the past begins to come", || peer.could_read(10_000)).await;
            peers.push(peer);
        }
    }
    // The others are served as ever.
    scene.publish(1_000_000).await;
    let vitals = scene.node.vitals();
    let grown = vitals.peak - alone.resident;
    eprintln!("grown by {grown} KiB for {} peers", peers.len());
    assert!(grown < peers.len() * (QUEUE_KIB + PAGES_KIB) + MARGIN_KIB, "grown by {grown} KiB");
    drop(peers);
    resettle(|| scene.node.vitals(), alone).await;
    let SlowReadersScene { world, room, writers, .. } = scene;
    settle(&world, room, writers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_come_and_go_leave_nothing_behind() {
    let cycles = if is_long() { 10_000 } else { 1_000 };
    let mut scene = scene().await;
    scene.publish(100_000).await;
    let come_and_go = async |count: usize| {
        for number in 0..count {
            let person = &scene.stalled_reader[number % DEAF_PEOPLE];
            let mut socket = person.socket().await;
            socket.join(scene.room, None).await;
            // Politely, and not.
            if number % 2 == 0 {
                socket.close().await;
            }
        }
    };
    let alone = scene.node.vitals();
    come_and_go(200).await;
    let before = resettle(|| scene.node.vitals(), alone).await;
    come_and_go(cycles).await;
    let after = resettle(|| scene.node.vitals(), alone).await;
    eprintln!("{before:?} {after:?}");
    assert_eq!(after.threads, before.threads);
    assert!(after.resident < before.resident + before.resident / 20 + 4096, "{before:?} {after:?}");
}
