//! Makes connections, and decides when one of the pool is of no more use.

use std::time::Duration;

use crate::domain::DatabaseUrl;
use diesel::connection::{SimpleConnection, TransactionManager};
use diesel::r2d2::ManageConnection;
use diesel::{Connection as _, PgConnection, SqliteConnection};

use super::db::{Db, on};
use super::{StoreError, StoreResult, wal};

#[derive(Debug, Clone)]
pub(super) struct Manager {
    pub url: DatabaseUrl,
    /// How long callers wait. The database's own patience follows it.
    pub deadline: Duration,
}

/// Those of the default deadline, 2 s; a longer deadline lengthens them.
const LOCK_TIMEOUT: Duration = Duration::from_millis(1500);
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(1);

impl Manager {
    /// How long a caller of the pool waits for a connection.
    pub(super) fn connection_timeout(&self) -> Duration {
        CONNECTION_TIMEOUT.max(self.deadline / 2)
    }

    pub(super) fn connect(&self) -> StoreResult<Db> {
        match &self.url {
            DatabaseUrl::Postgres(url) => {
                let mut conn = PgConnection::establish(&with_timeouts(url)).map_err(StoreError::connecting)?;
                // A statement that waits for a lock longer than its caller waits is useless.
                let lock = LOCK_TIMEOUT.max(self.deadline * 3 / 4).as_millis();
                let statement = STATEMENT_TIMEOUT.max(self.deadline * 5 / 2).as_millis();
                conn.batch_execute(&format!(
                    "SET lock_timeout = '{lock}ms'; SET statement_timeout = '{statement}ms'; \
                     SET idle_in_transaction_session_timeout = '10s'; SET TIME ZONE 'UTC'"
                ))?;
                Ok(Db::Postgres(conn))
            }
            DatabaseUrl::Sqlite(path) => {
                let path = path.to_str().ok_or_else(|| StoreError::Setup("the path is not UTF-8".to_owned()))?;
                let mut conn = SqliteConnection::establish(path).map_err(StoreError::connecting)?;
                // FULL: with NORMAL a commit may vanish at a power loss, and an acknowledgement is a promise.
                conn.batch_execute(
                    "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY",
                )?;
                conn.batch_execute(&format!("PRAGMA journal_size_limit = {}", wal::BOUND))?;
                Ok(Db::Sqlite(conn))
            }
        }
    }
}

/// Adds the keep-alive settings that detect a dead peer within seconds, unless the operator has set them.
fn with_timeouts(url: &str) -> String {
    let defaults = [
        ("connect_timeout", "2"),
        ("keepalives_idle", "5"),
        ("keepalives_interval", "2"),
        ("keepalives_count", "3"),
        ("tcp_user_timeout", "8000"),
    ];
    let mut url = url.to_owned();
    for (name, value) in defaults {
        if !url.contains(&format!("{name}=")) {
            let separator = if url.contains('?') { '&' } else { '?' };
            url.push_str(&format!("{separator}{name}={value}"));
        }
    }
    url
}

impl ManageConnection for Manager {
    type Connection = Db;
    type Error = StoreError;

    fn connect(&self) -> Result<Db, StoreError> {
        Manager::connect(self)
    }

    fn is_valid(&self, conn: &mut Db) -> Result<(), StoreError> {
        // SQLite's file cannot go away, so a checkout needs no round trip.
        if let Db::Postgres(pg) = conn {
            pg.batch_execute("SELECT 1")?;
        }
        Ok(())
    }

    fn has_broken(&self, conn: &mut Db) -> bool {
        use diesel::connection::AnsiTransactionManager;
        // A connection with a transaction left open by a panic must not be lent again.
        std::thread::panicking() || on!(conn, c => AnsiTransactionManager::is_broken_transaction_manager(c))
    }
}
