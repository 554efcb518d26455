//! Brokers who were added to a transaction and have not answered yet. Until they accept they have no part in it, and a
//! declined request leaves no trace. The request is in the row of the part that it may become.

use diesel::prelude::*;

use super::access::Participation;
use super::names::PersonRow;
use super::participants::{ParticipantInsert, asked, begin, check_room_for_one};
use super::schema::{accounts, participants, transactions};
use super::{Db, StoreResult, log, rooms};
use crate::domain::{
    AccessFlags, AccountId, Code, Entry, Need, ParticipationRequest, Role, Timestamp, TransactionId, TransactionKind,
};

/// One broker may be asked by many, about many transactions.
const LISTED: i64 = 200;

/// Asks, or asks anew with another access: no more than the asking broker can give. Refuses `participant_exists`, and
/// `too_many_participants`.
pub fn ask(conn: &mut Db, by: &Participation, new: &ParticipantInsert, now: Timestamp) -> StoreResult<()> {
    by.check(Need::Broker)?;
    let (transaction, access) = (by.transaction(), new.access.within(by.grantable()));
    lock(conn, transaction)?;
    let key = (transaction, new.account);
    let active: Option<bool> = participants::table.find(key).select(participants::active).first(conn).optional()?;
    let request = (
        participants::access.eq(access.bits()),
        participants::asked_at.eq(now),
        participants::asked_by.eq(by.account()),
    );
    match active {
        Some(true) => return Err(Code::ParticipantExists.into()),
        // The person took part once: the row's words about that time stay.
        Some(false) => {
            diesel::update(participants::table.find(key)).set(request).execute(conn)?;
        }
        None => {
            check_room_for_one(conn, transaction)?;
            let rest = (
                participants::transaction_id.eq(transaction),
                participants::account_id.eq(new.account),
                participants::role.eq(new.role),
                participants::active.eq(false),
                participants::added_at.eq(now),
            );
            diesel::insert_into(participants::table).values((rest, request)).execute(conn)?;
        }
    }
    Ok(())
}

/// The part begins, with the access that was offered. Refuses `transaction_unknown` if nobody asks.
pub fn accept(
    conn: &mut Db,
    transaction: TransactionId,
    account: AccountId,
    now: Timestamp,
) -> StoreResult<Option<Entry>> {
    lock(conn, transaction)?;
    let asked = asked(conn, transaction)?.into_iter().find(|asked| asked.account_id == account);
    let asked = asked.ok_or(Code::TransactionUnknown)?;
    let part = ParticipantInsert { account, role: Role::Broker, access: asked.access };
    begin(conn, transaction, &part, account, now)
}

/// A broker of the transaction takes the request back. `false` if nobody was asked.
pub fn take_back(conn: &mut Db, by: &Participation, account: AccountId) -> StoreResult<bool> {
    by.check(Need::Broker)?;
    withdraw(conn, by.transaction(), account)
}

/// The person who was asked says no. `false` if nobody asked them.
pub fn decline(conn: &mut Db, transaction: TransactionId, asked: AccountId) -> StoreResult<bool> {
    withdraw(conn, transaction, asked)
}

/// Removes the request, as if nobody had asked.
fn withdraw(conn: &mut Db, transaction: TransactionId, account: AccountId) -> StoreResult<bool> {
    lock(conn, transaction)?;
    let asked = participants::table
        .filter(participants::transaction_id.eq(transaction))
        .filter(participants::account_id.eq(account))
        .filter(participants::active.eq(false))
        .filter(participants::asked_at.is_not_null());
    // A person who never took part leaves no row behind.
    if diesel::delete(asked.filter(participants::removed_at.is_null())).execute(conn)? > 0 {
        return Ok(true);
    }
    let nobody = (participants::asked_at.eq(None::<Timestamp>), participants::asked_by.eq(None::<AccountId>));
    Ok(diesel::update(asked).set(nobody).execute(conn)? > 0)
}

/// Withdraws the requests of a person who may ask no more.
pub(super) fn withdraw_those_of(conn: &mut Db, transaction: TransactionId, by: AccountId) -> StoreResult<()> {
    let asked: Vec<AccountId> = participants::table
        .filter(participants::transaction_id.eq(transaction))
        .filter(participants::active.eq(false))
        .filter(participants::asked_by.eq(by))
        .select(participants::account_id)
        .load(conn)?;
    for account in asked {
        withdraw(conn, transaction, account)?;
    }
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = participants)]
struct ParticipationRequestRow {
    transaction_id: TransactionId,
    #[diesel(select_expression = transactions::title, select_expression_type = transactions::title)]
    title: String,
    #[diesel(select_expression = transactions::kind, select_expression_type = transactions::kind)]
    kind: TransactionKind,
    access: AccessFlags,
    asked_at: Option<Timestamp>,
    #[diesel(embed)]
    asked_by: PersonRow,
}

/// The requests to a broker, the oldest first: after an answer the next one is on top.
pub fn list_for(conn: &mut Db, account: AccountId) -> StoreResult<Vec<ParticipationRequest>> {
    let rows: Vec<ParticipationRequestRow> = participants::table
        .inner_join(transactions::table.on(transactions::id.eq(participants::transaction_id)))
        .inner_join(accounts::table.on(participants::asked_by.eq(accounts::id.nullable())))
        .filter(participants::account_id.eq(account))
        .filter(participants::active.eq(false))
        .filter(participants::asked_at.is_not_null())
        .order((participants::asked_at, participants::transaction_id))
        .limit(LISTED)
        .select(ParticipationRequestRow::as_select())
        .load(conn)?;
    let request = |row: ParticipationRequestRow| {
        Some(ParticipationRequest {
            transaction_id: row.transaction_id,
            title: row.title,
            kind: row.kind,
            asked_by: row.asked_by.name(),
            asked_at: row.asked_at?,
            access: row.access,
        })
    };
    Ok(rows.into_iter().filter_map(request).collect())
}

/// The room's row is the lock of all that concerns who takes part.
fn lock(conn: &mut Db, transaction: TransactionId) -> StoreResult<()> {
    if let Some(room) = rooms::conversation(conn, transaction)? {
        log::lock_room(conn, room)?;
    }
    Ok(())
}
