//! Counters of attempts, shared by all nodes.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::schema::throttles;
use super::{Db, StoreResult, on};
use crate::domain::{Limit, Timestamp};

/// A counter's number in the present window.
#[derive(Debug, Clone)]
pub struct ThrottleCount {
    pub key: String,
    pub count: i64,
    pub ends_at: Timestamp,
}

#[derive(QueryableByName)]
struct ThrottleRow {
    #[diesel(sql_type = BigInt)]
    ends_at: Timestamp,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Counts one attempt and returns the milliseconds to wait if it is one too many. It is one statement, so that nodes cannot race.
pub fn hit(conn: &mut Db, key: &str, limit: Limit, now: Timestamp) -> StoreResult<Result<(), u32>> {
    let counted = count(conn, key, limit, now)?;
    if counted.count <= limit.count {
        return Ok(Ok(()));
    }
    let wait_ms = counted.ends_at.0 - now.0;
    Ok(Err(u32::try_from(wait_ms.max(1)).unwrap_or(u32::MAX)))
}

/// Counts one event on each of these.
pub fn count_all(conn: &mut Db, counters: &[(String, Limit)], now: Timestamp) -> StoreResult<()> {
    let mut counters: Vec<_> = counters.iter().collect();
    // The order is the same everywhere, so that two calls cannot deadlock.
    counters.sort_by(|a, b| a.0.cmp(&b.0));
    counters.into_iter().try_for_each(|(key, limit)| count(conn, key, *limit, now).map(|_| ()))
}

fn count(conn: &mut Db, key: &str, limit: Limit, now: Timestamp) -> StoreResult<ThrottleRow> {
    // An older version wrote a row without an end; its window counts as over.
    let query = diesel::sql_query(
        "INSERT INTO throttles (key, window_started_at, count, ends_at) VALUES ($1, $2, 1, $3) \
         ON CONFLICT (key) DO UPDATE SET \
           count = CASE WHEN coalesce(throttles.ends_at, 0) <= $2 THEN 1 ELSE throttles.count + 1 END, \
           window_started_at = CASE WHEN coalesce(throttles.ends_at, 0) <= $2 THEN $2 ELSE throttles.window_started_at END, \
           ends_at = CASE WHEN coalesce(throttles.ends_at, 0) <= $2 THEN $3 ELSE throttles.ends_at END \
         RETURNING ends_at, count",
    )
    .bind::<Text, _>(key)
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(now.plus_ms(limit.window_ms));
    Ok(on!(conn, c => query.get_result(c))?)
}

/// The counts of these keys; keys without a count are left out.
pub fn read(conn: &mut Db, keys: &[String], now: Timestamp) -> StoreResult<Vec<ThrottleCount>> {
    let rows: Vec<(String, i64, Option<Timestamp>)> = throttles::table
        .filter(throttles::key.eq_any(keys))
        .filter(throttles::ends_at.gt(now))
        .select((throttles::key, throttles::count, throttles::ends_at))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(key, count, ends_at)| ThrottleCount { key, count, ends_at: ends_at.unwrap_or(now) })
        .collect())
}

/// Whether one more would be too many, without counting it.
pub fn is_full(conn: &mut Db, key: &str, limit: Limit, now: Timestamp) -> StoreResult<bool> {
    Ok(read(conn, &[key.to_owned()], now)?.iter().any(|counted| counted.count >= limit.count))
}

/// Resets the counters after a success.
pub fn forget(conn: &mut Db, key: &str) -> StoreResult<()> {
    diesel::delete(throttles::table.find(key)).execute(conn)?;
    Ok(())
}

/// Deletes counters whose window is over, and after an hour those of an older version.
pub fn prune(conn: &mut Db, now: Timestamp) -> StoreResult<()> {
    let hour_ago = now.plus_seconds(-3600);
    // A counter that somebody counts on at this moment begins anew.
    let over = match conn {
        Db::Postgres(_) => "SELECT key FROM throttles WHERE ends_at <= $1 FOR UPDATE SKIP LOCKED",
        Db::Sqlite(_) => "SELECT key FROM throttles WHERE ends_at <= $1",
    };
    let delete = diesel::sql_query(format!("DELETE FROM throttles WHERE key IN ({over})")).bind::<BigInt, _>(now);
    on!(conn, c => delete.execute(c))?;
    diesel::delete(
        throttles::table.filter(throttles::ends_at.is_null()).filter(throttles::window_started_at.lt(hour_ago)),
    )
    .execute(conn)?;
    Ok(())
}
