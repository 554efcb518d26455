//! Scheduled jobs. A slot is a row whose key is the time at which the slot begins, by the database's clock, so that all
//! nodes give it the same key, and the unique key lets one of them make it.

use diesel::prelude::*;

use super::super::schema::jobs;
use super::super::{Db, StoreResult};
use crate::domain::{JobState, Timestamp};

/// The key of the slot that `at` lies in.
pub fn slot_at(at: Timestamp, every_ms: i64) -> String {
    let every = every_ms.max(1);
    Timestamp(at.0.div_euclid(every).saturating_mul(every)).to_rfc3339()
}

/// Whether the slot has no row yet, and no earlier one waits or runs. One run catches up all missed slots.
pub fn is_slot_missing(conn: &mut Db, kind: &str, slot: &str) -> StoreResult<bool> {
    let same_or_open = jobs::key.eq(slot).or(jobs::state.eq(JobState::Queued));
    let found = jobs::table.filter(jobs::kind.eq(kind)).filter(same_or_open).select(jobs::id);
    Ok(found.first::<i64>(conn).optional()?.is_none())
}

/// Makes the slot. `false` if another node was first.
pub fn enqueue_slot(conn: &mut Db, kind: &str, slot: &str, now: Timestamp) -> StoreResult<bool> {
    Ok(is_slot_missing(conn, kind, slot)? && super::insert(conn, kind, Some(slot), "null", now, now)?)
}
