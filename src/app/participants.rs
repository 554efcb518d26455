//! Who takes part in a transaction. A change reaches live sockets at once, on every node, through the room's log.

use std::collections::HashMap;

use serde::Serialize;

use super::access_links::can_be_sent_to;
use super::transactions::{broker_of, lock_as_broker};
use super::{App, AppResult, cut_page};
use crate::domain::text::search_key;
use crate::domain::{
    AccessChanges, AccessFlags, Account, AccountId, AccountState, Caller, Code, EmailAddress, IdempotencyKey,
    Participant, Role, RoomSubject, TransactionId, search_words,
};
use crate::store::{Db, StoreResult, accounts, idempotency, participants, participation_requests, rooms, transactions};

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

impl App {
    /// Who takes part, and for brokers who was asked.
    pub async fn participants(
        &self,
        caller: &Caller,
        id: TransactionId,
    ) -> AppResult<(Vec<Participant>, Vec<Participant>)> {
        let account = caller.account;
        let found = self
            .store
            .read(move |conn| {
                transactions::find_for(conn, id, account)?.ok_or(Code::TransactionUnknown)?;
                let all = participants::list(conn, id)?;
                let is_broker = all.iter().any(|own| own.account_id == account && own.role == Role::Broker);
                let asked = if is_broker { participants::asked(conn, &[id])? } else { Vec::new() };
                Ok((all, asked.into_iter().map(|(_, asked)| asked).collect()))
            })
            .await?;
        Ok(found)
    }

    /// A client takes part at once; another broker is asked first. Refuses `account_unknown` for anyone who is neither a client
    /// of the broker nor a broker, whether they exist or not.
    pub async fn add_participant(
        &self,
        caller: &Caller,
        id: TransactionId,
        new: NewParticipant,
        key: Option<IdempotencyKey>,
    ) -> AppResult<Participant> {
        let once = key.map(|key| key.of("participant", &(id, &new)));
        let email = new.email.as_deref().map(EmailAddress::parse).transpose()?;
        let (by, now) = (caller.account, self.clock.now());
        let (participant, entry) = self
            .store
            .write(move |conn| {
                lock_as_broker(conn, id, by)?;
                let (account, entry) = idempotency::once(conn, by, once.as_ref(), now, |conn| {
                    let account = addable(conn, by, new.account, email.as_ref())?.ok_or(Code::AccountUnknown)?;
                    let row = participants::ParticipantInsert {
                        transaction: id,
                        account: account.id,
                        role: account.role,
                        access: new.access,
                    };
                    if account.role == Role::Broker {
                        participation_requests::ask(conn, &row, by, now)?;
                        return Ok((account.id.0, None));
                    }
                    Ok((account.id.0, participants::add(conn, &row, Some(by), now)?))
                })?;
                let account = AccountId(account);
                let participant = match participants::find(conn, id, account)? {
                    Some(participant) => participant,
                    None => {
                        let mut asked = participants::asked(conn, &[id])?.into_iter();
                        asked.find(|(_, asked)| asked.account_id == account).ok_or(Code::ParticipantUnknown)?.1
                    }
                };
                Ok((participant, entry.flatten()))
            })
            .await?;
        self.announce(RoomSubject::Conversation(id), entry);
        self.publish_changed(id, [participant.account_id]);
        Ok(participant)
    }

    pub async fn change_access(
        &self,
        caller: &Caller,
        id: TransactionId,
        account: AccountId,
        changes: AccessChanges,
    ) -> AppResult<Participant> {
        let (by, now) = (caller.account, self.clock.now());
        let (participant, entry) = self
            .store
            .write(move |conn| {
                lock_as_broker(conn, id, by)?;
                let entry = participants::set_access(conn, id, account, changes, by, now)?;
                let participant = participants::find(conn, id, account)?.ok_or(Code::ParticipantUnknown)?;
                Ok((participant, entry))
            })
            .await?;
        self.announce(RoomSubject::Conversation(id), entry);
        self.publish_changed(id, [account]);
        Ok(participant)
    }

    /// A broker removes somebody, or takes a request back; anybody leaves by themselves.
    pub async fn remove_participant(&self, caller: &Caller, id: TransactionId, account: AccountId) -> AppResult<()> {
        let (by, now) = (caller.account, self.clock.now());
        let (entry, notified) = self
            .store
            .write(move |conn| {
                rooms::lock(conn, id)?;
                if account == by {
                    participants::find(conn, id, by)?.ok_or(Code::TransactionUnknown)?;
                } else {
                    broker_of(conn, id, by)?;
                    if participation_requests::withdraw(conn, id, account)? {
                        return Ok((None, brokers(conn, id)?));
                    }
                }
                let entry = participants::remove(conn, id, account, by, now)?;
                Ok((entry, brokers(conn, id)?))
            })
            .await?;
        self.announce(RoomSubject::Conversation(id), entry);
        self.publish_changed(id, notified.into_iter().chain([account]));
        Ok(())
    }

    /// Whoever is or was a client of the broker, by name: as many as one page holds, and whether there are more.
    pub async fn clients(&self, caller: &Caller, query: ClientQuery) -> AppResult<(Vec<ClientSummary>, bool)> {
        let words = search_words(query.text.as_deref())?;
        let limit = query.limit.unwrap_or(i64::MAX).clamp(1, self.settings.max_page);
        let broker = caller.account;
        let found = self
            .store
            .read(move |conn| {
                let mut known = participants::clients_of(conn, broker)?;
                known.retain(|client| query.account.is_none_or(|account| account == client.account));
                let ids: Vec<TransactionId> = known.iter().flat_map(|client| client.transactions.clone()).collect();
                let titles: HashMap<TransactionId, String> = transactions::titles(conn, &ids)?.into_iter().collect();
                let accounts: Vec<AccountId> = known.iter().map(|client| client.account).collect();
                let mut accounts: HashMap<AccountId, Account> =
                    accounts::find_many(conn, &accounts)?.into_iter().map(|account| (account.id, account)).collect();
                let titled = |id: TransactionId| (id, titles.get(&id).cloned().unwrap_or_default());
                let summary = |client: participants::ClientOf| {
                    let account = accounts.remove(&client.account)?;
                    Some(ClientSummary {
                        can_send_access_link: can_be_sent_to(&account),
                        account,
                        has_contact: client.accepted,
                        transactions: client.transactions.into_iter().map(titled).collect(),
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
}

/// Those who answer for the transaction.
pub(super) fn brokers(conn: &mut Db, id: TransactionId) -> StoreResult<Vec<AccountId>> {
    let all = participants::list(conn, id)?;
    Ok(all.into_iter().filter(|p| p.role == Role::Broker).map(|p| p.account_id).collect())
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
