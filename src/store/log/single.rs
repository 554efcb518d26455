//! A plain batch of one post on PostgreSQL, the usual one where people talk: one call of `append_entry`, with no arrays and two
//! statements where `append_entries` has four. It keeps the same promises, and a post that is not plain goes the same way.

use diesel::PgConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{BigInt, Nullable, Text};

use super::new_entry::NewEntry;
use super::plan::{BatchPlan, Insert};
use crate::domain::{Posted, Seq, Timestamp};

struct AppendEntry<'a> {
    post: &'a NewEntry,
    text: Option<&'a str>,
    data: Option<&'a str>,
    now: i64,
}

impl QueryFragment<Pg> for AppendEntry<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT new_seq, room_acl_version FROM append_entry(");
        for number in [&self.post.room.0, &self.post.account.0, &self.post.session.0] {
            out.push_bind_param::<BigInt, _>(number)?;
            out.push_sql(", ");
        }
        out.push_bind_param::<Text, _>(self.post.nonce.as_str())?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.post.body.kind())?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Text>, _>(&self.text)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Text>, _>(&self.data)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.now)?;
        out.push_sql(")");
        Ok(())
    }
}

/// The text never changes, so Diesel may keep the prepared statement under the type's name.
impl QueryId for AppendEntry<'_> {
    type QueryId = AppendEntry<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for AppendEntry<'_> {
    type SqlType = (BigInt, BigInt);
}

impl RunQueryDsl<PgConnection> for AppendEntry<'_> {}

/// Stores and commits the post; `None` if it is not plain. An error leaves open whether it is stored.
pub(super) fn append(conn: &mut PgConnection, post: &NewEntry, now: Timestamp) -> QueryResult<Option<BatchPlan>> {
    let query = AppendEntry { post, text: post.body.text(), data: post.data(), now: now.0 };
    let rows: Vec<(Seq, i64)> = match query.load(conn) {
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
