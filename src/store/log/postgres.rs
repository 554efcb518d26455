//! The batch on PostgreSQL: four statements whatever its size, each prepared once. Rows travel as arrays, which `unnest`
//! turns back into rows.

use diesel::PgConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};

use super::super::rooms::RoomHead;
use super::new_entry::NewEntry;
use super::plan::{Facts, Insert, Stored};
use crate::domain::{RoomId, Seq, Timestamp};
use crate::testing::failpoints::rooms_are_locked;

/// These statements are written by hand, so the planner must not be led astray by a table that was empty when its
/// statistics were taken: every access here is by a key.
pub(super) const SETTINGS: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off; \
     SET plan_cache_mode = force_generic_plan; SET jit = off";

struct LockRooms {
    rooms: Vec<i64>,
}

struct ReadFacts<'a> {
    rooms: Vec<i64>,
    accounts: Vec<i64>,
    sessions: Vec<i64>,
    nonces: Vec<&'a str>,
    now: i64,
}

struct InsertEntries<'a> {
    rooms: Vec<i64>,
    seqs: Vec<i64>,
    authors: Vec<i64>,
    nonces: Vec<&'a str>,
    kinds: Vec<&'a str>,
    texts: Vec<Option<&'a str>>,
    datas: Vec<Option<&'a str>>,
    acl_versions: Vec<i64>,
    now: i64,
}

struct AdvanceRooms {
    rooms: Vec<i64>,
    seqs: Vec<i64>,
}

impl QueryFragment<Pg> for LockRooms {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // In the order of their ids, so that two batches cannot wait for each other.
        out.push_sql("SELECT id, last_seq, acl_version FROM rooms WHERE id = ANY(");
        out.push_bind_param::<Array<BigInt>, _>(&self.rooms)?;
        out.push_sql(if rooms_are_locked() { ") ORDER BY id FOR UPDATE" } else { ") ORDER BY id" });
        Ok(())
    }
}

impl QueryFragment<Pg> for ReadFacts<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT m.account_id IS NOT NULL, s.id IS NOT NULL, e.seq, e.kind, e.body, e.data, e.created_at FROM unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&self.rooms)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.accounts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.sessions)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.nonces)?;
        out.push_sql(
            ") WITH ORDINALITY AS q (room, account, session, nonce, place) \
             LEFT JOIN members m ON m.room_id = q.room AND m.account_id = q.account AND m.active \
             LEFT JOIN sessions s ON s.id = q.session AND s.account_id = q.account AND s.expires_at > ",
        );
        out.push_bind_param::<BigInt, _>(&self.now)?;
        out.push_sql(
            " LEFT JOIN entries e ON e.room_id = q.room AND e.author_id = q.account AND e.nonce = q.nonce \
               AND e.nonce IS NOT NULL \
             ORDER BY q.place",
        );
        Ok(())
    }
}

impl QueryFragment<Pg> for InsertEntries<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO entries (room_id, seq, author_id, nonce, kind, body, data, acl_version, created_at) SELECT q.*, ",
        );
        out.push_bind_param::<BigInt, _>(&self.now)?;
        out.push_sql(" FROM unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&self.rooms)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.seqs)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.authors)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.nonces)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.kinds)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.texts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.datas)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.acl_versions)?;
        out.push_sql(") AS q");
        Ok(())
    }
}

impl QueryFragment<Pg> for AdvanceRooms {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("UPDATE rooms SET last_seq = q.seq FROM unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&self.rooms)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.seqs)?;
        out.push_sql(") AS q (room, seq) WHERE rooms.id = q.room");
        Ok(())
    }
}

/// The text of each never changes, so Diesel may keep the prepared statement under the type's name.
impl QueryId for LockRooms {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryId for ReadFacts<'_> {
    type QueryId = ReadFacts<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryId for InsertEntries<'_> {
    type QueryId = InsertEntries<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryId for AdvanceRooms {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for LockRooms {
    type SqlType = (BigInt, BigInt, BigInt);
}

impl Query for ReadFacts<'_> {
    type SqlType = (Bool, Bool, Nullable<BigInt>, Nullable<Text>, Nullable<Text>, Nullable<Text>, Nullable<BigInt>);
}

impl RunQueryDsl<PgConnection> for LockRooms {}
impl RunQueryDsl<PgConnection> for ReadFacts<'_> {}
impl RunQueryDsl<PgConnection> for InsertEntries<'_> {}
impl RunQueryDsl<PgConnection> for AdvanceRooms {}

pub(super) fn heads(conn: &mut PgConnection, of: &[RoomId]) -> QueryResult<Vec<RoomHead>> {
    let rows: Vec<(RoomId, Seq, i64)> = LockRooms { rooms: of.iter().map(|room| room.0).collect() }.load(conn)?;
    Ok(rows.into_iter().map(|(room, seq, acl_version)| RoomHead { room, seq, acl_version }).collect())
}

type FactsRow = (bool, bool, Option<Seq>, Option<String>, Option<String>, Option<String>, Option<Timestamp>);

pub(super) fn facts(conn: &mut PgConnection, posts: &[&NewEntry], now: Timestamp) -> QueryResult<Vec<Facts>> {
    let query = ReadFacts {
        rooms: posts.iter().map(|post| post.room.0).collect(),
        accounts: posts.iter().map(|post| post.account.0).collect(),
        sessions: posts.iter().map(|post| post.session.0).collect(),
        nonces: posts.iter().map(|post| post.nonce.as_str()).collect(),
        now: now.0,
    };
    let rows: Vec<FactsRow> = query.load(conn)?;
    let facts = |(is_member, session_lives, seq, kind, text, data, at): FactsRow| Facts {
        is_member,
        session_lives,
        stored: seq.zip(kind).zip(at).map(|((seq, kind), at)| Stored { seq, kind, text, data, at }),
    };
    Ok(rows.into_iter().map(facts).collect())
}

pub(super) fn write(
    conn: &mut PgConnection,
    posts: &[&NewEntry],
    inserts: &[Insert],
    heads: &[RoomHead],
    now: Timestamp,
) -> QueryResult<()> {
    let inserted = || inserts.iter().filter_map(|insert| posts.get(insert.post).map(|post| (insert, post)));
    InsertEntries {
        rooms: inserted().map(|(_, post)| post.room.0).collect(),
        seqs: inserted().map(|(insert, _)| insert.seq.0).collect(),
        authors: inserted().map(|(_, post)| post.account.0).collect(),
        nonces: inserted().map(|(_, post)| post.nonce.as_str()).collect(),
        kinds: inserted().map(|(_, post)| post.body.kind()).collect(),
        texts: inserted().map(|(_, post)| post.body.text()).collect(),
        datas: inserted().map(|(_, post)| post.data()).collect(),
        acl_versions: inserted().map(|(insert, _)| insert.acl_version).collect(),
        now: now.0,
    }
    .execute(conn)?;
    AdvanceRooms {
        rooms: heads.iter().map(|head| head.room.0).collect(),
        seqs: heads.iter().map(|head| head.seq.0).collect(),
    }
    .execute(conn)?;
    Ok(())
}
