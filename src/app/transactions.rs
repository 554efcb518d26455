//! Transactions: open, show, list, change. Every change is an entry of the room's log.

mod changing;

pub use changing::change;

use serde_json::Map;

use super::{Access, App, AppResult, cut_page};
use crate::domain::{
    Account, AccountId, Caller, Code, EndedParts, Entry, EntryBody, IdempotencyKey, Need, Participant, RoomSubject,
    Timestamp, Topic, Transaction, TransactionCreated, TransactionDetails, TransactionForm, TransactionId,
    TransactionStatus, search_words,
};
use crate::store::access::Participation;
use crate::store::accounts;
use crate::store::participants::{self, People};
use crate::store::rooms;
use crate::store::transactions::{self, RoomSummary, TransactionFilter};
use crate::store::{Db, StoreResult, account_changes, idempotency, log};

#[derive(Debug, Clone, Default)]
pub struct TransactionQuery {
    pub status: Option<TransactionStatus>,
    pub text: Option<String>,
    pub before: Option<(Timestamp, TransactionId)>,
    pub limit: Option<i64>,
}

/// A transaction as one participant sees it.
pub struct TransactionView {
    pub transaction: Transaction,
    pub participants: Vec<Participant>,
    pub own: Participant,
    /// Brokers who have not answered yet; only brokers are shown them.
    pub asked: Vec<Participant>,
    pub room: Option<RoomSummary>,
}

/// A part of the transactions of a person, latest activity first.
pub struct TransactionPage {
    pub transactions: Vec<TransactionView>,
    /// Where the next one begins.
    pub next: Option<(Timestamp, TransactionId)>,
    /// The caller's parts that ended. `None`: there are none.
    pub ended: Option<EndedParts>,
}

/// With a key it is opened once, however often that is asked.
pub async fn create(
    app: &App,
    caller: &Caller,
    form: TransactionForm,
    key: Option<IdempotencyKey>,
) -> AppResult<TransactionView> {
    let once = key.map(|key| key.of("transaction", &form));
    let new = TransactionDetails::of(form)?;
    let (caller, now) = (caller.clone(), app.clock.now());
    let (view, entries) = app
        .store
        .write(move |conn| {
            let (id, entries) = idempotency::once(conn, caller.account, once.as_ref(), now, |conn| {
                let broker = accounts::find(conn, caller.account)?.ok_or(Code::AccountUnknown)?;
                let (own, entries) = open(conn, &new, &broker, now)?;
                Ok((own.transaction().0, entries))
            })?;
            let view = view_of(conn, &caller, TransactionId(id))?;
            if entries.is_some() {
                account_changes::record(conn, [caller.account], Topic::Transaction, id, now)?;
            }
            Ok((view, entries))
        })
        .await?;
    app.announce(RoomSubject::Conversation(view.transaction.id), entries.unwrap_or_default());
    Ok(view)
}

/// Refuses `transaction_unknown`: also for one in which the caller has no part.
pub async fn show(app: &App, caller: &Caller, id: TransactionId) -> AppResult<TransactionView> {
    let caller = caller.clone();
    Ok(app.store.read(move |conn| view_of(conn, &caller, id)).await?)
}

pub async fn list(app: &App, caller: &Caller, query: TransactionQuery) -> AppResult<TransactionPage> {
    let filter = TransactionFilter {
        status: query.status,
        words: search_words(query.text.as_deref())?,
        before: query.before,
        limit: app.page_size(query.limit),
    };
    let account = caller.account;
    Ok(app.store.read(move |conn| page(conn, account, &filter)).await?)
}

/// A page of as many as the filter says, in as many statements whatever it holds.
pub fn page(conn: &mut Db, account: AccountId, filter: &TransactionFilter) -> StoreResult<TransactionPage> {
    let one_more = TransactionFilter { limit: filter.limit + 1, ..filter.clone() };
    let mut rows = transactions::list_for(conn, account, &one_more)?;
    let next = cut_page(&mut rows, filter.limit).map(|(_, transaction, at)| (*at, transaction.id));
    let rows = rows.into_iter().map(|(own, transaction, _)| (own, transaction)).collect();
    Ok(TransactionPage { transactions: views(conn, rows)?, next, ended: participants::ended(conn, account)? })
}

/// Makes the transaction, its room and the broker's part in both, of which it gives the proof.
pub(super) fn open(
    conn: &mut Db,
    new: &TransactionDetails,
    broker: &Account,
    now: Timestamp,
) -> StoreResult<(Participation, Vec<Entry>)> {
    let id = transactions::insert(conn, new, broker.id, now)?;
    let room = rooms::create(conn, RoomSubject::Conversation(id), now)?;
    let head = log::lock_room(conn, room)?;
    let created = TransactionCreated { title: new.title.clone(), more: Map::new() };
    let mut entries =
        vec![log::append(conn, head, Some(broker.id), EntryBody::TransactionCreated(created), false, now)?];
    let (own, added) = participants::add_opener(conn, id, broker.id, now)?;
    entries.extend(added);
    Ok((own, entries))
}

/// The transaction as the caller sees it. Refuses `transaction_unknown`.
pub(super) fn view_of(conn: &mut Db, caller: &Caller, id: TransactionId) -> StoreResult<TransactionView> {
    let own = Access::on(conn, caller, id, Need::Part)?;
    let transaction = transactions::find(conn, &own)?;
    view(conn, own, transaction)
}

/// The transaction that was read or written, as this participant sees it.
fn view(conn: &mut Db, own: Participation, transaction: Transaction) -> StoreResult<TransactionView> {
    views(conn, vec![(own, transaction)])?.pop().ok_or_else(|| Code::TransactionUnknown.into())
}

/// All of the same person.
fn views(conn: &mut Db, rows: Vec<(Participation, Transaction)>) -> StoreResult<Vec<TransactionView>> {
    let parts: Vec<&Participation> = rows.iter().map(|(own, _)| own).collect();
    let mut people = participants::people_of(conn, &parts)?;
    let mut rooms = transactions::room_summaries(conn, &parts)?;
    rows.into_iter()
        .map(|(own, transaction)| {
            let People { participants, asked } = people.remove(&transaction.id).unwrap_or_default();
            let room = rooms.remove(&transaction.id);
            let me = participants.iter().find(|person| person.account_id == own.account()).cloned();
            let own = me.ok_or(Code::TransactionUnknown)?;
            Ok(TransactionView { transaction, participants, own, asked, room })
        })
        .collect()
}
