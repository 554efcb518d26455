//! An empty database for one test, gone when the test ends.

use entremise::domain::{Backend, DatabaseUrl};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use tempfile::TempDir;

use super::services;

/// Not migrated. Keep it alive as long as anything uses the database.
pub struct TestDatabase {
    url: DatabaseUrl,
    text: String,
    place: DatabasePlace,
}

/// A row `count`.
#[derive(QueryableByName)]
pub struct Counted {
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

enum DatabasePlace {
    Postgres { name: String },
    Sqlite { folder: Arc<TempDir> },
}

impl TestDatabase {
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// As `DATABASE_URL` takes it: for processes of their own.
    pub fn url_text(&self) -> &str {
        &self.text
    }

    pub fn backend(&self) -> Backend {
        self.url.backend()
    }

    /// Arranges what no request can.
    pub fn execute(&self, command: &str) {
        match &self.url {
            DatabaseUrl::Postgres(url) => PgConnection::establish(url).expect("it answers").batch_execute(command),
            DatabaseUrl::Sqlite(path) => {
                let path = path.to_str().expect("a path in UTF-8");
                let mut conn = SqliteConnection::establish(path).expect("it answers");
                conn.batch_execute("PRAGMA busy_timeout = 20000").and_then(|()| conn.batch_execute(command))
            }
        }
        .expect("the command succeeds");
    }

    /// How many rows a query finds: what only the database can show.
    pub fn count(&self, query: &str) -> i64 {
        let query = diesel::sql_query(format!("SELECT count(*) AS count FROM ({query}) AS counted"));
        let counted: Counted = match &self.url {
            DatabaseUrl::Postgres(url) => query.get_result(&mut PgConnection::establish(url).expect("it answers")),
            DatabaseUrl::Sqlite(path) => {
                let path = path.to_str().expect("a path in UTF-8");
                query.get_result(&mut SqliteConnection::establish(path).expect("it answers"))
            }
        }
        .expect("a number");
        counted.count
    }
}

pub fn postgres_database() -> TestDatabase {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    // The process's number keeps test binaries apart that run at the same time.
    let name = format!("entremise_test_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    administrate(&format!("CREATE DATABASE {name}"))
        .expect("TEST_DATABASE_URL must lead to a role that may create databases");
    let mut url = url::Url::parse(&services::database_url()).expect("TEST_DATABASE_URL is a URL");
    url.set_path(&name);
    TestDatabase::new(url.into(), DatabasePlace::Postgres { name })
}

pub fn sqlite_database() -> TestDatabase {
    let private = Permissions::from_mode(0o700);
    let folder = tempfile::Builder::new().permissions(private).tempdir().expect("a temporary folder");
    let text = format!("sqlite:{}", folder.path().join("entremise.sqlite3").display());
    TestDatabase::new(text, DatabasePlace::Sqlite { folder: Arc::new(folder) })
}

impl TestDatabase {
    fn new(text: String, place: DatabasePlace) -> Self {
        let url = DatabaseUrl::parse(&text).expect("it is one of ours");
        Self { url, text, place }
    }

    /// The folder of its files is there as long as whoever uses it holds this: a database that a test named only to start a server
    /// would be gone while the server still opens connections to it.
    pub fn folder(&self) -> Option<Arc<TempDir>> {
        match &self.place {
            DatabasePlace::Postgres { .. } => None,
            DatabasePlace::Sqlite { folder } => Some(folder.clone()),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let DatabasePlace::Postgres { name } = &self.place {
            // FORCE: connections of a test that failed may still be open.
            if let Err(error) = administrate(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")) {
                // A panic here would hide the one that ended the test.
                eprintln!("{name} is left behind: {error}");
            }
        }
    }
}

fn administrate(command: &str) -> Result<(), Box<dyn std::error::Error>> {
    PgConnection::establish(&services::database_url())?.batch_execute(command)?;
    Ok(())
}

/// Makes of `fn name(database) { … }` a test for each database: `name::sqlite` and `name::postgres`.
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* fn $name:ident($database:ident) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            fn test($database: &$crate::support::TestDatabase) $body

            #[test]
            fn sqlite() {
                test(&$crate::support::sqlite_database());
            }

            #[test]
            fn postgres() {
                test(&$crate::support::postgres_database());
            }
        }
    )*};
    ($($(#[$meta:meta])* async fn $name:ident($database:ident) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn test($database: &$crate::support::TestDatabase) $body

            #[tokio::test]
            async fn sqlite() {
                test(&$crate::support::sqlite_database()).await;
            }

            #[tokio::test]
            async fn postgres() {
                test(&$crate::support::postgres_database()).await;
            }
        }
    )*};
}
pub(crate) use on_both_databases;
