//! A broker closes their transactions for a client, all at once, and opens them again. The access of each part stays written down
//! meanwhile.

use diesel::prelude::*;

use super::super::access::{self, Participation};
use super::super::participants::{self as parts, ParticipantInsert};
use super::super::schema::{clients, participants, rooms};
use super::super::{Db, StoreResult};
use super::own;
use crate::domain::{AccessFlags, AccountId, ClientId, Code, Entry, Role, RoomKind, Timestamp, TransactionId};

diesel::alias!(participants as theirs: TheirPart);

/// A part that was closed or opened again, and what the room of its transaction is told.
pub struct ClosedPart {
    pub transaction: TransactionId,
    pub entry: Option<Entry>,
}

/// The transactions in which the client takes part and the broker acts as one, in the order in which rooms are locked.
pub fn shared_by(conn: &mut Db, broker: AccountId, client: AccountId) -> StoreResult<Vec<TransactionId>> {
    Ok(participants::table
        .inner_join(theirs.on(theirs.field(participants::transaction_id).eq(participants::transaction_id)))
        .inner_join(rooms::table.on(rooms::transaction_id.eq(participants::transaction_id.nullable())))
        .filter(rooms::kind.eq(RoomKind::Conversation))
        .filter(participants::account_id.eq(broker))
        .filter(participants::active.eq(true))
        .filter(participants::role.eq(Role::Broker))
        .filter(theirs.field(participants::account_id).eq(client))
        .filter(theirs.field(participants::active).eq(true))
        .filter(theirs.field(participants::role).eq(Role::Client))
        .order(rooms::id)
        .select(participants::transaction_id)
        .load(conn)?)
}

/// The transactions that this broker closed for the client, in the same order. A part that a node of the version before began and
/// ended since then is not among them.
pub fn suspended_by(conn: &mut Db, broker: AccountId, client: AccountId) -> StoreResult<Vec<TransactionId>> {
    Ok(participants::table
        .inner_join(rooms::table.on(rooms::transaction_id.eq(participants::transaction_id.nullable())))
        .filter(rooms::kind.eq(RoomKind::Conversation))
        .filter(participants::account_id.eq(client))
        .filter(participants::active.eq(false))
        .filter(participants::suspended_by.eq(broker))
        .filter(participants::removed_by.eq(broker))
        .order(rooms::id)
        .select(participants::transaction_id)
        .load(conn)?)
}

/// Ends the part as a removal does, and notes that it is to come back. `None` where one of the two has no part any more.
pub fn close(
    conn: &mut Db,
    transaction: TransactionId,
    broker: AccountId,
    client: AccountId,
    now: Timestamp,
) -> StoreResult<Option<ClosedPart>> {
    super::super::rooms::lock(conn, transaction)?;
    let Some(by) = acting(conn, transaction, broker)? else {
        return Ok(None);
    };
    if parts::find(conn, &by, client)?.is_none_or(|part| part.role != Role::Client) {
        return Ok(None);
    }
    let entry = parts::remove(conn, &by, client, now)?;
    suspend(conn, transaction, client, Some(broker))?;
    Ok(Some(ClosedPart { transaction, entry }))
}

/// The part begins again with the access that it had, as far as the broker can give it now. `None` where the broker does not act in the
/// transaction any more, or somebody else has brought the client in again.
pub fn open_again(
    conn: &mut Db,
    transaction: TransactionId,
    broker: AccountId,
    client: AccountId,
    now: Timestamp,
) -> StoreResult<Option<ClosedPart>> {
    super::super::rooms::lock(conn, transaction)?;
    let Some(by) = acting(conn, transaction, broker)? else {
        suspend(conn, transaction, client, None)?;
        return Ok(None);
    };
    if parts::find(conn, &by, client)?.is_some() {
        return Ok(None);
    }
    let access: AccessFlags =
        participants::table.find((transaction, client)).select(participants::access).first(conn)?;
    let entry = parts::add(conn, &by, &ParticipantInsert { account: client, role: Role::Client, access }, now)?;
    Ok(Some(ClosedPart { transaction, entry }))
}

/// `at`: since when. The record is locked before.
pub fn set_inactive(
    conn: &mut Db,
    id: ClientId,
    broker: AccountId,
    at: Option<Timestamp>,
    now: Timestamp,
) -> StoreResult<()> {
    diesel::update(own(id, broker)).set((clients::inactive_at.eq(at), clients::updated_at.eq(now))).execute(conn)?;
    Ok(())
}

/// Refuses `client_inactive` where this broker has closed their transactions for the account. The record is locked, so that nobody
/// comes in while the broker closes them. Rooms are locked before.
pub fn check_active(conn: &mut Db, broker: AccountId, account: AccountId) -> StoreResult<()> {
    let Some(id) = super::links::of_account(conn, broker, account)? else {
        return Ok(());
    };
    super::lock(conn, id, broker)?;
    check_record(conn, id)
}

/// Refuses `client_inactive`. The record is locked before.
pub fn check_record(conn: &mut Db, id: ClientId) -> StoreResult<()> {
    let inactive_at: Option<Timestamp> = clients::table.find(id).select(clients::inactive_at).first(conn)?;
    if inactive_at.is_some() { Err(Code::ClientInactive.into()) } else { Ok(()) }
}

fn acting(conn: &mut Db, transaction: TransactionId, broker: AccountId) -> StoreResult<Option<Participation>> {
    Ok(access::part(conn, transaction, broker)?.filter(Participation::is_broker))
}

fn suspend(conn: &mut Db, transaction: TransactionId, client: AccountId, by: Option<AccountId>) -> StoreResult<()> {
    diesel::update(participants::table.find((transaction, client)))
        .set(participants::suspended_by.eq(by))
        .execute(conn)?;
    Ok(())
}
