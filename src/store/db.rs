//! A connection to either database.

use diesel::{PgConnection, SqliteConnection};

/// Everyday queries run on it directly; what differs (upserts, row locks, batches) goes through [`on!`] or a match on the
/// variant.
#[derive(diesel::MultiConnection)]
pub enum Db {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// Compiles one body for each database: for the parts of Diesel that its `MultiConnection` does not cover.
macro_rules! on {
    ($conn:expr, $name:ident => $body:expr) => {
        match $conn {
            $crate::store::Db::Postgres($name) => $body,
            $crate::store::Db::Sqlite($name) => $body,
        }
    };
}
pub(super) use on;
