//! The disk is full. Posts are refused and not lost, everything that only reads goes on, and when there is space again all
//! goes on by itself. (There are no uploads yet: the database is all that is written.)

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Launcher, Node, SqliteWorld, World, Writer, eventually, settle, settle_by};
use crate::support::checker::{Journal, Outcome, Post, check};
use crate::support::{Person, Socket};

const MEGABYTE: usize = 1024 * 1024;
/// A refusal comes in time also when the disk takes its own.
const REFUSED_WITHIN: Duration = Duration::from_secs(5);

/// What keeps files from growing.
enum Disk {
    /// A file system of its own, in memory, which only root may make.
    Small { folder: PathBuf, ballast: PathBuf },
    /// The limit of a process on the size of its files; anybody may lower their own.
    Limit,
}

impl Disk {
    /// `None` where this process may not mount.
    fn small(folder: &Path) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=40m", "tmpfs"]).arg(folder).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| {
            let ballast = folder.join("ballast");
            std::fs::write(&ballast, vec![0; 28 * MEGABYTE]).expect("it fits");
            Self::Small { folder: folder.to_owned(), ballast }
        })
    }

    fn launcher(&self) -> Launcher {
        match self {
            Self::Small { .. } => Launcher::default(),
            // Without the trap the system would kill a process that writes beyond its limit.
            Self::Limit => {
                let shell = "trap '' XFSZ; exec \"$@\"";
                Launcher::behind(&["prlimit", "--fsize=8388608:unlimited", "sh", "-c", shell, "sh"])
            }
        }
    }

    fn gives_space(&self, node: &Node) {
        match self {
            Self::Small { ballast, .. } => std::fs::remove_file(ballast).expect("it is ours"),
            Self::Limit => {
                let raised = Command::new("prlimit")
                    .args(["--pid", &node.id().to_string(), "--fsize=unlimited:unlimited"])
                    .status();
                assert!(raised.is_ok_and(|status| status.success()), "the limit cannot be raised");
            }
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Self::Small { folder, .. } = self {
            let _ = Command::new("umount").arg("--lazy").arg(folder).status();
        }
    }
}

/// Posts each message once, and writes down what it was told.
struct Prober {
    socket: Socket,
    room: i64,
    journal: Journal,
    codes: BTreeSet<String>,
}

impl Prober {
    async fn new(person: &Person, room: i64) -> Self {
        let journal = Journal { account: person.account().0, ..Journal::default() };
        Self { socket: person.socket().await, room, journal, codes: BTreeSet::new() }
    }

    /// Was it taken?
    async fn post(&mut self) -> bool {
        let nonce = format!("probe-{}", self.journal.posts.len());
        let body = format!("{nonce} {}", "x".repeat(9_000));
        let begun = Instant::now();
        let answer = self.socket.post(self.room, &nonce, &body).await;
        assert!(begun.elapsed() < REFUSED_WITHIN, "it took {:?}", begun.elapsed());
        let outcome = match (answer["t"].as_str(), answer["code"].as_str()) {
            (Some("posted"), _) => Outcome::Acked(answer["seq"].as_i64().expect("a seq")),
            (_, Some("unavailable")) => Outcome::Refused,
            (_, Some("outcome_unknown")) => Outcome::Unknown,
            _ => panic!("not what a full disk is: {answer}"),
        };
        assert!(outcome != Outcome::Refused || answer["retry_after"].is_u64(), "{answer}");
        self.codes.extend(answer["code"].as_str().map(str::to_owned));
        self.journal.posts.push(Post { nonce, body, outcome });
        matches!(outcome, Outcome::Acked(_))
    }

    async fn until_refused(&mut self) {
        let begun = Instant::now();
        while self.post().await {
            assert!(begun.elapsed() < Duration::from_secs(60), "the disk is never full");
        }
    }

    async fn until_taken(&mut self) {
        let begun = Instant::now();
        while !self.post().await {
            assert!(begun.elapsed() < Duration::from_secs(20), "it does not heal");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// What needs no space: pages, the past, health, pings.
async fn reading_goes_on(person: &Person, transaction: i64, room: i64) {
    person.get(&format!("/api/v1/transactions/{transaction}/messages")).await.expect(200);
    person.get("/api/v1/me").await.expect(200);
    person.get("/health/live").await.expect(200);
    let mut socket = person.socket().await;
    let (joined, past) = socket.join(room, Some(0)).await;
    assert_eq!(past.last().map(|entry| &entry["seq"]), Some(&joined["head"]));
    socket.ping().await.expect("the connection lives");
}

async fn fill_and_free(folder: &Path, disk: Disk) {
    let world = SqliteWorld::new(folder, 5).await;
    let mut node = world.node(disk.launcher(), &[]).await;
    let people: Vec<Person> = world.people.iter().map(|person| person.at(&node.url)).collect();
    let urls = Arc::new(vec![node.url.clone()]);
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = Vec::new();
    for (number, person) in people[2..].iter().enumerate() {
        let writer = Writer::new(&format!("Writer{number}"), person.clone(), world.room, &urls, 0).verbose();
        let stop = stop.clone();
        tasks.push(tokio::spawn(writer.write(move |_| stop.load(Ordering::SeqCst))));
    }
    let mut prober = Prober::new(&people[1], world.room).await;
    prober.until_refused().await;
    for _ in 0..20 {
        prober.post().await;
    }
    reading_goes_on(&people[0], world.transaction, world.room).await;
    let form = json!({ "title": "x".repeat(200), "kind": "sale" });
    let answer = people[0].post("/api/v1/transactions", form).await;
    let code = answer.json["error"]["code"].as_str();
    assert!(answer.status == 201 || matches!(code, Some("unavailable" | "outcome_unknown")), "{}", answer.text);

    disk.gives_space(&node);
    prober.until_taken().await;
    for _ in 0..20 {
        assert!(prober.post().await, "it has not healed");
    }
    stop.store(true, Ordering::SeqCst);
    let mut writers = Vec::new();
    for task in tasks {
        writers.push(task.await.expect("a writer finishes"));
    }
    eprintln!("{} entries, refused with {:?}", world.rows().len(), prober.codes);
    assert_eq!(world.integrity(), "ok");
    // What was promised holds also for who comes after a restart.
    node.kill();
    node.restart().await;
    settle_by(|| world.rows(), writers).await;
    check(&world.rows(), &[prober.journal], false);
    assert_eq!(world.integrity(), "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_heals() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::small(folder.path()).unwrap_or_else(|| {
        eprintln!("no right to mount: the limit of a process stands for a small disk");
        Disk::Limit
    });
    fill_and_free(folder.path(), disk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_grow_refuses_and_heals() {
    let folder = tempfile::tempdir().unwrap();
    fill_and_free(folder.path(), Disk::Limit).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_takes_no_writes_refuses_and_heals() {
    let world = World::new().await;
    let node = world.node().await;
    let (ana, ben) = (world.broker(&node, "Ana").await, world.broker(&node, "Ben").await);
    let (transaction, room) = ana.open_transaction("House").await;
    ana.add(transaction, &ben).await;
    let mut prober = Prober::new(&ana, room).await;
    assert!(prober.post().await);
    let set = |value: &str| {
        let name = world.database_name();
        world.execute(&format!(
            "BEGIN READ WRITE; ALTER DATABASE {name} SET default_transaction_read_only = {value}; COMMIT"
        ));
        // A session asks for its default once, when it begins.
        world.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
             AND pid <> pg_backend_pid()",
        );
    };
    set("on");
    prober.until_refused().await;
    for _ in 0..20 {
        assert!(!prober.post().await, "it was taken");
    }
    reading_goes_on(&ben, transaction, room).await;
    let form = json!({ "title": "Barn", "kind": "sale" });
    ana.post("/api/v1/transactions", form).await.expect_refusal(503, "unavailable");
    set("off");
    prober.until_taken().await;
    let taken =
        || async { ana.post("/api/v1/transactions", json!({ "title": "Barn", "kind": "sale" })).await.status == 201 };
    eventually("transactions are made again", taken).await;
    eprintln!("refused with {:?}", prober.codes);
    check(&world.rows(room), &[prober.journal], false);
    settle(&world, room, vec![Writer::new("Ben", ben, room, &Arc::new(vec![node.url.clone()]), 0)]).await;
}
