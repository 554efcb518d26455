//! Requests that make something and may be repeated with the same key.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use super::schema::idempotency_keys;
use super::{Db, StoreResult, on};
use crate::domain::{AccountId, Code, Once, Timestamp, TokenHash};

/// The id of what a request made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Creation {
    Id(i64),
    Link(TokenHash),
}

/// The creation of the first request with this key; `None` if this is the first one, or has no key. Refuses `idempotency_key_reused` if
/// the key belongs to a different request. Of two requests at once, on all nodes, the second waits for the first.
///
/// It is called before anything but the room is locked, and [`settle`] follows in the same transaction: a refused request leaves no trace
/// and may be made again.
pub fn claim(conn: &mut Db, account: AccountId, once: Option<&Once>, now: Timestamp) -> StoreResult<Option<Creation>> {
    let Some(Once { key, request }) = once else { return Ok(None) };
    let insert = diesel::sql_query(
        "INSERT INTO idempotency_keys (account_id, key, request, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(account)
    .bind::<Text, _>(key.as_str())
    .bind::<Binary, _>(request.as_slice())
    .bind::<BigInt, _>(now);
    if on!(conn, c => insert.execute(c))? > 0 {
        return Ok(None);
    }
    let made = idempotency_keys::table.find((account, key.as_str())).select((
        idempotency_keys::request,
        idempotency_keys::result_id,
        idempotency_keys::result_token,
    ));
    let (first, id, link): (Vec<u8>, Option<i64>, Option<TokenHash>) = match conn {
        // Concurrent repetitions are serialised too, because each ends the link that the one before it made.
        Db::Postgres(pg) => made.for_update().first(pg)?,
        Db::Sqlite(sqlite) => made.first(sqlite)?,
    };
    match (id, link) {
        (Some(id), None) if first == request => Ok(Some(Creation::Id(id))),
        (None, Some(link)) if first == request => Ok(Some(Creation::Link(link))),
        _ => Err(Code::IdempotencyKeyReused.into()),
    }
}

/// Whether there was a request with this key.
pub fn is_known(conn: &mut Db, account: AccountId, once: &Once) -> StoreResult<bool> {
    let found = idempotency_keys::table.find((account, once.key.as_str())).select(idempotency_keys::created_at);
    Ok(found.first::<Timestamp>(conn).optional()?.is_some())
}

/// Notes what the request made.
pub fn settle(conn: &mut Db, account: AccountId, once: Option<&Once>, made: Creation) -> StoreResult<()> {
    let Some(Once { key, .. }) = once else { return Ok(()) };
    let (id, link) = match made {
        Creation::Id(id) => (Some(id), None),
        Creation::Link(link) => (None, Some(link)),
    };
    diesel::update(idempotency_keys::table.find((account, key.as_str())))
        .set((idempotency_keys::result_id.eq(id), idempotency_keys::result_token.eq(link)))
        .execute(conn)?;
    Ok(())
}

/// Makes something and notes its id, or gives the id of what the first request made; then there is no second value.
pub fn once<T>(
    conn: &mut Db,
    account: AccountId,
    once: Option<&Once>,
    now: Timestamp,
    make: impl FnOnce(&mut Db) -> StoreResult<(i64, T)>,
) -> StoreResult<(i64, Option<T>)> {
    match claim(conn, account, once, now)? {
        Some(Creation::Id(id)) => Ok((id, None)),
        Some(Creation::Link(_)) => Err(Code::IdempotencyKeyReused.into()),
        None => {
            let (id, value) = make(conn)?;
            settle(conn, account, once, Creation::Id(id))?;
            Ok((id, Some(value)))
        }
    }
}

pub fn prune(conn: &mut Db, before: Timestamp) -> StoreResult<()> {
    diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.lt(before))).execute(conn)?;
    Ok(())
}
