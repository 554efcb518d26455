//! Transactions: open, show, list, change. Every change is an entry of the room's log.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{App, AppResult, cut_page};
use crate::domain::{
    Account, AccountId, Caller, Code, EndedParts, Entry, EntryBody, IdempotencyKey, Money, Participant, Refusals, Role,
    RoomSubject, Timestamp, Transaction, TransactionCreated, TransactionId, TransactionKind, TransactionStatus,
    TransactionUpdated, optional_label, required_text, search_words,
};
use crate::store::accounts;
use crate::store::rooms::{self, RoomHead};
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
        let (by, now) = (caller.account, self.clock.now());
        let (id, entries) = self
            .store
            .write(move |conn| {
                idempotency::once(conn, by, once.as_ref(), now, |conn| {
                    let broker = accounts::find(conn, by)?.ok_or(Code::AccountUnknown)?;
                    let (id, entries) = open(conn, &new, &broker, now)?;
                    Ok((id.0, entries))
                })
            })
            .await?;
        let id = TransactionId(id);
        self.announce(RoomSubject::Conversation(id), entries.unwrap_or_default());
        self.transaction(caller, id).await
    }

    /// Refuses `transaction_unknown`: also for one in which the caller has no part.
    pub async fn transaction(&self, caller: &Caller, id: TransactionId) -> AppResult<TransactionView> {
        let account = caller.account;
        let view = self
            .store
            .read(move |conn| {
                let transaction = transactions::find_for(conn, id, account)?.ok_or(Code::TransactionUnknown)?;
                let participants = participants::list(conn, id)?;
                view(conn, transaction, participants, account)
            })
            .await?;
        Ok(view)
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
                let next = cut_page(&mut rows, limit).map(|(transaction, at)| (*at, transaction.id));
                let ids: Vec<TransactionId> = rows.iter().map(|(transaction, _)| transaction.id).collect();
                let everyone = participants::list_many(conn, &ids)?;
                let views = rows
                    .into_iter()
                    .map(|(transaction, _)| {
                        let of_this = everyone.iter().filter(|(id, _)| *id == transaction.id);
                        let participants = of_this.map(|(_, participant)| participant.clone()).collect();
                        view(conn, transaction, participants, account)
                    })
                    .collect::<StoreResult<Vec<_>>>()?;
                Ok((views, next))
            })
            .await?;
        Ok(page)
    }

    /// What the caller took part in once. `None`: nothing.
    pub async fn ended_parts(&self, caller: &Caller) -> AppResult<Option<EndedParts>> {
        let account = caller.account;
        Ok(self.store.read(move |conn| participants::ended(conn, account)).await?)
    }

    pub async fn change_transaction(
        &self,
        caller: &Caller,
        id: TransactionId,
        changes: TransactionChanges,
    ) -> AppResult<TransactionView> {
        let (by, now) = (caller.account, self.clock.now());
        let result = self
            .store
            .write(move |conn| {
                // Two changes at once must not overwrite each other.
                let head = lock_as_broker(conn, id, by)?;
                let old = transactions::find_for(conn, id, by)?.ok_or(Code::TransactionUnknown)?;
                let new = match apply(&old, &changes) {
                    Ok(new) => new,
                    Err(refusals) => return Ok(Err(refusals)),
                };
                let difference = difference(&old, &new);
                if difference.is_empty() {
                    return Ok(Ok((None, Vec::new())));
                }
                // Whoever is asked to take part sees what it is, and no room tells them.
                let asked = if difference.contains_key("title") || difference.contains_key("kind") {
                    participants::asked(conn, &[id])?.into_iter().map(|(_, asked)| asked.account_id).collect()
                } else {
                    Vec::new()
                };
                transactions::update(conn, &Transaction { updated_at: now, ..new })?;
                let updated = TransactionUpdated { changes: difference, more: Map::new() };
                log::append(conn, head, Some(by), EntryBody::TransactionUpdated(updated), false, now)
                    .map(|entry| Ok((Some(entry), asked)))
            })
            .await?;
        let (entry, asked) = result?;
        self.announce(RoomSubject::Conversation(id), entry);
        self.publish_changed(id, asked);
        self.transaction(caller, id).await
    }
}

/// Makes the transaction, its room and the broker's part in both.
pub(super) fn open(
    conn: &mut Db,
    new: &NewTransaction,
    broker: &Account,
    now: Timestamp,
) -> StoreResult<(TransactionId, Vec<Entry>)> {
    let id = transactions::insert(conn, new, broker.id, now)?;
    let room = rooms::create(conn, RoomSubject::Conversation(id), now)?;
    let head = log::lock_room(conn, room)?;
    let created = TransactionCreated { title: new.title.clone(), more: Map::new() };
    let mut entries =
        vec![log::append(conn, head, Some(broker.id), EntryBody::TransactionCreated(created), false, now)?];
    let participant = participants::ParticipantInsert {
        transaction: id,
        account: broker.id,
        role: Role::Broker,
        access: Default::default(),
    };
    entries.extend(participants::add(conn, &participant, Some(broker.id), now)?);
    Ok((id, entries))
}

/// Locks the transaction's room for one of its brokers; refuses others as [`broker_of`] does. Whoever is none locks nothing, and
/// whoever was one until the lock was had is refused too.
pub(super) fn lock_as_broker(conn: &mut Db, id: TransactionId, account: AccountId) -> StoreResult<RoomHead> {
    broker_of(conn, id, account)?;
    let head = rooms::lock(conn, id)?.ok_or(Code::TransactionUnknown)?;
    broker_of(conn, id, account)?;
    Ok(head)
}

/// Refuses `transaction_unknown` to strangers and `forbidden` to the clients of the transaction.
pub(super) fn broker_of(conn: &mut Db, id: TransactionId, account: AccountId) -> StoreResult<()> {
    match participants::find(conn, id, account)? {
        None => Err(Code::TransactionUnknown.into()),
        Some(own) if own.role == Role::Broker => Ok(()),
        Some(_) => Err(Code::Forbidden.into()),
    }
}

fn view(
    conn: &mut Db,
    transaction: Transaction,
    participants: Vec<Participant>,
    account: AccountId,
) -> StoreResult<TransactionView> {
    let own = participants.iter().find(|p| p.account_id == account).cloned().ok_or(Code::TransactionUnknown)?;
    let room = transactions::room_summary(conn, transaction.id, account)?;
    let asked = match own.role {
        Role::Broker => participants::asked(conn, &[transaction.id])?.into_iter().map(|(_, asked)| asked).collect(),
        Role::Admin | Role::Client => Vec::new(),
    };
    Ok(TransactionView { transaction, participants, own, asked, room })
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

/// What the room is told: each changed field with its old and new value.
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
