//! A SQLite file, the one node on it, and people who are signed in. What they need is arranged before the node starts: one
//! file serves one process.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection};
use entremise::domain::{AccessFlags, AccountId, DatabaseUrl, Role, RoomSubject, TransactionDetails, TransactionKind};
use entremise::server::system_clock;
use entremise::store::{Store, StoreOptions, participants, rooms, transactions};

use super::node::{Launcher, Node};
use super::process::eventually;
use super::world::{EntryRow, ROWS, person_in, rows};
use crate::support::checker::LogRow;
use crate::support::{Counted, Person};

pub struct SqliteWorld {
    path: PathBuf,
    /// Members of `room`; the first is its owner. They know no node yet.
    pub people: Vec<Person>,
    pub room: i64,
    pub transaction: i64,
}

impl SqliteWorld {
    /// A file in this folder, with one room for so many people.
    pub async fn new(folder: &Path, people: usize) -> Self {
        let path = folder.join("entremise.sqlite3");
        let options = StoreOptions { pool_size: 1, queue: 16, deadline: Duration::from_secs(10) };
        let store = Store::open(&DatabaseUrl::Sqlite(path.clone()), &options).expect("the file can be made");
        let mut members = Vec::new();
        for number in 0..people {
            members.push(person_in(&store, &format!("Person{number}"), Role::Broker).await);
        }
        let accounts: Vec<AccountId> = members.iter().map(Person::account).collect();
        let made = store.write(move |conn| {
            let now = system_clock().now();
            let form = TransactionDetails::titled("House".to_owned(), TransactionKind::Project);
            let transaction = transactions::insert(conn, &form, accounts[0], now)?;
            let room = rooms::create(conn, RoomSubject::Conversation(transaction), now)?;
            let (by, _) = participants::add_opener(conn, transaction, accounts[0], now)?;
            for account in &accounts[1..] {
                let access = AccessFlags::default();
                let new = participants::ParticipantInsert { account: *account, role: Role::Broker, access };
                participants::add(conn, &by, &new, now)?;
            }
            Ok((transaction.0, room.0))
        });
        let (transaction, room) = made.await.expect("the room can be made");
        drop(store);
        is_let_go(&path.with_extension("sqlite3.lock")).await;
        Self { path, people: members, room, transaction }
    }

    pub async fn node(&self, launcher: Launcher, settings: &[(&str, &str)]) -> Node {
        let url = format!("sqlite:{}", self.path.display());
        let mut all = vec![
            ("DATABASE_URL", url.as_str()),
            ("ENTREMISE_WORKERS", "2"),
            ("ENTREMISE_DATABASE_POOL_SIZE", "4"),
            ("ENTREMISE_POSTS_PER_SECOND", "10000"),
            ("ENTREMISE_POST_BURST", "100000"),
        ];
        all.extend_from_slice(settings);
        Node::start_by(launcher, &all).await
    }

    pub fn rows(&self) -> Vec<LogRow> {
        let found: Vec<EntryRow> =
            diesel::sql_query(ROWS).bind::<BigInt, _>(self.room).load(&mut self.connection()).expect("the log");
        rows(found)
    }

    pub fn count(&self, query: &str) -> i64 {
        let query = format!("SELECT count(*) AS count FROM ({query})");
        let found: Counted = diesel::sql_query(query).get_result(&mut self.connection()).expect("a number");
        found.count
    }

    /// "ok", or what is wrong with the file.
    pub fn integrity(&self) -> String {
        let query = "SELECT integrity_check AS said FROM pragma_integrity_check";
        let found: Said = diesel::sql_query(query).get_result(&mut self.connection()).expect("an answer");
        found.said
    }

    /// Bytes of the log that SQLite writes ahead.
    pub fn wal_bytes(&self) -> u64 {
        std::fs::metadata(self.path.with_extension("sqlite3-wal")).map_or(0, |file| file.len())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn connection(&self) -> SqliteConnection {
        let path = self.path.to_str().expect("a readable path");
        let mut conn = SqliteConnection::establish(path).expect("the file can be opened");
        conn.batch_execute("PRAGMA busy_timeout = 20000").expect("it is a setting");
        conn
    }
}

/// Nobody holds this lock any more: threads of a store outlive it by a moment, and a child process that another test starts
/// has all our files until it becomes its program. Looked at from outside, because a trial would hold it too.
async fn is_let_go(lock: &Path) {
    let inode = std::fs::metadata(lock).expect("the store has made it").ino();
    let held = || std::fs::read_to_string("/proc/locks").expect("Linux").contains(&format!(":{inode} "));
    eventually("the file is let go", || async { !held() }).await;
}

#[derive(QueryableByName)]
struct Said {
    #[diesel(sql_type = Text)]
    said: String,
}
