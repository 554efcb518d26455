//! Counters of attempts, shared by all nodes.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::{Db, StoreResult, on};
use crate::domain::Timestamp;

/// How often something may happen within a window.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub count: i64,
    pub window_ms: i64,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    window_started_at: Timestamp,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Counts one attempt; the milliseconds to wait if it is one too many. One statement, so that nodes cannot race.
pub fn hit(conn: &mut Db, key: &str, limit: Limit, now: Timestamp) -> StoreResult<Result<(), u32>> {
    let query = diesel::sql_query(
        "INSERT INTO throttles (key, window_started_at, count) VALUES ($1, $2, 1) \
         ON CONFLICT (key) DO UPDATE SET \
           count = CASE WHEN throttles.window_started_at <= $3 THEN 1 ELSE throttles.count + 1 END, \
           window_started_at = CASE WHEN throttles.window_started_at <= $3 THEN $2 ELSE throttles.window_started_at END \
         RETURNING window_started_at, count",
    )
    .bind::<Text, _>(key)
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(now.plus_ms(-limit.window_ms));
    let counted: Counted = on!(conn, c => query.get_result(c))?;
    if counted.count <= limit.count {
        return Ok(Ok(()));
    }
    let wait_ms = counted.window_started_at.0 + limit.window_ms - now.0;
    Ok(Err(u32::try_from(wait_ms.max(1)).unwrap_or(u32::MAX)))
}

/// Would one more be too many? Counts nothing.
pub fn is_full(conn: &mut Db, key: &str, limit: Limit, now: Timestamp) -> StoreResult<bool> {
    use super::schema::throttles;
    let count: Option<i64> = throttles::table
        .find(key)
        .filter(throttles::window_started_at.gt(now.plus_ms(-limit.window_ms)))
        .select(throttles::count)
        .first(conn)
        .optional()?;
    Ok(count.is_some_and(|count| count >= limit.count))
}

/// A success takes the count back.
pub fn forget(conn: &mut Db, key: &str) -> StoreResult<()> {
    use super::schema::throttles;
    diesel::delete(throttles::table.find(key)).execute(conn)?;
    Ok(())
}

pub fn prune(conn: &mut Db, before: Timestamp) -> StoreResult<()> {
    use super::schema::throttles;
    diesel::delete(throttles::table.filter(throttles::window_started_at.lt(before))).execute(conn)?;
    Ok(())
}
