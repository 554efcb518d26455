//! People's parts in transactions.

mod changing;
mod clients;

pub use changing::{ParticipantInsert, add, add_opener, check_place, remove, set_access};
pub(super) use changing::{begin, check_room_for_one};
pub use clients::is_client_of;

use std::collections::HashMap;

use diesel::dsl::{count_star, max};
use diesel::prelude::*;

use super::access::Participation;
use super::names::PersonRow;
use super::schema::{accounts, participants};
use super::{Db, StoreResult};
use crate::domain::{AccessFlags, AccountId, EndedParts, Participant, Role, Timestamp, TransactionId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = participants)]
struct ParticipantRow {
    transaction_id: TransactionId,
    account_id: AccountId,
    role: Role,
    access: AccessFlags,
    active: bool,
    asked_at: Option<Timestamp>,
    #[diesel(embed)]
    person: PersonRow,
}

impl From<ParticipantRow> for Participant {
    fn from(row: ParticipantRow) -> Self {
        Self {
            account_id: row.account_id,
            name: row.person.name(),
            // Only brokers are asked, also those who took part as something else once.
            role: if row.active { row.role } else { Role::Broker },
            access: row.access,
            address_proved: row.person.address_proved(),
            pending: !row.active,
        }
    }
}

/// The people of one transaction, as one of its participants sees them.
#[derive(Debug, Default)]
pub struct People {
    /// Brokers first, then in the order in which they came.
    pub participants: Vec<Participant>,
    /// Brokers who were asked to take part, in the order in which they were. Only brokers see them.
    pub asked: Vec<Participant>,
}

/// The active part of somebody. A person who is only asked has none.
pub fn find(conn: &mut Db, of: &Participation, account: AccountId) -> StoreResult<Option<Participant>> {
    let row: Option<ParticipantRow> = participants::table
        .inner_join(accounts::table.on(accounts::id.eq(participants::account_id)))
        .filter(participants::transaction_id.eq(of.transaction()))
        .filter(participants::account_id.eq(account))
        .filter(participants::active.eq(true))
        .select(ParticipantRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Participant::from))
}

/// The same, or who is asked by a broker and has not answered.
pub fn find_or_asked(conn: &mut Db, by: &Participation, account: AccountId) -> StoreResult<Option<Participant>> {
    let People { participants, asked } = people(conn, by)?;
    Ok(participants.into_iter().chain(asked).find(|person| person.account_id == account))
}

pub fn people(conn: &mut Db, of: &Participation) -> StoreResult<People> {
    Ok(people_of(conn, &[of])?.remove(&of.transaction()).unwrap_or_default())
}

/// The people of all these transactions, in one statement.
pub fn people_of(conn: &mut Db, of: &[&Participation]) -> StoreResult<HashMap<TransactionId, People>> {
    let mut people: HashMap<TransactionId, (bool, People)> =
        of.iter().map(|own| (own.transaction(), (own.is_broker(), People::default()))).collect();
    let transactions: Vec<TransactionId> = people.keys().copied().collect();
    for row in rows(conn, &transactions)? {
        let Some((is_broker, people)) = people.get_mut(&row.transaction_id) else { continue };
        if row.active {
            people.participants.push(row.into());
        } else if *is_broker {
            people.asked.push(row.into());
        }
    }
    Ok(people.into_iter().map(|(transaction, (_, people))| (transaction, people)).collect())
}

/// Those who take part or are asked to, in the order in which they are shown.
fn rows(conn: &mut Db, of: &[TransactionId]) -> StoreResult<Vec<ParticipantRow>> {
    let is_there = participants::active.eq(true).or(participants::asked_at.is_not_null());
    let mut rows: Vec<ParticipantRow> = participants::table
        .inner_join(accounts::table.on(accounts::id.eq(participants::account_id)))
        .filter(participants::transaction_id.eq_any(of.iter().copied()))
        .filter(is_there)
        .order((participants::role, participants::added_at, participants::account_id))
        .select(ParticipantRow::as_select())
        .load(conn)?;
    let asked_at = |row: &ParticipantRow| if row.active { None } else { row.asked_at.map(|at| (at, row.account_id)) };
    // Keeps the order of those who take part.
    rows.sort_by_key(asked_at);
    Ok(rows)
}

/// The participants whom the room does not tell of a change: those who do not read the messages, or everybody if no entry says it.
pub fn untold_of(conn: &mut Db, transaction: TransactionId, has_entry: bool) -> StoreResult<Vec<AccountId>> {
    let part: Vec<(AccountId, AccessFlags)> = participants::table
        .filter(participants::transaction_id.eq(transaction))
        .filter(participants::active.eq(true))
        .select((participants::account_id, participants::access))
        .load(conn)?;
    let is_untold = |access: &AccessFlags| !(has_entry && access.messaging);
    Ok(part.into_iter().filter(|(_, access)| is_untold(access)).map(|(account, _)| account).collect())
}

/// The people who answer for the transaction: an event about it is for them.
pub fn brokers_of(conn: &mut Db, transaction: TransactionId) -> StoreResult<Vec<AccountId>> {
    Ok(participants::table
        .filter(participants::transaction_id.eq(transaction))
        .filter(participants::active.eq(true))
        .filter(participants::role.eq(Role::Broker))
        .select(participants::account_id)
        .load(conn)?)
}

/// The brokers who are asked to take part: an event about the transaction is for them too.
pub fn asked_accounts(conn: &mut Db, of: &Participation) -> StoreResult<Vec<AccountId>> {
    Ok(asked(conn, of.transaction())?.into_iter().map(|asked| asked.account_id).collect())
}

/// Brokers who were asked to take part, whoever looks.
pub(super) fn asked(conn: &mut Db, of: TransactionId) -> StoreResult<Vec<Participant>> {
    Ok(rows(conn, &[of])?.into_iter().filter(|row| !row.active).map(Participant::from).collect())
}

/// `None` if no part of this person has ended.
pub fn ended(conn: &mut Db, account: AccountId) -> StoreResult<Option<EndedParts>> {
    let of = participants::table
        .filter(participants::account_id.eq(account))
        .filter(participants::active.eq(false))
        .filter(participants::removed_at.is_not_null());
    // Grouped by the person who ended the part.
    let ends: Vec<(Option<AccountId>, i64, Option<i64>)> = of
        .group_by(participants::removed_by)
        .select((participants::removed_by, count_star(), max(participants::removed_at)))
        .load(conn)?;
    let last = ends.iter().filter_map(|(by, _, at)| Some((Timestamp((*at)?), *by == Some(account)))).max();
    let count = ends.iter().map(|(_, count, _)| count).sum();
    Ok(last.map(|(last_at, left)| EndedParts { count, last_at, left }))
}
