//! A node dies without a word while people write.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::harness::{World, Writer, eventually, settle};
use crate::support::Person;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_or_doubled_when_a_node_is_killed() {
    const WRITERS: usize = 10;
    const EACH: usize = 40;
    let world = World::new().await;
    let (mut a, b) = (world.node().await, world.node().await);
    let ana = world.broker(&a, "Ana").await;
    let (transaction, room) = ana.open_transaction("House").await;
    let urls = Arc::new(vec![a.url.clone(), b.url.clone()]);
    let written = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    for number in 0..WRITERS {
        let name = format!("Writer{number}");
        let person: Person = world.broker(&a, &name).await;
        ana.add(transaction, &person).await;
        let (writer, written) = (Writer::new(&name, person, room, &urls, number), written.clone());
        tasks.push(tokio::spawn(writer.write(move |done| {
            written.fetch_add(usize::from(done > 0), Ordering::SeqCst);
            done >= EACH
        })));
    }
    let reached = |part: usize| {
        let written = written.clone();
        move || {
            let now = written.load(Ordering::SeqCst);
            async move { now >= WRITERS * EACH * part / 6 }
        }
    };
    eventually("a part is written", reached(1)).await;
    a.kill();
    eventually("the writers go on with the other node", reached(2)).await;
    a.restart().await;
    eventually("more is written", reached(3)).await;
    a.kill();
    eventually("the writers go on once more", reached(4)).await;
    a.restart().await;

    let mut writers = Vec::new();
    for task in tasks {
        writers.push(task.await.expect("a writer finishes"));
    }
    let connections: usize = writers.iter().map(|writer| writer.journal.connections.len()).sum();
    assert!(connections > WRITERS, "nobody noticed the death of a node");
    settle(&world, room, writers).await;
    assert_eq!(world.rows(room).iter().filter(|row| row.nonce.is_some()).count(), WRITERS * EACH);
}
