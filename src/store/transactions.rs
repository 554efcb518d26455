//! Transactions and what a list of them shows.

mod list;
mod row;
mod summary;

pub use list::{TransactionFilter, list_for};
pub use summary::{LastMessage, RoomSummary, room_summaries};

use diesel::prelude::*;

use self::row::{COLUMNS, TransactionRow, written};
use super::access::Participation;
use super::schema::transactions;
use super::{Db, StoreResult, search};
use crate::domain::{
    AccountId, Need, Timestamp, Transaction, TransactionDetails, TransactionId, TransactionStatus, transaction_fields,
};

pub fn insert(conn: &mut Db, new: &TransactionDetails, by: AccountId, now: Timestamp) -> StoreResult<TransactionId> {
    let id = diesel::insert_into(transactions::table)
        .values((
            transaction_fields!(written new),
            transactions::status.eq(TransactionStatus::from_progress(new.progress)),
            transactions::created_by.eq(by),
            transactions::created_at.eq(now),
            transactions::updated_at.eq(now),
        ))
        .returning(transactions::id)
        .get_result(conn)?;
    search::key_transaction(conn, id)?;
    Ok(id)
}

/// Writes every field that the broker sees. Hidden fields stay as they are.
pub fn update(conn: &mut Db, by: &Participation, changed: &Transaction) -> StoreResult<()> {
    by.check(Need::Broker)?;
    let (id, access, details) = (by.transaction(), by.access(), &changed.details);
    diesel::update(transactions::table.find(id))
        .set((
            transaction_fields!(written details access),
            transactions::status.eq(changed.status),
            transactions::updated_at.eq(changed.updated_at),
        ))
        .execute(conn)?;
    search::key_transaction(conn, id)
}

/// The transaction as this person sees it. There is no other way to load one for a person.
pub fn find(conn: &mut Db, own: &Participation) -> StoreResult<Transaction> {
    let row: TransactionRow = transactions::table.find(own.transaction()).select(COLUMNS).first(conn)?;
    Ok(Transaction::from(row).seen_with(own.access()))
}
