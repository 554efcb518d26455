//! A bound for SQLite's write-ahead log. SQLite begins the log anew in a moment in which nobody reads from it. Where readers never
//! pause, that moment is chance, and the file grows while somebody writes. So between two writes, when the file is larger
//! than its bound, the writer makes the moment: all of the log goes into the database, new readers read there, and the writer
//! waits until the others are through. A read of this program lasts as long as its statement.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use diesel::QueryableByName;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Integer;

/// More than what SQLite writes before it tries by itself (`wal_autocheckpoint` in `manager.rs`). As `journal_size_limit` it is
/// also what a log that begins anew keeps of its file.
pub(super) const BOUND: u64 = 24 * MIB;
const MIB: u64 = 1024 * 1024;
/// After a try that a reader outlasted the log grows by this much before the next, then by twice as much, and so on; and each
/// try waits twice as long. So a busy machine has its log back soon, and a reader of hours, as a backup by another program is,
/// costs writers few moments.
const STEP: u64 = 4 * MIB;
pub(super) const PATIENCE: Duration = Duration::from_millis(100);
const LONGEST_PATIENCE: Duration = Duration::from_millis(800);
/// A gigabyte in one step is enough.
const MOST_DOUBLED: u32 = 8;

/// When the writer acts on the log of one file.
pub(super) struct WalBound {
    file: PathBuf,
    /// The size at which the next try is due.
    next: AtomicU64,
    /// How many tries have failed since the log last began anew.
    failed: AtomicU32,
}

#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = Integer)]
    busy: i32,
}

impl WalBound {
    pub(super) fn of(database: &Path) -> Self {
        let mut file = OsString::from(database);
        file.push("-wal");
        Self { file: file.into(), next: AtomicU64::new(BOUND), failed: AtomicU32::new(0) }
    }

    fn size(&self) -> u64 {
        std::fs::metadata(&self.file).map_or(0, |file| file.len())
    }

    pub(super) fn is_exceeded(&self) -> bool {
        self.size() > self.next.load(Ordering::Relaxed)
    }

    /// Makes the next write begin the log anew, if all readers are through within a moment. Called by who has the turn to write.
    pub(super) fn restart(&self, conn: &mut SqliteConnection) {
        let failed = self.failed.load(Ordering::Relaxed);
        let factor = 1 << failed.min(MOST_DOUBLED);
        let done = checkpoint(conn, "RESTART", PATIENCE.saturating_mul(factor).min(LONGEST_PATIENCE));
        if matches!(done, Ok(true)) {
            self.failed.store(0, Ordering::Relaxed);
            return self.next.store(BOUND, Ordering::Relaxed);
        }
        if let Err(error) = done {
            tracing::debug!(%error, "cannot begin SQLite's log anew");
        }
        self.failed.store(failed.saturating_add(1), Ordering::Relaxed);
        self.next.store(self.size() + STEP * u64::from(factor), Ordering::Relaxed);
    }
}

/// `false`: a reader was in the way for longer than the patience of this call.
pub(super) fn checkpoint(conn: &mut SqliteConnection, mode: &str, patience: Duration) -> QueryResult<bool> {
    conn.batch_execute(&format!("PRAGMA busy_timeout = {}", patience.as_millis()))?;
    let done = diesel::sql_query(format!("PRAGMA wal_checkpoint({mode})")).get_result::<Checkpoint>(conn);
    conn.batch_execute("PRAGMA busy_timeout = 5000")?;
    Ok(done?.busy == 0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize};
    use std::time::Instant;

    use super::super::{Store, StoreOptions};
    use super::*;
    use crate::domain::DatabaseUrl;

    const WRITE: usize = 512 * 1024;
    /// Five times the bound and more.
    const WRITES: usize = 256;

    /// Two connections that read in turn: one begins before the other ends, so somebody reads at any time. Each reads until
    /// something was written, or for 10 ms when the writer waits for it.
    fn read_without_a_pause(path: &Path, writes: &AtomicUsize, stop: &AtomicBool) {
        let connect = || SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        let begin = |conn: &mut SqliteConnection| {
            conn.batch_execute("PRAGMA busy_timeout = 5000; BEGIN; SELECT count(*) FROM accounts").unwrap();
        };
        let (mut reading, mut next) = (connect(), connect());
        begin(&mut reading);
        while !stop.load(Ordering::SeqCst) {
            let (seen, begun) = (writes.load(Ordering::SeqCst), Instant::now());
            while writes.load(Ordering::SeqCst) == seen && begun.elapsed() < Duration::from_millis(10) {
                std::thread::yield_now();
            }
            begin(&mut next);
            reading.batch_execute("COMMIT").unwrap();
            std::mem::swap(&mut reading, &mut next);
        }
    }

    #[test]
    fn readers_without_a_pause_do_not_let_it_grow() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.sqlite3");
        let options = StoreOptions { pool_size: 1, queue: 8, deadline: Duration::from_secs(5) };
        let store = Store::open(&DatabaseUrl::Sqlite(path.clone()), &options).unwrap();
        store.write_blocking(|conn| Ok(conn.batch_execute("CREATE TABLE filler (bytes BLOB)")?)).unwrap();
        let (writes, stop) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let reader = std::thread::spawn({
            let (path, writes, stop) = (path.clone(), writes.clone(), stop.clone());
            move || read_without_a_pause(&path, &writes, &stop)
        });
        let wal = WalBound::of(&path);
        let mut largest = 0;
        while writes.load(Ordering::SeqCst) < WRITES {
            let filler = format!("INSERT INTO filler VALUES (zeroblob({WRITE}))");
            store.write_blocking(|conn| Ok(conn.batch_execute(&filler)?)).unwrap();
            writes.fetch_add(1, Ordering::SeqCst);
            largest = largest.max(wal.size());
        }
        stop.store(true, Ordering::SeqCst);
        reader.join().unwrap();
        assert!(largest > BOUND, "nobody was in the way");
        assert!(largest < 3 * BOUND, "it grew to {largest} bytes");
    }

    #[test]
    fn a_reader_who_does_not_end_costs_a_moment_for_each_step() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.sqlite3");
        let options = StoreOptions { pool_size: 1, queue: 8, deadline: Duration::from_secs(5) };
        let store = Store::open(&DatabaseUrl::Sqlite(path.clone()), &options).unwrap();
        store.write_blocking(|conn| Ok(conn.batch_execute("CREATE TABLE filler (bytes BLOB)")?)).unwrap();
        let mut reader = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        reader.batch_execute("BEGIN; SELECT count(*) FROM accounts").unwrap();
        let wal = WalBound::of(&path);
        let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        while !wal.is_exceeded() {
            let filler = format!("INSERT INTO filler VALUES (zeroblob({WRITE}))");
            store.write_blocking(|conn| Ok(conn.batch_execute(&filler)?)).unwrap();
        }
        wal.restart(&mut conn);
        assert!(!wal.is_exceeded(), "not before the next step");
        assert_eq!(wal.next.load(Ordering::Relaxed), wal.size() + STEP);
        reader.batch_execute("COMMIT").unwrap();
        wal.restart(&mut conn);
        assert_eq!(wal.next.load(Ordering::Relaxed), BOUND);
        store.write_blocking(|conn| Ok(conn.batch_execute("DELETE FROM filler WHERE bytes IS NULL")?)).unwrap();
        store.write_blocking(|conn| Ok(conn.batch_execute("INSERT INTO filler VALUES (x'00')")?)).unwrap();
        assert!(wal.size() <= BOUND, "{} bytes of the file are kept", wal.size());
    }
}
