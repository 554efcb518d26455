//! The changes of a transaction by a broker.

use serde_json::{Map, Value};

use super::{TransactionView, view};
use crate::app::{Access, App, AppResult};
use crate::domain::{
    Caller, EntryBody, HiddenField, Need, RoomSubject, Seq, Topic, TransactionChanges, TransactionId,
    TransactionUpdated,
};
use crate::store::transaction_changes::{self, FieldChange};
use crate::store::{account_changes, log, participants, transactions};

/// Refuses `forbidden` to whoever does not see what they would change.
pub async fn change(
    app: &App,
    caller: &Caller,
    id: TransactionId,
    changes: TransactionChanges,
) -> AppResult<TransactionView> {
    let (caller, now) = (caller.clone(), app.clock.now());
    let result = app
        .store
        .write(move |conn| {
            // Two changes at once must not overwrite each other.
            let (own, head) = Access::locked(conn, &caller, id, Need::Broker)?;
            for need in changes.needs() {
                own.check(need)?;
            }
            let old = transactions::find(conn, &own)?;
            let new = match old.changed(changes.clone(), now) {
                Ok(new) => new,
                Err(refusals) => return Ok(Err(refusals)),
            };
            let difference = old.difference(&new);
            if difference.is_empty() {
                return Ok(Ok((view(conn, own, old)?, None)));
            }
            let mut told = participants::untold_of(conn, id, true)?;
            // The people who are asked to take part see the title and the kind, and share no room.
            if difference.contains_key("title") || difference.contains_key("kind") {
                told.extend(participants::asked_accounts(conn, &own)?);
            }
            transactions::update(conn, &own, &new)?;
            let body = EntryBody::TransactionUpdated(TransactionUpdated::of(difference.clone()));
            let entry = log::append(conn, head, Some(caller.account), body, false, now)?;
            transaction_changes::insert(conn, &own, hidden_changes(entry.seq, &difference), now)?;
            let view = view(conn, own, new)?;
            account_changes::record(conn, told, Topic::Transaction, id.0, now)?;
            Ok(Ok((view, Some(entry))))
        })
        .await?;
    let (view, entry) = result?;
    app.announce(RoomSubject::Conversation(id), entry);
    Ok(view)
}

/// The values that the room's entry leaves out.
fn hidden_changes(seq: Seq, difference: &Map<String, Value>) -> Vec<FieldChange> {
    let hidden = |(name, change): (&String, &Value)| FieldChange::of(seq, HiddenField::parse(name)?, change);
    difference.iter().filter_map(hidden).collect()
}
