//! A broker makes a client inactive: all that the two share is closed for the client at once, on every device. A client who is made
//! active again has back what they had.

use crate::app::{App, AppResult, invitations};
use crate::domain::{AccountId, Caller, Client, ClientId, Code, NewChange, RoomSubject, Timestamp, Topic};
use crate::store::clients::{self, ClosedPart};
use crate::store::participants::{brokers_of, untold_of};
use crate::store::{Db, StoreError, StoreResult, account_changes};

/// Closes the transactions, and cancels the invitation that is under way. Refuses `client_without_account`.
pub async fn deactivate(app: &App, caller: &Caller, id: ClientId) -> AppResult<Client> {
    let (broker, now) = (caller.account, app.clock.now());
    let (client, closed) = app
        .store
        .write(move |conn| {
            let found = clients::find_for(conn, id, broker)?;
            let account = account_of(&found)?;
            // Rooms are locked before all else, then invitations, then the record.
            let mut closed = Vec::new();
            for transaction in clients::shared_by(conn, broker, account)? {
                closed.extend(clients::close(conn, transaction, broker, account, now)?);
            }
            let cancelled = match &found.pending {
                Some(pending) => invitations::withdraw(conn, pending.id, broker, now)?.then_some(pending.id),
                None => None,
            };
            clients::lock(conn, id, broker)?;
            if !clients::shared_by(conn, broker, account)?.is_empty() {
                // Somebody brought them in since the rooms were locked.
                return Err(StoreError::Stale);
            }
            clients::set_inactive(conn, id, broker, Some(found.inactive_at.unwrap_or(now)), now)?;
            let client = clients::find_for(conn, id, broker)?;
            let mut changes = changes_of(conn, &closed, broker, account, id)?;
            changes.extend(cancelled.map(|id| NewChange { account: broker, topic: Topic::Invitation, id: id.0 }));
            account_changes::record_all(conn, changes, now)?;
            Ok((client, closed))
        })
        .await?;
    announce(app, closed);
    Ok(client)
}

/// Opens them again, each with the access that the client had. Refuses `client_without_account`.
pub async fn reactivate(app: &App, caller: &Caller, id: ClientId) -> AppResult<Client> {
    let (broker, now) = (caller.account, app.clock.now());
    let (client, opened) = app.store.write(move |conn| open_all(conn, id, broker, now)).await?;
    announce(app, opened);
    Ok(client)
}

fn open_all(conn: &mut Db, id: ClientId, broker: AccountId, now: Timestamp) -> StoreResult<(Client, Vec<ClosedPart>)> {
    let account = account_of(&clients::find_for(conn, id, broker)?)?;
    let mut opened = Vec::new();
    for transaction in clients::suspended_by(conn, broker, account)? {
        opened.extend(clients::open_again(conn, transaction, broker, account, now)?);
    }
    clients::lock(conn, id, broker)?;
    clients::set_inactive(conn, id, broker, None, now)?;
    let client = clients::find_for(conn, id, broker)?;
    let changes = changes_of(conn, &opened, broker, account, id)?;
    account_changes::record_all(conn, changes, now)?;
    Ok((client, opened))
}

fn account_of(client: &Client) -> StoreResult<AccountId> {
    Ok(client.account.as_ref().ok_or(Code::ClientWithoutAccount)?.id)
}

/// The pages of the broker show the record otherwise; those of whoever takes part in the transactions, and of the client, show these.
fn changes_of(
    conn: &mut Db,
    parts: &[ClosedPart],
    broker: AccountId,
    client: AccountId,
    record: ClientId,
) -> StoreResult<Vec<NewChange>> {
    let mut changes = vec![NewChange { account: broker, topic: Topic::Client, id: record.0 }];
    for ClosedPart { transaction, entry } in parts {
        let told = untold_of(conn, *transaction, entry.is_some())?.into_iter().chain(brokers_of(conn, *transaction)?);
        let of_transaction = |account| NewChange { account, topic: Topic::Transaction, id: transaction.0 };
        changes.extend(told.chain([client]).map(of_transaction));
    }
    Ok(changes)
}

fn announce(app: &App, parts: Vec<ClosedPart>) {
    for ClosedPart { transaction, entry } in parts {
        app.announce(RoomSubject::Conversation(transaction), entry);
    }
}
