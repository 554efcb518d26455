//! The schema moves on under running nodes, ahead of their version and back; a start waits for one that migrates; and a
//! migration that was killed can be run again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Bool;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl};
use serde_json::json;

use crate::harness::{
    Launcher, Node, Process, SqliteWorld, World, Writer, entremise, eventually, is_long, run, settle,
};
use crate::support::{PASSWORD, Person, postgres_database, sqlite_database};

/// What the next version might bring: it keeps to the rules of migrations/README.md.
const NEXT: &[&str] = &[
    "ALTER TABLE entries ADD COLUMN edited_at BIGINT",
    "ALTER TABLE accounts ADD COLUMN nickname TEXT",
    "ALTER TABLE members ADD COLUMN muted BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE invitations ADD COLUMN seen_at BIGINT",
    "CREATE TABLE reactions (room_id BIGINT NOT NULL, seq BIGINT NOT NULL, account_id BIGINT NOT NULL, kind TEXT NOT NULL)",
    "CREATE INDEX entries_edited ON entries (edited_at)",
    "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')",
];
const BACK: &[&str] = &[
    "DELETE FROM __diesel_schema_migrations WHERE version = '9999'",
    "DROP INDEX entries_edited",
    "DROP TABLE reactions",
    "ALTER TABLE invitations DROP COLUMN seen_at",
    "ALTER TABLE sessions DROP COLUMN device",
    "ALTER TABLE members DROP COLUMN muted",
    "ALTER TABLE accounts DROP COLUMN nickname",
    "ALTER TABLE entries DROP COLUMN edited_at",
];

/// Whatever people do, over both nodes: an invitation from one is accepted on the other, and its client hears the room.
async fn people_go_on(world: &World, broker: &Person, nodes: [&Node; 2], room: i64, transaction: i64, round: &str) {
    let [a, b] = nodes;
    let email = format!("client-{round}@example.org");
    let form = json!({ "first_name": "Paul", "last_name": "Durand", "email": email, "project_type": "purchase",
        "transaction_id": transaction });
    let made = broker.at(&a.url).post("/api/v1/client-invitations", form).await.expect(201)["invitation"]["id"].clone();
    let path = format!("/api/v1/client-invitations/{made}/link");
    let link = broker.at(&b.url).post(&path, json!({})).await.expect(201)["link"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/client-invitations/activate/{}", link.rsplit('/').next().unwrap());
    Person::new(&b.url, None).post(&path, json!({ "password": PASSWORD })).await.expect(201);

    let form = json!({ "email": email, "password": PASSWORD, "transport": "bearer" });
    let signed_in = Person::new(&a.url, None).post("/api/v1/sessions", form).await;
    let client = Person::new(&a.url, Some(signed_in.expect(201)["token"].as_str().unwrap().to_owned()));
    let colleague = world.broker(a, &format!("Colleague{round}")).await;
    broker.at(&b.url).add(transaction, &colleague).await;
    let mut socket = colleague.at(&b.url).socket().await;
    let (joined, past) = socket.join(room, Some(0)).await;
    // Others write meanwhile, so it may have read further.
    assert!(past.last().is_some_and(|entry| entry["seq"].as_i64() >= joined["head"].as_i64()), "{joined} {past:?}");
    let posted = socket.post(room, &format!("after-{round}"), "text").await;
    assert_eq!(posted["t"], "posted", "{posted}");
    assert!(!client.get("/api/v1/transactions").await.expect(200)["transactions"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_go_on_when_the_schema_moves_ahead_of_them_and_back() {
    let world = World::new().await;
    let (mut a, b) = (world.node().await, world.node().await);
    let ana = world.broker(&a, "Ana").await;
    let (transaction, room) = ana.open_transaction("House").await;
    let urls = Arc::new(vec![a.url.clone(), b.url.clone()]);
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = Vec::new();
    for number in 0..4 {
        let name = format!("Writer{number}");
        let person = world.broker(&a, &name).await;
        ana.add(transaction, &person).await;
        let (writer, stop) = (Writer::new(&name, person, room, &urls, number), stop.clone());
        tasks.push(tokio::spawn(writer.write(move |_| stop.load(Ordering::SeqCst))));
    }
    let more = async || {
        let before = world.rows(room).len();
        eventually("people write", || async { world.rows(room).len() > before + 50 }).await;
    };
    more().await;
    people_go_on(&world, &ana, [&a, &b], room, transaction, "before").await;

    // Each by itself, so that it waits for one lock at a time; people go on meanwhile.
    NEXT.iter().for_each(|command| world.execute(command));
    more().await;
    people_go_on(&world, &ana, [&a, &b], room, transaction, "ahead").await;
    // This version may also start on it: one of the nodes of an upgrade that is taken back.
    a.restart().await;
    assert!(a.said("the schema is newer than this program"), "{:#?}", a.log());
    let (succeeded, said) = run(&["migrate"], &[("DATABASE_URL", world.database_url())], "").await;
    assert!(succeeded && said.contains("9999"), "{said}");
    more().await;
    people_go_on(&world, &ana, [&b, &a], room, transaction, "restarted").await;

    BACK.iter().for_each(|command| world.execute(command));
    more().await;
    people_go_on(&world, &ana, [&a, &b], room, transaction, "back").await;
    stop.store(true, Ordering::SeqCst);
    let mut writers = Vec::new();
    for task in tasks {
        writers.push(task.await.expect("a writer finishes"));
    }
    settle(&world, room, writers).await;
    for node in [&a, &b] {
        let faults: Vec<_> = node.log().into_iter().filter(|line| line.contains("\"ERROR\"")).collect();
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_starts_on_a_file_that_a_later_version_has_used() {
    let folder = tempfile::tempdir().unwrap();
    let world = SqliteWorld::new(folder.path(), 2).await;
    let mut conn = world.connection();
    NEXT.iter().for_each(|command| conn.batch_execute(command).expect("it keeps to the rules"));
    drop(conn);
    let node = world.node(Launcher::default(), &[]).await;
    let mut socket = world.people[1].at(&node.url).socket().await;
    socket.join(world.room, Some(0)).await;
    assert_eq!(socket.post(world.room, "n", "text").await["t"], "posted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_waits_while_another_brings_the_schema_up_to_date() {
    /// The same as in src/store/migrate.rs.
    const LOCK: i64 = 0x656e_7472_656d_6973;
    let database = postgres_database();
    let mut other = PgConnection::establish(database.url_text()).unwrap();
    other.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})")).unwrap();
    let settings = [("DATABASE_URL", database.url_text())];
    let mut node = Process::start("the node", entremise(&["serve"], &settings), "");
    eventually("it waits", || async { node.said("waiting for it") }).await;
    assert!(node.status().is_none() && !node.said("serving"));
    other.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})")).unwrap();
    eventually("it serves", || async { node.said("serving") }).await;
}

/// How many milliseconds after its start, from a seed that is printed.
pub struct Moments(u64);

impl Moments {
    pub fn new() -> Self {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).expect("the system has randomness");
        let random = u64::from_ne_bytes(bytes);
        let seed = std::env::var("TEST_MOMENTS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(random).max(1);
        eprintln!("TEST_MOMENTS_SEED={seed}");
        Self(seed)
    }

    pub fn next(&mut self, below: u128) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(self.0 % u64::try_from(below).unwrap_or(1).max(1))
    }
}

/// Kills `migrate` at any moment of its life; then it must succeed, and a node must work on what it made.
async fn kill_and_run_again(url: &str, moment: Duration) {
    let settings = [("DATABASE_URL", url)];
    let mut migrating = Process::start("migrate", entremise(&["migrate"], &settings), "");
    tokio::time::sleep(moment).await;
    migrating.kill();
    let (succeeded, said) = run(&["migrate"], &settings, "").await;
    assert!(succeeded && said.contains("up to date"), "killed after {moment:?}: {said}");
}

/// How long it takes undisturbed.
async fn whole_run(url: &str) -> u128 {
    let begun = std::time::Instant::now();
    assert!(run(&["migrate"], &[("DATABASE_URL", url)], "").await.0);
    begun.elapsed().as_millis()
}

const ADMIN: &[&str] = &["create-admin", "--email", "a@example.org", "--first-name", "A", "--last-name", "B"];

async fn is_whole(url: &str) {
    let (succeeded, said) = run(ADMIN, &[("DATABASE_URL", url)], &format!("{PASSWORD}\n")).await;
    assert!(succeeded, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_of_postgresql_that_was_killed_is_run_again() {
    let mut moments = Moments::new();
    let whole = whole_run(postgres_database().url_text()).await;
    for _ in 0..if is_long() { 100 } else { 5 } {
        let database = postgres_database();
        kill_and_run_again(database.url_text(), moments.next(whole)).await;
        is_whole(database.url_text()).await;
    }
    // And for certain in the middle: all is made, and waits to be noted.
    for _ in 0..if is_long() { 10 } else { 3 } {
        let database = postgres_database();
        let mut conn = PgConnection::establish(database.url_text()).unwrap();
        conn.batch_execute(
            "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
             run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
        )
        .unwrap();
        // By itself: what stands before BEGIN in one call belongs to its transaction.
        conn.batch_execute("BEGIN; LOCK TABLE __diesel_schema_migrations IN SHARE ROW EXCLUSIVE MODE").unwrap();
        let settings = [("DATABASE_URL", database.url_text())];
        let mut migrating = Process::start("migrate", entremise(&["migrate"], &settings), "");
        let mut looking = PgConnection::establish(database.url_text()).unwrap();
        eventually("it stands in the middle", || {
            let waiting = waits_for_a_table(&mut looking);
            async move { waiting }
        })
        .await;
        migrating.kill();
        conn.batch_execute("ROLLBACK").unwrap();
        let (succeeded, said) = run(&["migrate"], &settings, "").await;
        assert!(succeeded && said.contains("up to date"), "{said}");
        is_whole(database.url_text()).await;
    }
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = Bool)]
    waiting: bool,
}

fn waits_for_a_table(conn: &mut PgConnection) -> bool {
    let query = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'relation' AND NOT granted \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS waiting";
    diesel::sql_query(query).get_result::<Waiting>(conn).expect("the database answers").waiting
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_of_sqlite_that_was_killed_is_run_again() {
    let mut moments = Moments::new();
    let whole = whole_run(sqlite_database().url_text()).await;
    for _ in 0..if is_long() { 200 } else { 20 } {
        let database = sqlite_database();
        kill_and_run_again(database.url_text(), moments.next(whole)).await;
        is_whole(database.url_text()).await;
    }
}
