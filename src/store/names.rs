//! Changes of names. Rooms get an event at once; with `renamed_at` every node finds in the database the events that it missed. People
//! outside of the rooms get a change of their own, recorded in the transaction of the operation.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use super::schema::{accounts, members};
use super::{Db, StoreResult, on};
use crate::domain::{AccountId, Need, NewChange, RoomId, Timestamp, Topic};

/// A person in a list.
#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub(super) struct PersonRow {
    first_name: String,
    last_name: String,
    email_verified_at: Option<Timestamp>,
}

impl PersonRow {
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    pub fn address_proved(&self) -> bool {
        self.email_verified_at.is_some()
    }
}

/// The name that an account has, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub account: AccountId,
    pub name: String,
    pub at: Timestamp,
}

/// Sets `renamed_at` if these names differ from the stored ones, before they are stored; otherwise `false`. Locks the row.
pub(super) fn note_change(
    conn: &mut Db,
    id: AccountId,
    first: Option<&str>,
    last: Option<&str>,
    now: Timestamp,
) -> StoreResult<bool> {
    // The time is later than that of the last change, even if the clocks of the nodes differ.
    let query = diesel::sql_query(
        "UPDATE accounts SET renamed_at = CASE WHEN renamed_at >= $1 THEN renamed_at + 1 ELSE $1 END \
         WHERE id = $2 AND (first_name <> coalesce($3, first_name) OR last_name <> coalesce($4, last_name))",
    )
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(id)
    .bind::<diesel::sql_types::Nullable<Text>, _>(first)
    .bind::<diesel::sql_types::Nullable<Text>, _>(last);
    Ok(on!(conn, c => query.execute(c))? > 0)
}

/// The name of an account that was changed, and the rooms of which the person is a member.
pub fn rooms_of(conn: &mut Db, account: AccountId) -> StoreResult<Option<(Name, Vec<RoomId>)>> {
    let found: Option<(String, String, Option<Timestamp>)> = accounts::table
        .find(account)
        .select((accounts::first_name, accounts::last_name, accounts::renamed_at))
        .first(conn)
        .optional()?;
    let Some((first, last, Some(at))) = found else { return Ok(None) };
    let rooms = members::table
        .filter(members::account_id.eq(account))
        .filter(members::active.eq(true))
        .select(members::room_id)
        .load(conn)?;
    Ok(Some((Name { account, name: format!("{first} {last}"), at }, rooms)))
}

/// Names that were changed at that time or later, with the rooms of which their people are members.
pub fn changed_since(conn: &mut Db, since: Timestamp) -> StoreResult<Vec<(Name, Vec<RoomId>)>> {
    let found: Vec<(AccountId, String, String, Timestamp)> = accounts::table
        .filter(accounts::renamed_at.ge(since))
        .select((accounts::id, accounts::first_name, accounts::last_name, accounts::renamed_at.assume_not_null()))
        .load(conn)?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let mut rooms: HashMap<AccountId, Vec<RoomId>> = HashMap::new();
    // SQLite binds each id by itself and has a limit on how many.
    for chunk in found.chunks(1000) {
        let rows: Vec<(AccountId, RoomId)> = members::table
            .filter(members::account_id.eq_any(chunk.iter().map(|(account, ..)| *account)))
            .filter(members::active.eq(true))
            .select((members::account_id, members::room_id))
            .load(conn)?;
        for (account, room) in rows {
            rooms.entry(account).or_default().push(room);
        }
    }
    let named = |(account, first, last, at): (AccountId, String, String, Timestamp)| {
        (Name { account, name: format!("{first} {last}"), at }, rooms.remove(&account).unwrap_or_default())
    };
    Ok(found.into_iter().map(named).collect())
}

#[derive(QueryableByName)]
struct Beside {
    #[diesel(sql_type = Text)]
    topic: String,
    #[diesel(sql_type = BigInt)]
    subject_id: i64,
    #[diesel(sql_type = BigInt)]
    account_id: i64,
}

/// The changes that a new name of the account is for people who see it and share no room with it. They see it at a transaction, where
/// one of the two has no access to the messages, or was asked to take part and has not answered; or they are a broker who keeps a
/// record of the person, and no transaction joins the two now.
pub fn beside_rooms(conn: &mut Db, account: AccountId) -> StoreResult<Vec<NewChange>> {
    let query = diesel::sql_query(format!(
        "SELECT '{}' AS topic, other.transaction_id AS subject_id, other.account_id FROM participants AS own \
         JOIN participants AS other ON other.transaction_id = own.transaction_id AND other.account_id <> own.account_id \
         WHERE own.account_id = $1 AND ( \
         own.active AND other.active AND (own.access & other.access & $2) = 0 \
         OR own.active AND NOT other.active AND other.asked_by = $1 \
         OR NOT own.active AND own.asked_at IS NOT NULL AND other.active AND other.role = 'broker') \
         UNION ALL SELECT '{}' AS topic, clients.id AS subject_id, clients.broker_id AS account_id FROM clients \
         WHERE clients.account_id = $1 AND NOT EXISTS (SELECT 1 FROM participants AS own \
         JOIN participants AS other ON other.transaction_id = own.transaction_id AND other.account_id = clients.broker_id \
         WHERE own.account_id = $1 AND own.active AND other.active)",
        Topic::Transaction.as_str(),
        Topic::Client.as_str()
    ))
    .bind::<BigInt, _>(account)
    .bind::<Integer, _>(Need::Messaging.bit().unwrap_or_default());
    let rows: Vec<Beside> = on!(conn, c => query.load(c))?;
    let change = |row: Beside| {
        let topic = Topic::parse(&row.topic)?;
        Some(NewChange { account: AccountId(row.account_id), topic, id: row.subject_id })
    };
    Ok(rows.into_iter().filter_map(change).collect())
}
