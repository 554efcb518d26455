//! Links in mails must not be readable any more when they were emptied. SQLite leaves what is deleted where it was, in free
//! pages of its file and in its log of writes, until something else takes the place. PostgreSQL keeps old rows until it vacuums.

use std::sync::atomic::Ordering;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::metrics::StoreCall;
use super::{Db, Store, StoreResult, executor};

/// Overwrites what `work` deletes. Costs writes, so nothing else pays for it.
pub(super) fn erasing<T>(conn: &mut Db, work: impl FnOnce(&mut Db) -> StoreResult<T>) -> StoreResult<T> {
    if !matches!(conn, Db::Sqlite(_)) {
        return work(conn);
    }
    conn.batch_execute("PRAGMA secure_delete = ON")?;
    let result = work(conn);
    conn.batch_execute("PRAGMA secure_delete = OFF")?;
    result
}

#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = Integer)]
    busy: i32,
}

impl Store {
    /// Something that must not stay readable was emptied.
    pub fn note_erased(&self) {
        self.erased.store(true, Ordering::Relaxed);
    }

    /// Empties SQLite's log of writes if something was erased since the last time. Whoever reads at the moment keeps it: then the
    /// next call does it.
    pub async fn forget_erased(&self) -> StoreResult<()> {
        if !self.writer.is_single() || !self.erased.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let (pool, gate) = (self.pool.clone(), self.writer.clone());
        let job = move || {
            let mut conn = pool.get()?;
            let _permit = gate.lock();
            let Db::Sqlite(sqlite) = &mut *conn else { return Ok(true) };
            // Nobody's write waits longer for a reader.
            sqlite.batch_execute("PRAGMA busy_timeout = 100")?;
            let emptied = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result::<Checkpoint>(sqlite);
            sqlite.batch_execute("PRAGMA busy_timeout = 5000")?;
            Ok(emptied?.busy == 0)
        };
        let emptied = self.call(executor::Priority::Low, StoreCall::Write, job).await;
        if !matches!(emptied, Ok(true)) {
            self.note_erased();
        }
        emptied.map(|_| ())
    }
}
