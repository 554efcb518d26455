//! A database and a Redis, the nodes on them, and people who are signed in.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl};
use entremise::domain::{EmailAddress, Language, Origin, Role};
use entremise::server::system_clock;
use entremise::store::{Store, StoreOptions, accounts, sessions};

use super::node::{Launcher, Node};
use super::redis_server::RedisServer;
use crate::support::checker::LogRow;
use crate::support::proxy::Proxy;
use crate::support::test_app::{known_hash, random_secret};
use crate::support::{Counted, Person, TestDatabase, postgres_database};

pub struct World {
    pub redis: RedisServer,
    store: Store,
    database: TestDatabase,
}

impl World {
    pub async fn new() -> Self {
        let database = postgres_database();
        let options = StoreOptions { pool_size: 1, queue: 16, deadline: Duration::from_secs(10) };
        let store = Store::open(database.url(), &options).expect("the database can be migrated");
        Self { redis: RedisServer::start().await, store, database }
    }

    pub fn database_url(&self) -> &str {
        self.database.url_text()
    }

    pub fn database_name(&self) -> String {
        let url = url::Url::parse(self.database_url()).expect("an address");
        url.path().trim_start_matches('/').to_owned()
    }

    pub async fn node(&self) -> Node {
        self.node_with(&[]).await
    }

    /// With wires to the database and to Redis that can be cut.
    pub async fn node_on_wires(&self) -> (Node, Proxy, Proxy) {
        let (database, redis) = (self.database_url(), self.redis.url());
        let (to_database, to_redis) = (Proxy::to(database).await, Proxy::to(&redis).await);
        let settings = [("DATABASE_URL", to_database.redirect(database)), ("REDIS_URL", to_redis.redirect(&redis))];
        let node = self.node_with(&settings.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
        (node, to_database, to_redis)
    }

    /// Settings given here win.
    pub async fn node_with(&self, settings: &[(&str, &str)]) -> Node {
        self.node_by(Launcher::default(), settings).await
    }

    pub async fn node_by(&self, launcher: Launcher, settings: &[(&str, &str)]) -> Node {
        let redis = self.redis.url();
        let mut all = Self::settings();
        all.extend([("DATABASE_URL", self.database_url()), ("REDIS_URL", redis.as_str())]);
        all.extend_from_slice(settings);
        Node::start_by(launcher, &all).await
    }

    /// What every node is told: little of everything, and no limits for people who are programs.
    pub fn settings<'a>() -> Vec<(&'a str, &'a str)> {
        vec![
            ("ENTREMISE_WORKERS", "2"),
            ("ENTREMISE_DATABASE_POOL_SIZE", "4"),
            ("ENTREMISE_SIGN_INS_PER_ADDRESS", "100000"),
            ("ENTREMISE_SIGN_INS_PER_ACCOUNT", "100000"),
            ("ENTREMISE_POSTS_PER_SECOND", "10000"),
            ("ENTREMISE_POST_BURST", "10000"),
        ]
    }

    /// An account and a session, written past the nodes.
    pub async fn person(&self, node: &Node, first_name: &str, role: Role) -> Person {
        person_in(&self.store, first_name, role).await.at(&node.url)
    }

    pub async fn broker(&self, node: &Node, first_name: &str) -> Person {
        self.person(node, first_name, Role::Broker).await
    }

    /// Another device of the same person.
    pub async fn another_device(&self, node: &Node, person: &Person) -> Person {
        device_in(&self.store, person).await.at(&node.url)
    }

    /// The log of a room as the database has it, in the order of `seq`.
    pub fn rows(&self, room: i64) -> Vec<LogRow> {
        rows(diesel::sql_query(ROWS).bind::<BigInt, _>(room).load(&mut self.connection()).expect("the log"))
    }

    /// The first column of the first row of a query that counts.
    pub fn count(&self, query: &str) -> i64 {
        let query = format!("SELECT count(*) AS count FROM ({query}) AS counted");
        let found: Counted = diesel::sql_query(query).get_result(&mut self.connection()).expect("a number");
        found.count
    }

    /// The column `text` of the first row of a query.
    pub fn text(&self, query: &str) -> String {
        let found: OneText = diesel::sql_query(query).get_result(&mut self.connection()).expect("a row");
        found.text
    }

    /// Arranges what no request can.
    pub fn execute(&self, command: &str) {
        self.connection().batch_execute(command).expect("the command succeeds");
    }

    fn connection(&self) -> PgConnection {
        PgConnection::establish(self.database_url()).expect("the database answers")
    }
}

/// An account and a session, straight into the database. No node is known yet.
pub async fn person_in(store: &Store, first_name: &str, role: Role) -> Person {
    let address = format!("{}.{}@example.org", first_name.to_lowercase(), role.as_str());
    let email = EmailAddress::parse(&address).expect("an address");
    let now = system_clock().now();
    let new = accounts::AccountInsert {
        email: email.clone(),
        role,
        first_name: first_name.to_owned(),
        last_name: "Test".to_owned(),
        phone: None,
        language: Language::En,
        password_hash: known_hash(),
        email_verified_at: Some(now),
    };
    let secret = random_secret();
    let token = secret.hash();
    let made = store.write(move |conn| {
        let account = accounts::insert(conn, &new, now)?;
        Ok((account, sessions::insert(conn, account, &token, &Origin::default(), now)?))
    });
    let (account, session) = made.await.expect("the account can be made");
    Person::new("", Some(secret.reveal().to_owned())).with_account(account, session, email.as_str())
}

/// Another device of the same person.
pub async fn device_in(store: &Store, person: &Person) -> Person {
    let (secret, account, now) = (random_secret(), person.account(), system_clock().now());
    let token = secret.hash();
    let made = store.write(move |conn| sessions::insert(conn, account, &token, &Origin::default(), now)).await;
    let session = made.expect("the session can be made");
    Person::new("", Some(secret.reveal().to_owned())).with_account(account, session, person.email())
}

/// The log of the room `$1`.
pub(super) const ROWS: &str = "SELECT seq, author_id, nonce, body FROM entries WHERE room_id = $1 ORDER BY seq";

pub(super) fn rows(found: Vec<EntryRow>) -> Vec<LogRow> {
    found
        .into_iter()
        .map(|row| LogRow { seq: row.seq, author: row.author_id, nonce: row.nonce, body: row.body })
        .collect()
}

#[derive(QueryableByName)]
pub(super) struct EntryRow {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    author_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    nonce: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    body: Option<String>,
}

#[derive(QueryableByName)]
struct OneText {
    #[diesel(sql_type = Text)]
    text: String,
}
