//! Stores for unit tests. Without more they are SQLite files; `TEST_POSTGRES_URL` puts them on PostgreSQL, each in a
//! schema of its own.

use crate::domain::DatabaseUrl;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use super::{Store, StoreOptions};

/// A store and its folder, which must live as long.
pub(crate) struct TestStore {
    pub(crate) store: Store,
    _folder: tempfile::TempDir,
}

impl TestStore {
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match std::env::var("TEST_POSTGRES_URL") {
            Ok(base) => own_schema(&base, folder.path()),
            Err(_) => DatabaseUrl::Sqlite(folder.path().join("test.sqlite3")),
        };
        let options = StoreOptions { pool_size: 4, queue: 64, deadline: Duration::from_secs(5) };
        Self { store: Store::open(&url, &options).unwrap(), _folder: folder }
    }
}

/// The random name of the temporary folder names the schema too.
fn own_schema(base: &str, folder: &std::path::Path) -> DatabaseUrl {
    let name: String = folder.to_string_lossy().chars().filter(char::is_ascii_alphanumeric).collect();
    let name = name.to_lowercase();
    PgConnection::establish(base).unwrap().batch_execute(&format!("CREATE SCHEMA {name}")).unwrap();
    let separator = if base.contains('?') { '&' } else { '?' };
    DatabaseUrl::parse(&format!("{base}{separator}options=-csearch_path%3D{name}")).unwrap()
}

/// Runs SQL for a state that no query of this version makes.
pub(crate) fn execute(conn: &mut super::Db, command: &str) -> super::StoreResult<()> {
    Ok(conn.batch_execute(command)?)
}
