//! The jobs as an operator sees and retries them, and the deletion of old ones.

use diesel::dsl::{count_star, max, min};
use diesel::prelude::*;

use super::super::schema::jobs;
use super::super::{Db, StoreResult};
use crate::domain::{JobState, Timestamp};

/// Rows of [`parked`] at most.
const LISTED: i64 = 100;

/// How many jobs of a kind are in a state, and since when the oldest exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCount {
    pub kind: String,
    pub state: JobState,
    pub count: i64,
    pub oldest: Timestamp,
}

/// A job as an operator sees it, without its payload.
#[derive(Queryable, Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    pub id: i64,
    pub kind: String,
    pub attempts: i32,
    pub error_code: Option<String>,
    pub created_at: Timestamp,
}

/// A job that may be made due at once.
#[derive(Queryable, Debug, Clone, PartialEq, Eq)]
pub struct Revivable {
    pub id: i64,
    pub kind: String,
    pub payload: String,
}

/// By kind and state.
pub fn counts(conn: &mut Db) -> StoreResult<Vec<JobCount>> {
    let rows: Vec<(String, JobState, i64, Option<Timestamp>)> = jobs::table
        .group_by((jobs::kind, jobs::state))
        .select((jobs::kind, jobs::state, count_star(), min(jobs::created_at)))
        .order((jobs::kind, jobs::state))
        .load(conn)?;
    let row =
        |(kind, state, count, oldest): (_, _, _, Option<_>)| Some(JobCount { kind, state, count, oldest: oldest? });
    Ok(rows.into_iter().filter_map(row).collect())
}

/// Oldest first.
pub fn parked(conn: &mut Db) -> StoreResult<Vec<JobRow>> {
    let rows = jobs::table
        .filter(jobs::state.eq(JobState::Parked))
        .order(jobs::id)
        .limit(LISTED)
        .select((jobs::id, jobs::kind, jobs::attempts, jobs::error_code, jobs::created_at))
        .load(conn)?;
    Ok(rows)
}

/// The parked or waiting jobs that `which`, an id or a kind, names, locked before what they are about, as where a run ends.
pub fn revivable(conn: &mut Db, which: &str, now: Timestamp) -> StoreResult<Vec<Revivable>> {
    let free = jobs::lease_until.is_null().or(jobs::lease_until.le(now));
    let open = jobs::state.eq(JobState::Parked).or(jobs::state.eq(JobState::Queued).and(free));
    let id: i64 = which.parse().unwrap_or(-1);
    let rows = jobs::table.filter(jobs::id.eq(id).or(jobs::kind.eq(which))).filter(open).order(jobs::id).select((
        jobs::id,
        jobs::kind,
        jobs::payload,
    ));
    Ok(match conn {
        Db::Postgres(pg) => rows.for_update().load(pg)?,
        Db::Sqlite(sqlite) => rows.load(sqlite)?,
    })
}

/// Makes the job due now, with all its tries. The attempt number goes on rising, so that an earlier run that still sleeps reports
/// nothing.
pub fn revive(conn: &mut Db, id: i64, now: Timestamp) -> StoreResult<()> {
    diesel::update(jobs::table.find(id))
        .set((
            jobs::state.eq(JobState::Queued),
            jobs::tries.eq(0),
            jobs::due_at.eq(now),
            jobs::lease_until.eq(None::<Timestamp>),
            jobs::finished_at.eq(None::<Timestamp>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Deletes old jobs. The newest of each kind stays, because a slot's row says that the slot was run.
pub fn prune(conn: &mut Db, done_before: Timestamp, parked_before: Timestamp) -> StoreResult<()> {
    let newest: Vec<Option<i64>> = jobs::table.group_by(jobs::kind).select(max(jobs::id)).load(conn)?;
    let newest: Vec<i64> = newest.into_iter().flatten().collect();
    for (state, before) in [(JobState::Done, done_before), (JobState::Parked, parked_before)] {
        let old = jobs::table
            .filter(jobs::state.eq(state))
            .filter(jobs::finished_at.lt(before))
            .filter(jobs::id.ne_all(newest.clone()));
        diesel::delete(old).execute(conn)?;
    }
    Ok(())
}
