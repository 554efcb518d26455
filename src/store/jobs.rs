//! The queue of jobs. The transaction whose effect a job finishes writes its row, so the job exists exactly when that is
//! committed. A worker leases a row; the attempt's number fences the worker's report.

mod schedule;
mod upkeep;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::schema::jobs;
use super::{Db, StoreError, StoreResult, on};
use crate::domain::{JobPayload, JobState, Timestamp};

pub use schedule::{enqueue_slot, is_slot_missing, slot_at};
pub use upkeep::{JobCount, JobRow, Revivable, counts, parked, prune, revivable, revive};

/// A job that its claimer alone may run until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    pub id: i64,
    /// This attempt's number, from 1. The marks below act only while it is still the latest.
    pub attempts: i32,
    /// Runs that count, this one included.
    pub tries: i32,
    pub payload: String,
}

/// The condition that a job is due and not leased. It is a macro because the type of such an expression is too long to write.
macro_rules! claimable {
    ($now:expr) => {
        jobs::state
            .eq(JobState::Queued)
            .and(jobs::due_at.le($now))
            .and(jobs::lease_until.is_null().or(jobs::lease_until.le($now)))
    };
}

/// The row, while this attempt is its latest: a worker whose lease has ended finds nothing.
macro_rules! held {
    ($job:expr) => {
        jobs::table
            .filter(jobs::id.eq($job.id))
            .filter(jobs::attempts.eq($job.attempts))
            .filter(jobs::state.eq(JobState::Queued))
    };
}

/// Runs in the caller's transaction. There is one job of a kind and key; `false` if there was one before.
pub fn enqueue<P: JobPayload>(
    conn: &mut Db,
    payload: &P,
    key: Option<&str>,
    due_at: Timestamp,
    now: Timestamp,
) -> StoreResult<bool> {
    let payload =
        serde_json::to_string(payload).map_err(|e| StoreError::Setup(format!("a job cannot be stored: {e}")))?;
    insert(conn, P::KIND, key, &payload, due_at, now)
}

fn insert(
    conn: &mut Db,
    kind: &str,
    key: Option<&str>,
    payload: &str,
    due_at: Timestamp,
    now: Timestamp,
) -> StoreResult<bool> {
    let insert = diesel::sql_query(
        "INSERT INTO jobs (kind, key, payload, state, attempts, tries, due_at, created_at) \
         VALUES ($1, $2, $3, 'queued', 0, 0, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind::<Text, _>(kind)
    .bind::<Nullable<Text>, _>(key)
    .bind::<Text, _>(payload)
    .bind::<BigInt, _>(due_at)
    .bind::<BigInt, _>(now);
    Ok(on!(conn, c => insert.execute(c))? == 1)
}

/// The kinds that have a job to claim. This is a read, so that an idle worker never takes the writer's permit.
pub fn due_kinds(conn: &mut Db, now: Timestamp) -> StoreResult<Vec<String>> {
    Ok(jobs::table.filter(claimable!(now)).select(jobs::kind).distinct().load(conn)?)
}

/// Takes the job of this kind that has been due for longest. Safe on several nodes: on PostgreSQL rows that another claimer
/// holds are skipped, SQLite has one writer.
pub fn claim(conn: &mut Db, kind: &str, now: Timestamp, lease_ms: i64) -> StoreResult<Option<ClaimedJob>> {
    let due = jobs::table
        .filter(claimable!(now))
        .filter(jobs::kind.eq(kind))
        .order((jobs::due_at, jobs::id))
        .limit(1)
        .select((jobs::id, jobs::attempts, jobs::tries, jobs::payload));
    let found: Option<(i64, i32, i32, String)> = match conn {
        Db::Postgres(pg) => due.for_update().skip_locked().first(pg).optional()?,
        Db::Sqlite(sqlite) => due.first(sqlite).optional()?,
    };
    let Some((id, attempts, tries, payload)) = found else { return Ok(None) };
    let claimed = ClaimedJob { id, attempts: attempts.saturating_add(1), tries: tries.saturating_add(1), payload };
    diesel::update(jobs::table.find(id))
        .set((
            jobs::attempts.eq(claimed.attempts),
            jobs::tries.eq(claimed.tries),
            jobs::lease_until.eq(now.plus_ms(lease_ms)),
        ))
        .execute(conn)?;
    Ok(Some(claimed))
}

/// Deletes the finished job. `false` if another attempt has begun since.
pub fn finish(conn: &mut Db, job: &ClaimedJob, now: Timestamp) -> StoreResult<bool> {
    let done = diesel::update(held!(job)).set((
        jobs::state.eq(JobState::Done),
        jobs::lease_until.eq(None::<Timestamp>),
        jobs::error_code.eq(None::<String>),
        jobs::finished_at.eq(now),
    ));
    Ok(done.execute(conn)? == 1)
}

/// The attempt failed; the next is due at `due_at`. False as in [`finish`].
pub fn retry(conn: &mut Db, job: &ClaimedJob, due_at: Timestamp, error_code: &str) -> StoreResult<bool> {
    let waits = diesel::update(held!(job)).set((
        jobs::due_at.eq(due_at),
        jobs::lease_until.eq(None::<Timestamp>),
        jobs::error_code.eq(error_code),
    ));
    Ok(waits.execute(conn)? == 1)
}

/// Postpones a job that ran too early; the run does not count. `false` as in [`finish`].
pub fn postpone(conn: &mut Db, job: &ClaimedJob, due_at: Timestamp) -> StoreResult<bool> {
    let waits = diesel::update(held!(job)).set((
        jobs::due_at.eq(due_at),
        jobs::lease_until.eq(None::<Timestamp>),
        jobs::tries.eq(job.tries.saturating_sub(1)),
    ));
    Ok(waits.execute(conn)? == 1)
}

/// Parks the job: a person must look at it. `false` as in [`finish`].
pub fn park(conn: &mut Db, job: &ClaimedJob, error_code: &str, now: Timestamp) -> StoreResult<bool> {
    let parked = diesel::update(held!(job)).set((
        jobs::state.eq(JobState::Parked),
        jobs::lease_until.eq(None::<Timestamp>),
        jobs::error_code.eq(error_code),
        jobs::finished_at.eq(now),
    ));
    Ok(parked.execute(conn)? == 1)
}

#[cfg(test)]
mod tests;
