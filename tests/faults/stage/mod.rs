//! Everything that a run needs: a database, a Redis, nodes on wires, people, rooms, and the journal.

mod client;
mod fleet;
mod journaling_client;
mod membership_chaos;
mod rng;
mod schedule;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use entremise::domain::{DatabaseUrl, Role};
use entremise::store::{Store, StoreOptions};
use futures_util::future::join_all;
use serde_json::json;
use tempfile::TempDir;

pub use client::{Habits, Place, StageClient};
pub use fleet::Fleet;
pub use journaling_client::{Identity, JournalingClient, ReceivedEntry};
pub use membership_chaos::{Leaver, MembershipChaos};
pub use rng::ScheduleRng;
pub use schedule::{FaultKind, Forecast, OutageStep, Track, schedule};

use crate::harness::{Launcher, Node, PostgresServer, RedisServer, World, device_in, eventually, person_in};
use crate::support::checker::LogRow;
use crate::support::checker::verdict::{Change, Logs, StoredLog, judge};
use crate::support::journal::Recorder;
use crate::support::proxy::Proxy;
use crate::support::{Person, TestDatabase, postgres_database, sqlite_database};

/// For nodes whose database is slow on purpose: nothing is to be refused for that.
pub const PATIENT: &[(&str, &str)] = &[("ENTREMISE_DATABASE_DEADLINE_MS", "30000")];

/// The minutes that somebody wants to spend on it, by `TEST_FAULTS_MINUTES`.
pub fn minutes() -> Option<u64> {
    let minutes = std::env::var("TEST_FAULTS_MINUTES").ok()?;
    Some(minutes.parse().expect("TEST_FAULTS_MINUTES is a number"))
}

pub fn is_long() -> bool {
    minutes().is_some()
}

/// Which database the nodes have.
pub enum Home {
    /// That of all tests: not to be touched, only its wires are.
    Shared(TestDatabase),
    Own(PostgresServer),
    /// One node, and no Redis.
    Sqlite(TestDatabase),
}

/// What is to be built.
pub struct Plan<'a> {
    pub launcher: Launcher,
    pub nodes: usize,
    pub people: usize,
    /// Sessions of each.
    pub devices: usize,
    /// Beside those of the stage, and winning over them.
    pub settings: &'a [(&'a str, &'a str)],
}

impl Default for Plan<'_> {
    fn default() -> Self {
        Self { launcher: Launcher::default(), nodes: 2, people: 2, devices: 1, settings: &[] }
    }
}

pub struct FaultStage {
    pub nodes: Vec<Exposed>,
    pub redis: Option<RedisServer>,
    /// Each with their devices. The first opens the rooms.
    pub people: Vec<Vec<Person>>,
    pub urls: Arc<Vec<String>>,
    pub recorder: Arc<Recorder>,
    rooms: Vec<i64>,
    clients: AtomicU32,
    pub home: Home,
    folder: TempDir,
}

/// A node and the wires on which it hangs.
pub struct Exposed {
    pub node: Node,
    pub to_database: Option<Proxy>,
    pub to_redis: Option<Proxy>,
}

impl Home {
    pub fn shared() -> Self {
        Self::Shared(postgres_database())
    }

    pub fn sqlite() -> Self {
        Self::Sqlite(sqlite_database())
    }

    pub fn url(&self) -> String {
        match self {
            Self::Shared(database) | Self::Sqlite(database) => database.url_text().to_owned(),
            Self::Own(server) => server.url(),
        }
    }
}

impl FaultStage {
    pub async fn build(home: Home, plan: &Plan<'_>) -> Self {
        let url = home.url();
        let people = people(&url, plan).await;
        let redis = match &home {
            Home::Sqlite(_) => None,
            Home::Shared(_) | Home::Own(_) => Some(RedisServer::start().await),
        };
        let mut nodes = Vec::new();
        for _ in 0..plan.nodes {
            nodes.push(exposed(&url, redis.as_ref(), plan).await);
        }
        let urls: Vec<String> = nodes.iter().map(|exposed| exposed.node.url.clone()).collect();
        let at_first = |devices: Vec<Person>| devices.into_iter().map(|device| device.at(&urls[0])).collect();
        let people = people.into_iter().map(at_first).collect();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let recorder = Arc::new(Recorder::create(&folder.path().join("journal.jsonl")));
        let (rooms, clients) = (Vec::new(), AtomicU32::new(1));
        Self { nodes, redis, people, urls: Arc::new(urls), recorder, rooms, clients, home, folder }
    }

    pub fn person(&self, number: usize) -> &Person {
        &self.people[number][0]
    }

    /// A transaction and its room, with these people in it beside the first.
    pub async fn open_room(&mut self, members: &[usize]) -> Place {
        let (transaction, room) = self.person(0).open_transaction("House").await;
        for member in members {
            self.person(0).add(transaction, self.person(*member)).await;
        }
        self.rooms.push(room);
        Place { transaction, room }
    }

    /// A client's place in the journal.
    pub fn identity(&self, person: &Person) -> Identity {
        self.identities(std::slice::from_ref(person)).remove(0)
    }

    /// One client who uses these devices of theirs one after the other.
    pub fn identities(&self, devices: &[Person]) -> Vec<Identity> {
        let client = self.clients.fetch_add(1, Ordering::Relaxed);
        devices.iter().map(|device| Identity::new(client, device.clone(), &self.recorder)).collect()
    }

    /// A connection of this person to this node.
    pub async fn journaling_client(&self, person: usize, node: usize) -> JournalingClient {
        JournalingClient::open(&self.identity(self.person(person)), &self.nodes[node].node.url).await
    }

    /// Who takes people out of rooms, and lets them in again.
    pub fn membership_chaos(&self) -> MembershipChaos {
        MembershipChaos::new(self.identity(self.person(0)), &self.urls)
    }

    pub fn logs(&self) -> Logs {
        let mut reader = TableReader::of(&self.home);
        self.rooms.iter().map(|room| (*room, reader.log(*room))).collect()
    }

    pub fn head(&self, room: i64) -> i64 {
        TableReader::of(&self.home).log(room).rows.last().map_or(0, |row| row.seq)
    }

    /// Waits until so many more entries are in the room.
    pub async fn grows(&self, place: Place, by: i64) {
        let head = self.head(place.room);
        eventually("people write", async || self.head(place.room) >= head + by).await;
    }

    /// Arranges what no request can.
    pub fn execute(&self, command: &str) {
        match TableReader::of(&self.home) {
            TableReader::Postgres(mut conn) => diesel::sql_query(command).execute(&mut conn),
            TableReader::Sqlite(mut conn) => diesel::sql_query(command).execute(&mut conn),
        }
        .expect("the command succeeds");
    }

    /// Every promise that was broken, by the journal and the database.
    pub fn violations(&self, complete: bool) -> Vec<String> {
        judge(&self.recorder.lines(), &self.logs(), complete)
    }

    /// Fails with every violation, and leaves the journal for whoever looks into it.
    pub fn check(&self, what: &str, complete: bool) {
        let found = self.violations(complete);
        if !found.is_empty() {
            let kept = keep(self.folder.path(), what);
            let shown = &found[..found.len().min(20)];
            panic!("{what}: {} promises broken: {shown:#?}\nthe journal: {}", found.len(), kept.display());
        }
    }

    /// Lets everybody read to the end of each room that is theirs: all but those who are out of it by now.
    pub async fn everybody_reads(&self, clients: Vec<StageClient>, leavers: &[Leaver]) {
        let heads: HashMap<i64, i64> = self.rooms.iter().map(|room| (*room, self.head(*room))).collect();
        let reading = clients.into_iter().map(|client| {
            let is_out = |leaver: &&Leaver| leaver.is_out && leaver.person.account() == client.account();
            let left: Vec<i64> = leavers.iter().filter(is_out).map(|leaver| leaver.place.room).collect();
            let own = heads.iter().filter(|(room, _)| !left.contains(room)).map(|(room, head)| (*room, *head));
            client.catch_up(own.collect(), Duration::from_secs(20))
        });
        join_all(reading).await;
    }

    /// The wires of a node that has some.
    pub fn wires(&self, node: usize) -> (&Proxy, &Proxy) {
        let Exposed { to_database, to_redis, .. } = &self.nodes[node];
        (to_database.as_ref().expect("a wire"), to_redis.as_ref().expect("a wire"))
    }

    pub async fn is_ready(&self) {
        for exposed in &self.nodes {
            let person = self.person(0).at(&exposed.node.url);
            eventually("the node is ready again", || async { person.get("/health/ready").await.status == 200 }).await;
        }
    }
}

async fn people(url: &str, plan: &Plan<'_>) -> Vec<Vec<Person>> {
    let options = StoreOptions { pool_size: 1, queue: 16, deadline: Duration::from_secs(10) };
    // Closed before the first node starts: of SQLite's file there is one owner.
    let store = Store::open(&DatabaseUrl::parse(url).expect("one of ours"), &options).expect("it can be migrated");
    let mut people = Vec::new();
    for number in 0..plan.people {
        let person = person_in(&store, &format!("Person{number}"), Role::Broker).await;
        let mut devices = vec![person];
        for _ in 1..plan.devices {
            let another = device_in(&store, &devices[0]).await;
            devices.push(another);
        }
        people.push(devices);
    }
    people
}

async fn exposed(database: &str, redis: Option<&RedisServer>, plan: &Plan<'_>) -> Exposed {
    let mut settings = World::settings();
    let to_database = if database.starts_with("postgres") { Some(Proxy::to(database).await) } else { None };
    let url = to_database.as_ref().map_or_else(|| database.to_owned(), |wire| wire.redirect(database));
    settings.push(("DATABASE_URL", url.as_str()));
    let mut to_redis = None;
    let redis_url;
    if let Some(redis) = redis {
        let wire = Proxy::to(&redis.url()).await;
        redis_url = wire.redirect(&redis.url());
        settings.push(("REDIS_URL", redis_url.as_str()));
        to_redis = Some(wire);
    }
    settings.extend_from_slice(plan.settings);
    let node = Node::start_by(plan.launcher.clone(), &settings).await;
    Exposed { node, to_database, to_redis }
}

fn keep(folder: &Path, what: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
    std::fs::create_dir_all(&place).expect("the target folder is ours");
    let kept = place.join(format!("{}.jsonl", what.replace(' ', "-")));
    std::fs::copy(folder.join("journal.jsonl"), &kept).expect("the journal can be kept");
    kept
}

/// Reads the tables as they are, without the server's code.
enum TableReader {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

#[derive(QueryableByName)]
struct TypedEntryRow {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    author_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    nonce: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    body: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    data: Option<String>,
}

impl TableReader {
    fn of(home: &Home) -> Self {
        let url = home.url();
        match url.strip_prefix("sqlite:") {
            Some(path) => {
                let mut conn = SqliteConnection::establish(path).expect("the file can be read");
                // A job of the schedule may write at any moment.
                conn.batch_execute("PRAGMA busy_timeout = 20000").expect("it is a setting");
                Self::Sqlite(conn)
            }
            None => Self::Postgres(PgConnection::establish(&url).expect("the database answers")),
        }
    }

    fn log(&mut self, room: i64) -> StoredLog {
        let query =
            format!("SELECT seq, kind, author_id, nonce, body, data FROM entries WHERE room_id = {room} ORDER BY seq");
        let query = diesel::sql_query(query);
        let found: Vec<TypedEntryRow> = match self {
            Self::Postgres(conn) => query.load(conn),
            Self::Sqlite(conn) => query.load(conn),
        }
        .expect("the log can be read");
        let mut log = StoredLog::default();
        for row in found {
            if let "member_added" | "member_removed" = row.kind.as_str() {
                let data = row.data.as_deref().unwrap_or_default();
                let data: serde_json::Value = serde_json::from_str(data).unwrap_or(json!(null));
                let account = data["account"].as_i64().expect("it names its member");
                log.changes.push(Change { seq: row.seq, account, added: row.kind == "member_added" });
            }
            log.rows.push(LogRow { seq: row.seq, author: row.author_id, nonce: row.nonce, body: row.body });
        }
        log
    }
}
