//! Transactions and what a list of them shows.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::access::{FLAGS, OWN, OwnRow, Participation, proof};
use super::schema::{accounts, entries, members, participants, rooms, transactions};
use super::{Db, StoreResult, columns, members as room_members, search};
use crate::domain::text::SearchWords;
use crate::domain::{
    AccountId, EntryKind, Money, Need, RoomId, RoomKind, Seq, Timestamp, Transaction, TransactionId, TransactionKind,
    TransactionStatus,
};

diesel::alias!(participants as theirs: TheirParts);

#[derive(Debug, Clone)]
pub struct NewTransaction {
    pub title: String,
    pub kind: TransactionKind,
    pub progress: i32,
    pub address: Option<String>,
    pub city: Option<String>,
    pub start_date: Option<String>,
    pub end_date: Option<String>,
    pub offered_price: Option<Money>,
    pub accepted_price: Option<Money>,
}

/// What a room looks like to one member, for a list.
#[derive(Debug, Clone)]
pub struct RoomSummary {
    pub room: RoomId,
    pub head: Seq,
    /// `None` until the person marked something read.
    pub read: Option<Seq>,
    /// The head when the person came.
    pub joined: Seq,
    pub unread: i64,
    pub last_message: Option<LastMessage>,
}

#[derive(Debug, Clone)]
pub struct LastMessage {
    pub seq: Seq,
    pub author: AccountId,
    pub author_name: String,
    pub body: String,
    pub at: Timestamp,
}

type TransactionRow = (
    TransactionId,
    String,
    TransactionKind,
    TransactionStatus,
    i32,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<String>,
    Option<i64>,
    Option<String>,
    AccountId,
    Timestamp,
    Timestamp,
);

columns! {
    COLUMNS = [
        transactions::id,
        transactions::title,
        transactions::kind,
        transactions::status,
        transactions::progress,
        transactions::address,
        transactions::city,
        transactions::start_date,
        transactions::end_date,
        transactions::offered_amount,
        transactions::offered_currency,
        transactions::accepted_amount,
        transactions::accepted_currency,
        transactions::created_by,
        transactions::created_at,
        transactions::updated_at,
    ];
}

fn money(amount: Option<i64>, currency: Option<String>) -> Option<Money> {
    amount.zip(currency).map(|(amount_minor, currency)| Money { amount_minor, currency })
}

fn transaction(row: TransactionRow) -> Transaction {
    let (id, title, kind, status, progress, address, city, start_date, end_date, oa, oc, aa, ac, by, created, updated) =
        row;
    Transaction {
        id,
        title,
        kind,
        status,
        progress,
        address,
        city,
        start_date,
        end_date,
        offered_price: money(oa, oc),
        accepted_price: money(aa, ac),
        opened_by: by,
        created_at: created,
        updated_at: updated,
    }
}

pub fn insert(conn: &mut Db, new: &NewTransaction, by: AccountId, now: Timestamp) -> StoreResult<TransactionId> {
    let id = diesel::insert_into(transactions::table)
        .values((
            transactions::title.eq(&new.title),
            transactions::kind.eq(new.kind),
            transactions::status.eq(TransactionStatus::from_progress(new.progress)),
            transactions::progress.eq(new.progress),
            transactions::address.eq(&new.address),
            transactions::city.eq(&new.city),
            transactions::start_date.eq(&new.start_date),
            transactions::end_date.eq(&new.end_date),
            transactions::offered_amount.eq(new.offered_price.as_ref().map(|m| m.amount_minor)),
            transactions::offered_currency.eq(new.offered_price.as_ref().map(|m| m.currency.clone())),
            transactions::accepted_amount.eq(new.accepted_price.as_ref().map(|m| m.amount_minor)),
            transactions::accepted_currency.eq(new.accepted_price.as_ref().map(|m| m.currency.clone())),
            transactions::created_by.eq(by),
            transactions::created_at.eq(now),
            transactions::updated_at.eq(now),
        ))
        .returning(transactions::id)
        .get_result(conn)?;
    search::key_transaction(conn, id)?;
    Ok(id)
}

/// Writes every field that the broker sees. What they do not see stays as it is.
pub fn update(conn: &mut Db, by: &Participation, changed: &Transaction) -> StoreResult<()> {
    by.check(Need::Broker)?;
    let id = by.transaction();
    let dates = by
        .access()
        .calendar
        .then(|| (transactions::start_date.eq(&changed.start_date), transactions::end_date.eq(&changed.end_date)));
    let properties = by.access().properties.then(|| {
        (
            transactions::address.eq(&changed.address),
            transactions::city.eq(&changed.city),
            transactions::offered_amount.eq(changed.offered_price.as_ref().map(|m| m.amount_minor)),
            transactions::offered_currency.eq(changed.offered_price.as_ref().map(|m| m.currency.clone())),
            transactions::accepted_amount.eq(changed.accepted_price.as_ref().map(|m| m.amount_minor)),
            transactions::accepted_currency.eq(changed.accepted_price.as_ref().map(|m| m.currency.clone())),
        )
    });
    diesel::update(transactions::table.find(id))
        .set((
            transactions::title.eq(&changed.title),
            transactions::kind.eq(changed.kind),
            transactions::status.eq(changed.status),
            transactions::progress.eq(changed.progress),
            transactions::updated_at.eq(changed.updated_at),
            dates,
            properties,
        ))
        .execute(conn)?;
    search::key_transaction(conn, id)
}

/// The transaction as this person sees it. There is no other way to load one for a person.
pub fn find(conn: &mut Db, own: &Participation) -> StoreResult<Transaction> {
    let row: TransactionRow = transactions::table.find(own.transaction()).select(COLUMNS).first(conn)?;
    Ok(transaction(row).seen_with(own.access()))
}

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
        .select(((OWN, FLAGS), COLUMNS, entries::created_at))
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
        // What somebody does not see, no word of it finds for them.
        let in_the_place = participants::properties.eq(true).and(transactions::search_key.like(word).escape('\\'));
        query = query.filter(in_the_title.or(in_the_place).or(exists(in_a_name)));
    }
    let rows: Vec<(OwnRow, TransactionRow, Timestamp)> = query.load(conn)?;
    let seen = |(own, row, at)| {
        let own = proof(account, own);
        let transaction = transaction(row).seen_with(own.access());
        (own, transaction, at)
    };
    Ok(rows.into_iter().map(seen).collect())
}

/// The room of a transaction as this member sees it; `None` without the messaging access.
pub fn room_summary(conn: &mut Db, own: &Participation) -> StoreResult<Option<RoomSummary>> {
    let (id, account) = (own.transaction(), own.account());
    let found: Option<(RoomId, Seq, Seq, Option<Seq>)> = rooms::table
        .inner_join(members::table.on(members::room_id.eq(rooms::id)))
        .filter(rooms::transaction_id.eq(id))
        .filter(rooms::kind.eq(RoomKind::Conversation))
        .filter(members::account_id.eq(account))
        .filter(members::active.eq(true))
        .select((rooms::id, rooms::last_seq, members::read_seq, members::joined_seq))
        .first(conn)
        .optional()?;
    let Some((room, head, read, joined)) = found else {
        return Ok(None);
    };
    let unread = room_members::unread(conn, room, account, read, head)?;
    let (read, joined) = room_members::positions(read, joined);
    let last: Option<(Seq, AccountId, String, String, Option<String>, Timestamp)> = entries::table
        .inner_join(accounts::table.on(entries::author_id.eq(accounts::id.nullable())))
        .filter(entries::room_id.eq(room))
        .filter(entries::kind.eq(EntryKind::Message))
        .order(entries::seq.desc())
        .select((
            entries::seq,
            accounts::id,
            accounts::first_name,
            accounts::last_name,
            entries::body,
            entries::created_at,
        ))
        .first(conn)
        .optional()?;
    let last_message = last.map(|(seq, author, first, last, body, at)| LastMessage {
        seq,
        author,
        author_name: format!("{first} {last}"),
        body: body.unwrap_or_default(),
        at,
    });
    Ok(Some(RoomSummary { room, head, read, joined, unread, last_message }))
}
