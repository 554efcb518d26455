//! Who takes part in a transaction. A change reaches live sockets at once, on every node, through the room's log.

use std::collections::HashMap;

use serde::Serialize;

use super::access_links::can_be_sent_to;
use super::{Access, App, AppResult, cut_page};
use crate::domain::text::search_key;
use crate::domain::{
    AccessChanges, AccessFlags, Account, AccountId, AccountState, Caller, Code, EmailAddress, IdempotencyKey, Need,
    Participant, Role, RoomSubject, Topic, TransactionId, search_words,
};
use crate::store::participants::{People, brokers_of, untold_of};
use crate::store::{Db, StoreResult, account_changes, accounts, idempotency, participants, participation_requests};

/// The person to add: one of the broker's clients by id, or another broker by address.
#[derive(Debug, Clone, Serialize)]
pub struct NewParticipant {
    pub account: Option<AccountId>,
    pub email: Option<String>,
    pub access: AccessFlags,
}

/// Which of the broker's clients.
#[derive(Debug, Clone, Default)]
pub struct ClientQuery {
    /// Looks into the names and into the titles that the two share.
    pub text: Option<String>,
    pub account: Option<AccountId>,
    pub limit: Option<i64>,
}

/// A client of the broker, with the transactions that the two share.
pub struct ClientSummary {
    pub account: Account,
    /// The broker may know their address and phone: they accepted an invitation of this broker.
    pub has_contact: bool,
    pub can_send_access_link: bool,
    pub transactions: Vec<(TransactionId, String)>,
}

impl ClientSummary {
    fn search_key(&self) -> String {
        let titles = self.transactions.iter().map(|(_, title)| title.as_str());
        search_key([self.account.name().as_str()].into_iter().chain(titles))
    }
}

/// Who takes part, and for brokers who was asked.
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
/// of the broker nor a broker, whether they exist or not.
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

/// Whoever is or was a client of the broker, by name: as many as one page holds, and whether there are more.
pub async fn clients(app: &App, caller: &Caller, query: ClientQuery) -> AppResult<(Vec<ClientSummary>, bool)> {
    let words = search_words(query.text.as_deref())?;
    let limit = query.limit.unwrap_or(i64::MAX).clamp(1, app.settings.max_page);
    let broker = caller.account;
    let found = app
        .store
        .read(move |conn| {
            let mut known = participants::clients_of(conn, broker)?;
            known.retain(|client| query.account.is_none_or(|account| account == client.account));
            let accounts: Vec<AccountId> = known.iter().map(|client| client.account).collect();
            let mut accounts: HashMap<AccountId, Account> =
                accounts::find_many(conn, &accounts)?.into_iter().map(|account| (account.id, account)).collect();
            let summary = |client: participants::ClientOf| {
                let account = accounts.remove(&client.account)?;
                Some(ClientSummary {
                    can_send_access_link: can_be_sent_to(&account),
                    account,
                    has_contact: client.accepted,
                    transactions: client.transactions,
                })
            };
            let mut clients: Vec<_> = known.into_iter().filter_map(summary).collect();
            clients.retain(|client| words.are_in(&client.search_key()));
            clients.sort_by_cached_key(|client| search_key([client.account.name().as_str()]));
            let has_more = cut_page(&mut clients, limit).is_some();
            Ok((clients, has_more))
        })
        .await?;
    Ok(found)
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
