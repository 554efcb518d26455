//! The plain batch on PostgreSQL, which nearly every batch is: all its authors may post, and none of its nonces is stored
//! already. One call of the function `append_entries`, or of `append_entry` if it is a single post, locks, checks, writes and,
//! being a transaction of its own, commits:
//! one round trip where the exact way of `postgres` takes six. A batch that is not plain changes nothing and goes the exact way.

use std::collections::HashSet;

use diesel::PgConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{Array, BigInt, Nullable, Text};

use super::new_entry::NewEntry;
use super::plan::{BatchPlan, Insert};
use super::single;
use crate::domain::{Posted, RoomId, Seq, Timestamp};
use crate::testing::failpoints::plain_way_is_open;

#[derive(Default)]
struct AppendEntries<'a> {
    rooms: Vec<i64>,
    counts: Vec<i64>,
    author_rooms: Vec<i64>,
    author_accounts: Vec<i64>,
    author_sessions: Vec<i64>,
    places: Vec<i64>,
    offsets: Vec<i64>,
    accounts: Vec<i64>,
    nonces: Vec<&'a str>,
    kinds: Vec<&'a str>,
    texts: Vec<Option<&'a str>>,
    datas: Vec<Option<&'a str>>,
    now: i64,
}

impl QueryFragment<Pg> for AppendEntries<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT room_id, base_seq, room_acl_version FROM append_entries(");
        let numbers = [
            &self.rooms,
            &self.counts,
            &self.author_rooms,
            &self.author_accounts,
            &self.author_sessions,
            &self.places,
            &self.offsets,
            &self.accounts,
        ];
        for numbers in numbers {
            out.push_bind_param::<Array<BigInt>, _>(numbers)?;
            out.push_sql(", ");
        }
        out.push_bind_param::<Array<Text>, _>(&self.nonces)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.kinds)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.texts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.datas)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.now)?;
        out.push_sql(")");
        Ok(())
    }
}

/// The text never changes, so Diesel may keep the prepared statement under the type's name.
impl QueryId for AppendEntries<'_> {
    type QueryId = AppendEntries<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for AppendEntries<'_> {
    type SqlType = (BigInt, BigInt, BigInt);
}

impl RunQueryDsl<PgConnection> for &AppendEntries<'_> {}

/// Stores and commits the batch; `None` if it is not a plain one. An error leaves open whether it is stored.
pub(super) fn append(conn: &mut PgConnection, posts: &[&NewEntry], now: Timestamp) -> QueryResult<Option<BatchPlan>> {
    if !plain_way_is_open() {
        return Ok(None);
    }
    if let [post] = posts {
        return single::append(conn, post, now);
    }
    let mut order: Vec<usize> = (0..posts.len()).collect();
    order.sort_by_key(|index| posts.get(*index).map(|post| post.room));
    let query = question(posts, &order, now);
    let rooms: Vec<(RoomId, Seq, i64)> = match (&query).load(conn) {
        Ok(rooms) => rooms,
        // A nonce that is stored, or twice in this batch.
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(answer(posts, &order, &query, &rooms, now))
}

fn question<'a>(posts: &[&'a NewEntry], order: &[usize], now: Timestamp) -> AppendEntries<'a> {
    let mut query = AppendEntries { now: now.0, ..AppendEntries::default() };
    let mut authors = HashSet::with_capacity(posts.len());
    for post in order.iter().filter_map(|index| posts.get(*index)) {
        match query.counts.last_mut() {
            Some(count) if query.rooms.last() == Some(&post.room.0) => *count += 1,
            _ => {
                query.rooms.push(post.room.0);
                query.counts.push(1);
            }
        }
        query.places.push(i64::try_from(query.rooms.len()).unwrap_or(i64::MAX));
        query.offsets.push(query.counts.last().copied().unwrap_or_default());
        query.accounts.push(post.account.0);
        query.nonces.push(post.nonce.as_str());
        query.kinds.push(post.body.kind());
        query.texts.push(post.body.text());
        query.datas.push(post.data());
        if authors.insert((post.room, post.account, post.session)) {
            query.author_rooms.push(post.room.0);
            query.author_accounts.push(post.account.0);
            query.author_sessions.push(post.session.0);
        }
    }
    query
}

fn answer(
    posts: &[&NewEntry],
    order: &[usize],
    query: &AppendEntries<'_>,
    rooms: &[(RoomId, Seq, i64)],
    now: Timestamp,
) -> Option<BatchPlan> {
    if rooms.len() != query.rooms.len() {
        return None;
    }
    let mut inserts = Vec::with_capacity(posts.len());
    let mut placed = vec![None; posts.len()];
    for ((index, place), offset) in order.iter().zip(&query.places).zip(&query.offsets) {
        let place = usize::try_from(*place).ok()?.checked_sub(1)?;
        let (room, base, acl_version) = *rooms.get(place)?;
        let seq = Seq(base.0 + offset);
        inserts.push(Insert { post: *index, seq, acl_version });
        *placed.get_mut(*index)? = Some(Posted { room, seq, at: now, repeated: false });
    }
    let outcomes = placed.into_iter().map(|posted| posted.map(Ok)).collect::<Option<Vec<_>>>()?;
    Some(BatchPlan { inserts, heads: Vec::new(), outcomes })
}
