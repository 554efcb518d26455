//! A plain batch of one post on PostgreSQL, which is what comes where people talk: one call of `append_post`, with no arrays
//! and two statements where `append_posts` has four. What it promises is the same, and so is what becomes of a post that is
//! not plain.

use diesel::PgConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{BigInt, Text};

use super::lane::NewPost;
use super::plan::{BatchPlan, Insert};
use crate::domain::{Posted, Seq, Timestamp};

struct AppendPost<'a> {
    post: &'a NewPost,
    now: i64,
}

impl QueryFragment<Pg> for AppendPost<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT new_seq, room_acl_version FROM append_post(");
        for number in [&self.post.room.0, &self.post.account.0, &self.post.session.0] {
            out.push_bind_param::<BigInt, _>(number)?;
            out.push_sql(", ");
        }
        out.push_bind_param::<Text, _>(self.post.nonce.as_str())?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.post.body.as_str())?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.now)?;
        out.push_sql(")");
        Ok(())
    }
}

/// The text never changes, so Diesel may keep the prepared statement under the type's name.
impl QueryId for AppendPost<'_> {
    type QueryId = AppendPost<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for AppendPost<'_> {
    type SqlType = (BigInt, BigInt);
}

impl RunQueryDsl<PgConnection> for AppendPost<'_> {}

/// Stores and commits the post; `None` if it is not plain. An error leaves open whether it is stored.
pub(super) fn append(conn: &mut PgConnection, post: &NewPost, now: Timestamp) -> QueryResult<Option<BatchPlan>> {
    let rows: Vec<(Seq, i64)> = match (AppendPost { post, now: now.0 }).load(conn) {
        Ok(rows) => rows,
        // The nonce is stored.
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(rows.first().map(|(seq, acl_version)| BatchPlan {
        inserts: vec![Insert { post: 0, seq: *seq, acl_version: *acl_version }],
        heads: Vec::new(),
        outcomes: vec![Ok(Posted { room: post.room, seq: *seq, at: now, repeated: false })],
    }))
}
