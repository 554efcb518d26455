//! Makes deleted links of mails unreadable. SQLite leaves deleted bytes in free pages of its file and in its write-ahead log until
//! something else overwrites them. PostgreSQL keeps old rows until it vacuums.

use std::sync::atomic::Ordering;

use diesel::connection::SimpleConnection;

use super::metrics::StoreCall;
use super::{Db, Store, StoreResult, executor, wal};

/// Overwrites what `work` deletes. This costs writes, so no other transaction does it.
pub(super) fn erasing<T>(conn: &mut Db, work: impl FnOnce(&mut Db) -> StoreResult<T>) -> StoreResult<T> {
    if !matches!(conn, Db::Sqlite(_)) {
        return work(conn);
    }
    conn.batch_execute("PRAGMA secure_delete = ON")?;
    let result = work(conn);
    conn.batch_execute("PRAGMA secure_delete = OFF")?;
    result
}

impl Store {
    /// Notes that something was emptied that must not stay readable.
    pub fn note_erased(&self) {
        self.erased.store(true, Ordering::Relaxed);
    }

    /// Empties SQLite's write-ahead log if something was erased since the last time. A reader at that moment prevents it; then the next
    /// call does it.
    pub async fn forget_erased(&self) -> StoreResult<()> {
        if !self.writer.is_single() || !self.erased.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let (pool, gate) = (self.pool.clone(), self.writer.clone());
        let job = move || {
            let mut conn = pool.get()?;
            let _permit = gate.lock();
            let Db::Sqlite(sqlite) = &mut *conn else { return Ok(true) };
            Ok(wal::checkpoint(sqlite, "TRUNCATE", wal::PATIENCE)?)
        };
        let emptied = self.call(executor::Priority::Low, StoreCall::Write, job).await;
        if !matches!(emptied, Ok(true)) {
            self.note_erased();
        }
        emptied.map(|_| ())
    }
}
