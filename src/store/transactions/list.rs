//! The list of a person's transactions.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::row::{COLUMNS, TransactionRow};
use crate::domain::text::SearchWords;
use crate::domain::{AccountId, Need, RoomKind, Timestamp, Transaction, TransactionId, TransactionStatus};
use crate::store::access::{OwnRow, Participation, has_flag, proof};
use crate::store::schema::{accounts, entries, participants, rooms, transactions};
use crate::store::{Db, StoreResult, search};

diesel::alias!(participants as theirs: TheirParts);

#[derive(Debug, Clone, Default)]
pub struct TransactionFilter {
    pub status: Option<TransactionStatus>,
    /// Each stands in the title, or in the name of somebody who takes part; or in the place, for those who see it.
    pub words: SearchWords,
    /// The last row of the page before.
    pub before: Option<(Timestamp, TransactionId)>,
    pub limit: i64,
}

/// The transactions of this account, latest activity first, each with the time of that activity. Everything that happens
/// to a transaction stands in its room's log, so the newest entry tells.
pub fn list_for(
    conn: &mut Db,
    account: AccountId,
    filter: &TransactionFilter,
) -> StoreResult<Vec<(Participation, Transaction, Timestamp)>> {
    let conversation =
        rooms::transaction_id.eq(transactions::id.nullable()).and(rooms::kind.eq(RoomKind::Conversation));
    let newest = entries::room_id.eq(rooms::id).and(entries::seq.eq(rooms::last_seq));
    let mut query = transactions::table
        .inner_join(participants::table.on(participants::transaction_id.eq(transactions::id)))
        .inner_join(rooms::table.on(conversation))
        .inner_join(entries::table.on(newest))
        .filter(participants::account_id.eq(account))
        .filter(participants::active.eq(true))
        .order((entries::created_at.desc(), transactions::id.desc()))
        .limit(filter.limit)
        .select((OwnRow::as_select(), COLUMNS, entries::created_at))
        .into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(transactions::status.eq(status));
    }
    if let Some((at, id)) = filter.before {
        query = query.filter(entries::created_at.lt(at).or(entries::created_at.eq(at).and(transactions::id.lt(id))));
    }
    for word in filter.words.iter().map(search::pattern) {
        // Names only: who takes part does not see the addresses of the others.
        let in_a_name = theirs
            .inner_join(accounts::table.on(accounts::id.eq(theirs.field(participants::account_id))))
            .filter(theirs.field(participants::transaction_id).eq(transactions::id))
            .filter(theirs.field(participants::active).eq(true))
            .filter(accounts::name_key.like(word.clone()).escape('\\'));
        let in_the_title = transactions::title_key.like(word.clone()).escape('\\');
        // A field that the person does not see finds nothing for them.
        let in_the_place = has_flag(Need::Properties).and(transactions::search_key.like(word).escape('\\'));
        query = query.filter(in_the_title.or(in_the_place).or(exists(in_a_name)));
    }
    let rows: Vec<(OwnRow, TransactionRow, Timestamp)> = query.load(conn)?;
    let seen = |(own, row, at)| {
        let own = proof(account, own);
        let transaction = Transaction::from(row).seen_with(own.access());
        (own, transaction, at)
    };
    Ok(rows.into_iter().map(seen).collect())
}
