//! One node on a SQLite file keeps what it promised: through kills, with everybody writing at once, and on the disk before the
//! acknowledgement is on the wire.

mod synced;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::harness::{Launcher, Node, SqliteWorld, Writer, eventually, is_long, settle_by};
use crate::support::Person;

/// What is refused is refused by the database, and not because a busy machine was slow.
const PATIENT: &[(&str, &str)] = &[("ENTREMISE_DATABASE_POOL_SIZE", "16"), ("ENTREMISE_DATABASE_DEADLINE_MS", "20000")];

struct Writers {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicUsize>,
    tasks: Vec<tokio::task::JoinHandle<Writer>>,
}

impl Writers {
    /// Everybody but the first writes until told to stop.
    fn of(world: &SqliteWorld, node: &Node, kind: fn(Writer) -> Writer) -> Self {
        let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let urls = Arc::new(vec![node.url.clone()]);
        let mut tasks = Vec::new();
        for (number, person) in world.people.iter().enumerate().skip(1) {
            let writer = kind(Writer::new(&format!("Writer{number}"), person.at(&node.url), world.room, &urls, 0));
            let (stop, written) = (stop.clone(), written.clone());
            tasks.push(tokio::spawn(writer.write(move |done| {
                written.fetch_add(usize::from(done > 0), Ordering::SeqCst);
                stop.load(Ordering::SeqCst)
            })));
        }
        Self { stop, written, tasks }
    }

    fn written(&self) -> usize {
        self.written.load(Ordering::SeqCst)
    }

    async fn write_more(&self, count: usize) {
        let until = self.written() + count;
        eventually("the writers go on", || async { self.written() >= until }).await;
    }

    async fn finish(self) -> Vec<Writer> {
        self.stop.store(true, Ordering::SeqCst);
        let mut writers = Vec::new();
        for task in self.tasks {
            writers.push(task.await.expect("a writer finishes"));
        }
        writers
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_or_doubled_however_often_it_is_killed() {
    let kills = if is_long() { 200 } else { 50 };
    let folder = tempfile::tempdir().unwrap();
    let world = SqliteWorld::new(folder.path(), 7).await;
    let mut node = world.node(Launcher::default(), &[]).await;
    let writers = Writers::of(&world, &node, |writer| writer);
    for _ in 0..kills {
        writers.write_more(30).await;
        node.kill();
        node.restart().await;
    }
    writers.write_more(30).await;
    let writers = writers.finish().await;
    let connections: usize = writers.iter().map(|writer| writer.journal.connections.len()).sum();
    assert!(connections > writers.len() * kills / 2, "nobody noticed the kills");
    settle_by(|| world.rows(), writers).await;
    assert_eq!(world.integrity(), "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixteen_who_write_at_once_nobody_meets_a_lock() {
    let folder = tempfile::tempdir().unwrap();
    let world = SqliteWorld::new(folder.path(), 17).await;
    let node = world.node(Launcher::default(), PATIENT).await;
    let writers = Writers::of(&world, &node, |writer| writer);
    // Posts have a writer of their own; requests write through the pool.
    let owner = world.people[0].at(&node.url);
    let making = (0..4).map(|number| {
        let (owner, stop) = (owner.clone(), writers.stop.clone());
        tokio::spawn(async move {
            let mut made = 0;
            while !stop.load(Ordering::SeqCst) {
                let form = json!({ "title": format!("House {number}-{made}"), "kind": "sale" });
                owner.post("/api/v1/transactions", form).await.expect(201);
                made += 1;
            }
            made
        })
    });
    let making: Vec<_> = making.collect();
    writers.write_more(if is_long() { 30_000 } else { 1_500 }).await;
    let writers = writers.finish().await;
    for task in making {
        assert!(task.await.expect("nobody is refused") > 0);
    }
    for writer in &writers {
        assert!(writer.refusals.is_empty(), "{:?}", writer.refusals);
    }
    let locked = |line: &String| line.contains("locked") || line.contains("does not do its work");
    assert!(!node.log().iter().any(locked), "{:#?}", node.log());
    settle_by(|| world.rows(), writers).await;
}

/// Reads pages without a pause.
async fn reads_on(person: Person, transaction: i64, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::SeqCst) {
        person.get(&format!("/api/v1/transactions/{transaction}/messages?limit=10")).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_without_a_pause_do_not_let_the_log_of_the_file_grow() {
    const MESSAGE: usize = 36_000;
    // The writer begins the log anew at 24 MiB. A reader of a busy machine may be in its way; its fourth try, at 52 MiB, waits
    // for 0.8 s.
    const BOUND: u64 = 80 * 1024 * 1024;
    let bytes = if is_long() { 2_000_000_000 } else { 150_000_000 };
    let folder = tempfile::tempdir().unwrap();
    let world = SqliteWorld::new(folder.path(), 4).await;
    let node = world.node(Launcher::default(), PATIENT).await;
    let writers = Writers::of(&world, &node, Writer::verbose);
    let readers: Vec<_> = (0..6)
        .map(|_| tokio::spawn(reads_on(world.people[0].at(&node.url), world.transaction, writers.stop.clone())))
        .collect();
    let mut largest = 0;
    while writers.written() < bytes / MESSAGE {
        largest = largest.max(world.wal_bytes());
        assert!(largest < BOUND, "it grew to {largest} bytes");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let writers = writers.finish().await;
    for reader in readers {
        reader.await.expect("nobody is refused");
    }
    eprintln!(
        "{} posts, the log of the file had up to {largest} bytes",
        writers.iter().map(|w| w.journal.posts.len()).sum::<usize>()
    );
    settle_by(|| world.rows(), writers).await;
}
