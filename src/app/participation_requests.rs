//! A broker is asked to take part in somebody's transaction, and says yes or no.

use super::transactions::view_of;
use super::{App, AppResult, TransactionView};
use crate::domain::{Caller, Code, ParticipationRequest, RoomSubject, Topic, TransactionId};
use crate::store::participants::{brokers_of, untold_of};
use crate::store::{account_changes, participation_requests, rooms};

pub async fn list(app: &App, caller: &Caller) -> AppResult<Vec<ParticipationRequest>> {
    let account = caller.account;
    Ok(app.store.read(move |conn| participation_requests::list_for(conn, account)).await?)
}

/// Refuses `transaction_unknown` unless the caller is asked.
pub async fn accept(app: &App, caller: &Caller, id: TransactionId) -> AppResult<TransactionView> {
    let (caller, now) = (caller.clone(), app.clock.now());
    let (view, entry) = app
        .store
        .write(move |conn| {
            rooms::lock(conn, id)?;
            let entry = participation_requests::accept(conn, id, caller.account, now)?;
            let view = view_of(conn, &caller, id)?;
            let told = brokers_of(conn, id)?.into_iter().chain(untold_of(conn, id, entry.is_some())?);
            account_changes::record(conn, told, Topic::Transaction, id.0, now)?;
            Ok((view, entry))
        })
        .await?;
    app.announce(RoomSubject::Conversation(id), entry);
    Ok(view)
}

/// Refuses `transaction_unknown` unless the caller is asked.
pub async fn decline(app: &App, caller: &Caller, id: TransactionId) -> AppResult<()> {
    let (account, now) = (caller.account, app.clock.now());
    app.store
        .write(move |conn| {
            rooms::lock(conn, id)?;
            if !participation_requests::decline(conn, id, account)? {
                return Err(Code::TransactionUnknown.into());
            }
            let told = brokers_of(conn, id)?.into_iter().chain([account]);
            account_changes::record(conn, told, Topic::Transaction, id.0, now)
        })
        .await?;
    Ok(())
}
