//! Single-use links with which the first admin is made.

use diesel::prelude::*;

use super::schema::setup_links;
use super::{Db, StoreResult};
use crate::domain::{Timestamp, TokenHash};

/// Makes a link and deletes every earlier one.
pub fn replace(conn: &mut Db, token: &TokenHash, now: Timestamp, expires_at: Timestamp) -> StoreResult<()> {
    diesel::delete(setup_links::table).execute(conn)?;
    diesel::insert_into(setup_links::table)
        .values((
            setup_links::token_hash.eq(token),
            setup_links::created_at.eq(now),
            setup_links::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

pub fn is_live(conn: &mut Db, token: &TokenHash, now: Timestamp) -> StoreResult<bool> {
    let found = setup_links::table
        .filter(setup_links::token_hash.eq(token))
        .filter(setup_links::expires_at.gt(now))
        .select(setup_links::id)
        .first::<i64>(conn)
        .optional()?;
    Ok(found.is_some())
}

/// Uses the link up: `false` if it was not live. Two requests at once: one of them deletes the row.
pub fn consume(conn: &mut Db, token: &TokenHash, now: Timestamp) -> StoreResult<bool> {
    let deleted = diesel::delete(
        setup_links::table.filter(setup_links::token_hash.eq(token)).filter(setup_links::expires_at.gt(now)),
    )
    .execute(conn)?;
    Ok(deleted > 0)
}
