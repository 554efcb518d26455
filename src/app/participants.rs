//! The participants of a transaction. A change reaches live sockets at once, on every node, through the room's log.

use serde::Serialize;

use super::{Access, App, AppResult};
use crate::domain::{
    AccessChanges, AccessFlags, Account, AccountId, AccountState, Caller, Code, EmailAddress, IdempotencyKey, Need,
    Participant, Role, RoomSubject, Topic, TransactionId,
};
use crate::store::participants::{People, brokers_of, untold_of};
use crate::store::{
    Db, StoreResult, account_changes, accounts, clients, idempotency, participants, participation_requests,
};

/// The person to add: one of the broker's clients by id, or another broker by address.
#[derive(Debug, Clone, Serialize)]
pub struct NewParticipant {
    pub account: Option<AccountId>,
    pub email: Option<String>,
    pub access: AccessFlags,
}

/// The participants, and for brokers the people who were asked.
pub async fn list(app: &App, caller: &Caller, id: TransactionId) -> AppResult<People> {
    let caller = caller.clone();
    let found = app
        .store
        .read(move |conn| {
            let own = Access::on(conn, &caller, id, Need::Part)?;
            participants::people(conn, &own)
        })
        .await?;
    Ok(found)
}

/// A client takes part at once; another broker is asked first. Refuses `account_unknown` for anyone who is neither a client
/// of the broker nor a broker, whether they exist or not, and `client_inactive`.
pub async fn create(
    app: &App,
    caller: &Caller,
    id: TransactionId,
    new: NewParticipant,
    key: Option<IdempotencyKey>,
) -> AppResult<Participant> {
    let once = key.map(|key| key.of("participant", &(id, &new)));
    let email = new.email.as_deref().map(EmailAddress::parse).transpose()?;
    let (caller, now) = (caller.clone(), app.clock.now());
    let (participant, entry) = app
        .store
        .write(move |conn| {
            let (by, _) = Access::locked(conn, &caller, id, Need::Broker)?;
            let (account, entry) = idempotency::once(conn, caller.account, once.as_ref(), now, |conn| {
                let account =
                    addable(conn, caller.account, new.account, email.as_ref())?.ok_or(Code::AccountUnknown)?;
                clients::check_active(conn, caller.account, account.id)?;
                let row =
                    participants::ParticipantInsert { account: account.id, role: account.role, access: new.access };
                if account.role == Role::Broker {
                    participation_requests::ask(conn, &by, &row, now)?;
                    return Ok((account.id.0, None));
                }
                Ok((account.id.0, participants::add(conn, &by, &row, now)?))
            })?;
            let account = AccountId(account);
            let participant = participants::find_or_asked(conn, &by, account)?.ok_or(Code::ParticipantUnknown)?;
            let entry = entry.flatten();
            // Clients are not shown who was asked.
            let told = if participant.pending { brokers_of(conn, id)? } else { untold_of(conn, id, entry.is_some())? };
            account_changes::record(conn, told.into_iter().chain([account]), Topic::Transaction, id.0, now)?;
            Ok((participant, entry))
        })
        .await?;
    app.announce(RoomSubject::Conversation(id), entry);
    Ok(participant)
}

/// Refuses `forbidden` to a broker who would give what they do not have.
pub async fn change(
    app: &App,
    caller: &Caller,
    id: TransactionId,
    account: AccountId,
    changes: AccessChanges,
) -> AppResult<Participant> {
    let (caller, now) = (caller.clone(), app.clock.now());
    let (participant, entry) = app
        .store
        .write(move |conn| {
            let (by, _) = Access::locked(conn, &caller, id, Need::Broker)?;
            let (participant, entry) = participants::set_access(conn, &by, account, changes, now)?;
            let told = untold_of(conn, id, entry.is_some())?.into_iter().chain([account]);
            account_changes::record(conn, told, Topic::Transaction, id.0, now)?;
            Ok((participant, entry))
        })
        .await?;
    app.announce(RoomSubject::Conversation(id), entry);
    Ok(participant)
}

/// A broker removes somebody, or takes a request back; anybody leaves by themselves.
pub async fn remove(app: &App, caller: &Caller, id: TransactionId, account: AccountId) -> AppResult<()> {
    let (caller, now) = (caller.clone(), app.clock.now());
    let entry = app
        .store
        .write(move |conn| {
            let need = if account == caller.account { Need::Part } else { Need::Broker };
            let (own, _) = Access::locked(conn, &caller, id, need)?;
            let mut told = vec![account];
            let entry = if account != caller.account && participation_requests::take_back(conn, &own, account)? {
                None
            } else {
                let entry = participants::remove(conn, &own, account, now)?;
                told.extend(untold_of(conn, id, entry.is_some())?);
                entry
            };
            told.extend(brokers_of(conn, id)?);
            account_changes::record(conn, told, Topic::Transaction, id.0, now)?;
            Ok(entry)
        })
        .await?;
    app.announce(RoomSubject::Conversation(id), entry);
    Ok(())
}

fn addable(
    conn: &mut Db,
    broker: AccountId,
    account: Option<AccountId>,
    email: Option<&EmailAddress>,
) -> StoreResult<Option<Account>> {
    let found = match (account, email) {
        (Some(id), _) => accounts::find(conn, id)?,
        (None, Some(email)) => accounts::find_by_email(conn, email)?,
        (None, None) => None,
    };
    let Some(account) = found.filter(|account| account.state == AccountState::Active) else {
        return Ok(None);
    };
    let allowed = match account.role {
        Role::Broker => true,
        Role::Client => participants::is_client_of(conn, account.id, broker)?,
        Role::Admin => false,
    };
    Ok(allowed.then_some(account))
}
