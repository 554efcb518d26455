//! The settings of the database and its queues.

use crate::domain::{Backend, DatabaseUrl};
use std::path::Path;
use std::time::Duration;

use super::kind::SettingKind;
use super::reader::{Area, SettingReader};
use super::unencrypted;

#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    pub url: DatabaseUrl,
    pub pool_size: u32,
    pub queue: usize,
    pub deadline: Duration,
    /// Connections that write room entries; always one on SQLite, which has one writer.
    pub log_lanes: usize,
    /// The address leads to another machine and does not insist on TLS.
    is_readable_on_the_way: bool,
}

impl DatabaseSettings {
    pub(super) fn read(reader: &mut SettingReader<'_>, data_dir: &Path) -> Self {
        reader.area(Area { title: "Database", table: "database", prefix: "ENTREMISE_DATABASE_" });
        let url = reader
            .conventional(
                ("url", "DATABASE_URL"),
                SettingKind::secret("postgres://USER:PASSWORD@HOST/DATABASE or sqlite:PATH", |text| {
                    DatabaseUrl::parse(text).ok()
                }),
                "sqlite:./data/entremise.sqlite3 (in the data folder)",
                "The scheme decides: a SQLite file serves one node, PostgreSQL any number.",
            )
            .unwrap_or_else(|| DatabaseUrl::Sqlite(data_dir.join("entremise.sqlite3")));
        let pool_size = reader.whole("pool_size", 8, 1..=1000, "Connections for everything but the log of the rooms.");
        let queue =
            reader.whole("queue", 256, 1..=100_000, "Calls that may wait for a connection; one more is refused (503).");
        let deadline =
            reader.millis("deadline_ms", 2000, 50..=60_000, "How long a call waits for the database, in milliseconds.");
        let lanes = reader.whole(
            "log_lanes",
            1,
            1..=64,
            "Connections that write the log of the rooms, on PostgreSQL; on SQLite it is always one. One writes the largest batches, which costs least; with more, a room whose row is locked delays fewer others.",
        );
        let log_lanes = if url.backend() == Backend::Sqlite { 1 } else { lanes };
        let is_readable_on_the_way = match &url {
            DatabaseUrl::Postgres(url) => unencrypted::postgres(url, |name| reader.variable(name)),
            DatabaseUrl::Sqlite(_) => false,
        };
        Self { url, pool_size, queue, deadline, log_lanes, is_readable_on_the_way }
    }

    pub(super) fn warning(&self) -> Option<String> {
        self.is_readable_on_the_way.then(|| {
            "DATABASE_URL leads to another machine and does not insist on TLS: everything kept, and the password, may cross \
             the network readable. Add sslmode=verify-full, or at least sslmode=require"
                .to_owned()
        })
    }

    pub fn is_sqlite(&self) -> bool {
        self.url.backend() == Backend::Sqlite
    }
}
