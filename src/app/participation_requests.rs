//! A broker is asked to take part in somebody's transaction, and says yes or no.

use super::transactions::view_of;
use super::{App, AppResult, TransactionView};
use crate::domain::{AccountEvent, AccountId, Caller, Code, Event, ParticipationRequest, RoomSubject, TransactionId};
use crate::store::participants::brokers_of;
use crate::store::{participation_requests, rooms};

pub async fn list(app: &App, caller: &Caller) -> AppResult<Vec<ParticipationRequest>> {
    let account = caller.account;
    Ok(app.store.read(move |conn| participation_requests::list_for(conn, account)).await?)
}

/// Refuses `transaction_unknown` unless the caller is asked.
pub async fn accept(app: &App, caller: &Caller, id: TransactionId) -> AppResult<TransactionView> {
    let (caller, now) = (caller.clone(), app.clock.now());
    let (view, entry, notified) = app
        .store
        .write(move |conn| {
            rooms::lock(conn, id)?;
            let entry = participation_requests::accept(conn, id, caller.account, now)?;
            Ok((view_of(conn, &caller, id)?, entry, brokers_of(conn, id)?))
        })
        .await?;
    app.announce(RoomSubject::Conversation(id), entry);
    app.publish_changed(id, notified);
    Ok(view)
}

/// Refuses `transaction_unknown` unless the caller is asked.
pub async fn decline(app: &App, caller: &Caller, id: TransactionId) -> AppResult<()> {
    let account = caller.account;
    let notified = app
        .store
        .write(move |conn| {
            rooms::lock(conn, id)?;
            if !participation_requests::decline(conn, id, account)? {
                return Err(Code::TransactionUnknown.into());
            }
            brokers_of(conn, id)
        })
        .await?;
    app.publish_changed(id, notified.into_iter().chain([account]));
    Ok(())
}

impl App {
    /// To every device of these people. Each looks again at what they may see of the transaction.
    pub(super) fn publish_changed(&self, transaction: TransactionId, accounts: impl IntoIterator<Item = AccountId>) {
        for account in accounts {
            self.bus.publish(Event::Account(account, AccountEvent::Changed { transaction }));
        }
    }
}
