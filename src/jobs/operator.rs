//! The operations of an operator on jobs, from the command line.

use super::kind::JobKind;
use crate::domain::Timestamp;
use crate::store::jobs;
use crate::store::{Db, StoreResult};

/// Makes parked and waiting jobs due, named by an id or a kind, and returns their number. Jobs that have nothing left to do, or that
/// this version does not know, stay as they are.
pub fn retry(conn: &mut Db, kinds: &[JobKind], which: &str, now: Timestamp) -> StoreResult<usize> {
    let mut revived = 0;
    for job in jobs::revivable(conn, which, now)? {
        let Some(kind) = kinds.iter().find(|kind| kind.name == job.kind) else { continue };
        if (kind.revived)(conn, &job.payload, now)? {
            jobs::revive(conn, job.id, now)?;
            revived += 1;
        }
    }
    Ok(revived)
}
