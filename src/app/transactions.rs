//! Transactions: open, show, list, change. Every change is an entry of the room's log.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Access, App, AppResult, cut_page};
use crate::domain::{
    Account, Caller, Code, EndedParts, Entry, EntryBody, HiddenField, IdempotencyKey, Money, Need, Participant,
    Refusals, RoomSubject, Seq, Timestamp, Transaction, TransactionCreated, TransactionId, TransactionKind,
    TransactionStatus, TransactionUpdated, optional_label, required_text, search_words,
};
use crate::store::access::Participation;
use crate::store::accounts;
use crate::store::rooms;
use crate::store::transaction_changes::{self, FieldChange};
use crate::store::transactions::{self, NewTransaction, RoomSummary, TransactionFilter};
use crate::store::{Db, StoreResult, idempotency, log, participants};

/// The form of a new transaction.
#[derive(Debug, Clone, Serialize)]
pub struct TransactionForm {
    pub title: String,
    pub kind: TransactionKind,
    pub progress: i64,
    pub address: Option<String>,
    pub city: Option<String>,
    pub start_date: Option<String>,
    pub end_date: Option<String>,
    pub offered_price: Option<Money>,
    pub accepted_price: Option<Money>,
}

/// A partial change: the outer `None` leaves a field as it is, the inner one empties it.
#[derive(Debug, Clone, Default)]
pub struct TransactionChanges {
    pub title: Option<String>,
    pub kind: Option<TransactionKind>,
    pub progress: Option<i64>,
    /// `true` cancels, `false` opens again.
    pub cancelled: Option<bool>,
    pub address: Option<Option<String>>,
    pub city: Option<Option<String>>,
    pub start_date: Option<Option<String>>,
    pub end_date: Option<Option<String>>,
    pub offered_price: Option<Option<Money>>,
    pub accepted_price: Option<Option<Money>>,
}

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

/// A page of transactions, and where the next one begins.
pub type TransactionPage = (Vec<TransactionView>, Option<(Timestamp, TransactionId)>);

impl NewTransaction {
    /// Nothing known yet but what it is.
    pub fn titled(title: String, kind: TransactionKind) -> Self {
        Self {
            title,
            kind,
            progress: 0,
            address: None,
            city: None,
            start_date: None,
            end_date: None,
            offered_price: None,
            accepted_price: None,
        }
    }
}

impl App {
    /// With a key it is opened once, however often that is asked.
    pub async fn open_transaction(
        &self,
        caller: &Caller,
        form: TransactionForm,
        key: Option<IdempotencyKey>,
    ) -> AppResult<TransactionView> {
        let once = key.map(|key| key.of("transaction", &form));
        let new = check(form)?;
        let (caller, now) = (caller.clone(), self.clock.now());
        let (view, entries) = self
            .store
            .write(move |conn| {
                let (id, entries) = idempotency::once(conn, caller.account, once.as_ref(), now, |conn| {
                    let broker = accounts::find(conn, caller.account)?.ok_or(Code::AccountUnknown)?;
                    let (own, entries) = open(conn, &new, &broker, now)?;
                    Ok((own.transaction().0, entries))
                })?;
                Ok((view_of(conn, &caller, TransactionId(id))?, entries))
            })
            .await?;
        self.announce(RoomSubject::Conversation(view.transaction.id), entries.unwrap_or_default());
        Ok(view)
    }

    /// Refuses `transaction_unknown`: also for one in which the caller has no part.
    pub async fn transaction(&self, caller: &Caller, id: TransactionId) -> AppResult<TransactionView> {
        let caller = caller.clone();
        Ok(self.store.read(move |conn| view_of(conn, &caller, id)).await?)
    }

    pub async fn transactions(&self, caller: &Caller, query: TransactionQuery) -> AppResult<TransactionPage> {
        let limit = self.page_size(query.limit);
        let account = caller.account;
        let filter = TransactionFilter {
            status: query.status,
            words: search_words(query.text.as_deref())?,
            before: query.before,
            limit: limit + 1,
        };
        let page = self
            .store
            .read(move |conn| {
                let mut rows = transactions::list_for(conn, account, &filter)?;
                let next = cut_page(&mut rows, limit).map(|(_, transaction, at)| (*at, transaction.id));
                let rows = rows.into_iter().map(|(own, transaction, _)| (own, transaction)).collect();
                Ok((views(conn, rows)?, next))
            })
            .await?;
        Ok(page)
    }

    /// What the caller took part in once. `None`: nothing.
    pub async fn ended_parts(&self, caller: &Caller) -> AppResult<Option<EndedParts>> {
        let account = caller.account;
        Ok(self.store.read(move |conn| participants::ended(conn, account)).await?)
    }

    /// Refuses `forbidden` to whoever does not see what they would change.
    pub async fn change_transaction(
        &self,
        caller: &Caller,
        id: TransactionId,
        changes: TransactionChanges,
    ) -> AppResult<TransactionView> {
        let (caller, now) = (caller.clone(), self.clock.now());
        let result = self
            .store
            .write(move |conn| {
                // Two changes at once must not overwrite each other.
                let (own, head) = Access::locked(conn, &caller, id, Need::Broker)?;
                for need in changes.needs() {
                    own.check(need)?;
                }
                let old = transactions::find(conn, &own)?;
                let new = match apply(&old, &changes) {
                    Ok(new) => new,
                    Err(refusals) => return Ok(Err(refusals)),
                };
                let difference = difference(&old, &new);
                if difference.is_empty() {
                    return Ok(Ok((view_of(conn, &caller, id)?, None, Vec::new())));
                }
                // Whoever is asked to take part sees what it is, and no room tells them.
                let asked = if difference.contains_key("title") || difference.contains_key("kind") {
                    participants::asked_accounts(conn, &own)?
                } else {
                    Vec::new()
                };
                transactions::update(conn, &own, &Transaction { updated_at: now, ..new })?;
                let body = EntryBody::TransactionUpdated(TransactionUpdated::of(difference.clone()));
                let entry = log::append(conn, head, Some(caller.account), body, false, now)?;
                transaction_changes::keep(conn, &own, hidden_changes(entry.seq, &difference), now)?;
                Ok(Ok((view_of(conn, &caller, id)?, Some(entry), asked)))
            })
            .await?;
        let (view, entry, asked) = result?;
        self.announce(RoomSubject::Conversation(id), entry);
        self.publish_changed(id, asked);
        Ok(view)
    }
}

/// Makes the transaction, its room and the broker's part in both, of which it gives the proof.
pub(super) fn open(
    conn: &mut Db,
    new: &NewTransaction,
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

/// What the caller is shown of the transaction. Refuses `transaction_unknown`.
pub(super) fn view_of(conn: &mut Db, caller: &Caller, id: TransactionId) -> StoreResult<TransactionView> {
    let own = Access::on(conn, caller, id, Need::Part)?;
    let transaction = transactions::find(conn, &own)?;
    views(conn, vec![(own, transaction)])?.pop().ok_or_else(|| Code::TransactionUnknown.into())
}

/// All of the same person.
fn views(conn: &mut Db, rows: Vec<(Participation, Transaction)>) -> StoreResult<Vec<TransactionView>> {
    let parts: Vec<&Participation> = rows.iter().map(|(own, _)| own).collect();
    let mut everyone = participants::list_many(conn, &parts)?;
    let mut everyone_asked = participants::asked(conn, &parts)?;
    rows.into_iter()
        .map(|(own, transaction)| {
            let of_this = |all: &mut Vec<(TransactionId, Participant)>| {
                all.extract_if(.., |(id, _)| *id == transaction.id).map(|(_, person)| person).collect::<Vec<_>>()
            };
            let (participants, asked) = (of_this(&mut everyone), of_this(&mut everyone_asked));
            let me = participants.iter().find(|person| person.account_id == own.account()).cloned();
            let room = transactions::room_summary(conn, &own)?;
            let own = me.ok_or(Code::TransactionUnknown)?;
            Ok(TransactionView { transaction, participants, own, asked, room })
        })
        .collect()
}

impl TransactionChanges {
    /// What a person must see to change it.
    fn needs(&self) -> impl Iterator<Item = Need> {
        let calendar = self.start_date.is_some() || self.end_date.is_some();
        let properties = self.address.is_some()
            || self.city.is_some()
            || self.offered_price.is_some()
            || self.accepted_price.is_some();
        [(calendar, Need::Calendar), (properties, Need::Properties)]
            .into_iter()
            .filter_map(|(touched, need)| touched.then_some(need))
    }
}

const TITLE: usize = 200;
const PLACE: usize = 200;

fn check(form: TransactionForm) -> Result<NewTransaction, Refusals> {
    let nothing = NewTransaction::titled(String::new(), form.kind);
    let changes = TransactionChanges {
        title: Some(form.title),
        kind: Some(form.kind),
        progress: Some(form.progress),
        cancelled: None,
        address: Some(form.address),
        city: Some(form.city),
        start_date: Some(form.start_date),
        end_date: Some(form.end_date),
        offered_price: Some(form.offered_price),
        accepted_price: Some(form.accepted_price),
    };
    check_changes(nothing, changes)
}

/// The fields after the changes, or all that is wrong with these. What is not changed is not checked: rules become stricter, and
/// an old title must not keep anybody from mending a date.
fn check_changes(old: NewTransaction, changes: TransactionChanges) -> Result<NewTransaction, Refusals> {
    let mut refusals = Refusals::default();
    let mut new = old.clone();
    if let Some(title) = changes.title.filter(|title| title.is_empty() || *title != old.title) {
        new.title = refusals.check(required_text(&title, "title", TITLE)).unwrap_or_default();
    }
    new.kind = changes.kind.unwrap_or(old.kind);
    if let Some(progress) = changes.progress {
        new.progress = refusals.check(Transaction::check_progress(progress)).unwrap_or_default();
    }
    let place = |refusals: &mut Refusals, given: Option<Option<String>>, old: &Option<String>, field| match given {
        Some(given) if given != *old => refusals.check(optional_label(given.as_deref(), field, PLACE)).flatten(),
        _ => old.clone(),
    };
    new.address = place(&mut refusals, changes.address, &old.address, "address");
    new.city = place(&mut refusals, changes.city, &old.city, "city");
    let date = |refusals: &mut Refusals, given: Option<Option<String>>, old: &Option<String>, field| match given {
        Some(given) if given != *old => refusals.check(Transaction::check_date(given.as_deref(), field)).flatten(),
        _ => old.clone(),
    };
    new.start_date = date(&mut refusals, changes.start_date, &old.start_date, "start_date");
    new.end_date = date(&mut refusals, changes.end_date, &old.end_date, "end_date");
    if (&new.start_date, &new.end_date) != (&old.start_date, &old.end_date) {
        refusals.check(Transaction::check_order(new.start_date.as_deref(), new.end_date.as_deref()));
    }
    let price = |refusals: &mut Refusals, given: Option<Option<Money>>, old: &Option<Money>, field| match given {
        Some(given) if given != *old => given.and_then(|price| refusals.check(price.check(field))),
        _ => old.clone(),
    };
    new.offered_price = price(&mut refusals, changes.offered_price, &old.offered_price, "offered_price");
    new.accepted_price = price(&mut refusals, changes.accepted_price, &old.accepted_price, "accepted_price");
    if refusals.is_empty() { Ok(new) } else { Err(refusals) }
}

/// The transaction after the changes, or all that is wrong with them.
fn apply(old: &Transaction, changes: &TransactionChanges) -> Result<Transaction, Refusals> {
    let before = NewTransaction {
        title: old.title.clone(),
        kind: old.kind,
        progress: old.progress,
        address: old.address.clone(),
        city: old.city.clone(),
        start_date: old.start_date.clone(),
        end_date: old.end_date.clone(),
        offered_price: old.offered_price.clone(),
        accepted_price: old.accepted_price.clone(),
    };
    let cancelled = changes.cancelled.unwrap_or(old.status == TransactionStatus::Cancelled);
    let checked = check_changes(before, changes.clone())?;
    Ok(Transaction {
        id: old.id,
        title: checked.title,
        kind: checked.kind,
        status: if cancelled {
            TransactionStatus::Cancelled
        } else {
            TransactionStatus::from_progress(checked.progress)
        },
        progress: checked.progress,
        address: checked.address,
        city: checked.city,
        start_date: checked.start_date,
        end_date: checked.end_date,
        offered_price: checked.offered_price,
        accepted_price: checked.accepted_price,
        opened_by: old.opened_by,
        created_at: old.created_at,
        updated_at: old.updated_at,
    })
}

/// What the room is not told.
fn hidden_changes(seq: Seq, difference: &Map<String, Value>) -> Vec<FieldChange> {
    let hidden = |(name, change): (&String, &Value)| FieldChange::told(seq, HiddenField::parse(name)?, change);
    difference.iter().filter_map(hidden).collect()
}

/// Each changed field with its old and new value.
fn difference(old: &Transaction, new: &Transaction) -> Map<String, Value> {
    let mut changes = Map::new();
    let mut note = |name: &str, from: Value, to: Value| {
        if from != to {
            changes.insert(name.to_owned(), json!({ "from": from, "to": to }));
        }
    };
    note("title", json!(old.title), json!(new.title));
    note("kind", json!(old.kind), json!(new.kind));
    note("status", json!(old.status), json!(new.status));
    note("progress", json!(old.progress), json!(new.progress));
    note("address", json!(old.address), json!(new.address));
    note("city", json!(old.city), json!(new.city));
    note("start_date", json!(old.start_date), json!(new.start_date));
    note("end_date", json!(old.end_date), json!(new.end_date));
    note("offered_price", json!(old.offered_price), json!(new.offered_price));
    note("accepted_price", json!(old.accepted_price), json!(new.accepted_price));
    changes
}
