//! The bare programs: what the same parts do when they owe nothing to anybody. They are the yardstick of the ratios, so
//! each is written as fast as one would write it who needs only this: rows into the table that the server uses, without
//! order, dedup or membership; bytes to the sockets of a room, without storage.

pub mod broadcast;
pub mod commit;
pub mod insert;
mod postgres;
mod rows;
pub mod sqlite;
mod storing;

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};

use self::rows::BareRow;
use crate::pg::PgConnection;

#[derive(Debug, Subcommand)]
pub enum Bare {
    /// Insert rows in batches, each batch one commit
    Insert(insert::InsertArgs),
    /// Commit single rows, and measure how long each takes
    Commit(commit::CommitArgs),
    /// Serve sockets that pass on what is posted, and keep nothing
    Broadcast(broadcast::BroadcastArgs),
}

/// Where the rows go: a database that `entremise bench-fixture` has filled. Its entries are thrown away.
#[derive(Debug, Clone, Args)]
pub struct BarePlace {
    /// `postgres://…` or `sqlite:PATH`
    #[arg(long)]
    pub database: String,
    /// Rooms and their members, written by `entremise bench-fixture`
    #[arg(long)]
    pub fixture: std::path::PathBuf,
    /// The postmaster, for its CPU time
    #[arg(long)]
    pub postgres_pid: Option<u32>,
    /// Length of a message
    #[arg(long, default_value_t = 120)]
    pub body_bytes: usize,
    /// Seconds that are measured
    #[arg(long, default_value_t = 4.0)]
    pub seconds: f64,
    /// Seconds of the same before
    #[arg(long, default_value_t = 1.0)]
    pub warmup: f64,
    /// Let the database look up the room and the author of each row, as the server's table asks for
    #[arg(long)]
    pub foreign_keys: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Postgres,
    Sqlite,
}

/// Bounds the queues of a session and of the thread that stores: as much as the load program can have under way.
const MAILBOX: usize = 65_536;

/// Commits what it is given, whole, in one transaction.
trait Inserter {
    fn insert(&mut self, rows: &[BareRow]) -> Result<()>;
}

impl Kind {
    fn of(url: &str) -> Result<Self> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Self::Postgres)
        } else if url.starts_with("sqlite:") {
            Ok(Self::Sqlite)
        } else {
            bail!("--database is postgres://… or sqlite:PATH")
        }
    }
}

fn path_of(url: &str) -> &str {
    url.trim_start_matches("sqlite:").trim_start_matches("//")
}

fn open(url: &str, foreign_keys: bool) -> Result<Box<dyn Inserter + Send>> {
    Ok(match Kind::of(url)? {
        Kind::Postgres => Box::new(postgres::Postgres::open(url, foreign_keys)?),
        Kind::Sqlite => Box::new(sqlite::Sqlite::open(path_of(url), foreign_keys)?),
    })
}

/// An empty table to begin with.
fn clear(url: &str) -> Result<()> {
    match Kind::of(url)? {
        Kind::Postgres => PgConnection::open(url)?.execute("TRUNCATE entries"),
        Kind::Sqlite => sqlite::Sqlite::open(path_of(url), false)?.execute("DELETE FROM entries"),
    }
}

impl BarePlace {
    fn kind(&self) -> Result<Kind> {
        Kind::of(&self.database)
    }

    fn open(&self) -> Result<Box<dyn Inserter + Send>> {
        open(&self.database, self.foreign_keys)
    }

    fn clear(&self) -> Result<()> {
        clear(&self.database)
    }
}

fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(0)
}
