//! A broker is asked to take part in somebody's transaction, and says yes or no.

use super::transactions::view_of;
use super::{App, AppResult, TransactionView};
use crate::domain::{AccountEvent, AccountId, Caller, Code, Event, ParticipationRequest, RoomSubject, TransactionId};
use crate::store::participants::brokers_of;
use crate::store::{participation_requests, rooms};

impl App {
    pub async fn participation_requests(&self, caller: &Caller) -> AppResult<Vec<ParticipationRequest>> {
        let account = caller.account;
        Ok(self.store.read(move |conn| participation_requests::list_for(conn, account)).await?)
    }

    /// Refuses `transaction_unknown` unless the caller is asked.
    pub async fn accept_participation(&self, caller: &Caller, id: TransactionId) -> AppResult<TransactionView> {
        let (caller, now) = (caller.clone(), self.clock.now());
        let (view, entry, notified) = self
            .store
            .write(move |conn| {
                rooms::lock(conn, id)?;
                let entry = participation_requests::accept(conn, id, caller.account, now)?;
                Ok((view_of(conn, &caller, id)?, entry, brokers_of(conn, id)?))
            })
            .await?;
        self.announce(RoomSubject::Conversation(id), entry);
        self.publish_changed(id, notified);
        Ok(view)
    }

    /// Refuses `transaction_unknown` unless the caller is asked.
    pub async fn decline_participation(&self, caller: &Caller, id: TransactionId) -> AppResult<()> {
        let account = caller.account;
        let notified = self
            .store
            .write(move |conn| {
                rooms::lock(conn, id)?;
                if !participation_requests::decline(conn, id, account)? {
                    return Err(Code::TransactionUnknown.into());
                }
                brokers_of(conn, id)
            })
            .await?;
        self.publish_changed(id, notified.into_iter().chain([account]));
        Ok(())
    }

    /// To every device of these people. Each looks again at what they may see of the transaction.
    pub(super) fn publish_changed(&self, transaction: TransactionId, accounts: impl IntoIterator<Item = AccountId>) {
        for account in accounts {
            self.bus.publish(Event::Account(account, AccountEvent::Changed { transaction }));
        }
    }
}
