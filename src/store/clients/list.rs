//! The list of records, with what stands beside each.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::super::schema::{clients, invitations, participants, transactions};
use super::super::{Db, StoreResult, accounts, on, search};
use super::{ClientRow, DetailsRow, StandRow};
use crate::domain::text::SearchWords;
use crate::domain::{
    Account, AccountId, Client, ClientId, ClientInvitation, ClientState, Code, InvitationId, InvitationState, Refusal,
    Role, SharedTransaction, Timestamp, TransactionId,
};

diesel::alias!(participants as theirs: TheirShare);

#[derive(Debug, Clone, Default)]
pub struct ClientFilter {
    pub state: Option<ClientState>,
    pub archived: bool,
    pub account: Option<AccountId>,
    /// Each stands in the name, in what the broker wrote, or in the title of a transaction that the two share.
    pub words: SearchWords,
    /// The last one of the page before.
    pub before: Option<ClientId>,
    pub limit: i64,
}

/// How many records a broker has in each state, and how many are archived.
#[derive(Debug, Clone, Default, QueryableByName)]
pub struct ClientCounts {
    #[diesel(sql_type = BigInt)]
    pub not_invited: i64,
    #[diesel(sql_type = BigInt)]
    pub invited: i64,
    #[diesel(sql_type = BigInt)]
    pub active: i64,
    #[diesel(sql_type = BigInt)]
    pub inactive: i64,
    #[diesel(sql_type = BigInt)]
    pub archived: i64,
}

/// By name. Refuses a `before` that is none of the broker's.
pub fn list_for(conn: &mut Db, broker: AccountId, filter: &ClientFilter, now: Timestamp) -> StoreResult<Vec<Client>> {
    let mut query = clients::table
        .filter(clients::broker_id.eq(broker))
        .filter(clients::archived_at.is_null().eq(!filter.archived))
        .order((clients::name_key, clients::id))
        .limit(filter.limit)
        .select((StandRow::as_select(), DetailsRow::as_select()))
        .into_boxed();
    let invited = invitations::table
        .filter(invitations::client_id.eq(clients::id.nullable()))
        .filter(invitations::state.eq(InvitationState::Pending))
        .filter(invitations::expires_at.gt(now));
    match filter.state {
        Some(ClientState::Active) => {
            query = query.filter(clients::account_id.is_not_null()).filter(clients::inactive_at.is_null());
        }
        Some(ClientState::Inactive) => {
            query = query.filter(clients::account_id.is_not_null()).filter(clients::inactive_at.is_not_null());
        }
        Some(ClientState::Invited) => query = query.filter(clients::account_id.is_null()).filter(exists(invited)),
        Some(ClientState::NotInvited) => {
            query = query.filter(clients::account_id.is_null()).filter(diesel::dsl::not(exists(invited)));
        }
        None => {}
    }
    if let Some(account) = filter.account {
        query = query.filter(clients::account_id.eq(account));
    }
    if let Some(before) = filter.before {
        let key = super::own(before, broker).select(clients::name_key).first::<Option<String>>(conn).optional()?;
        let key = key.ok_or_else(|| Refusal::field(Code::QueryInvalid, "before"))?.unwrap_or_default();
        query =
            query.filter(clients::name_key.gt(key.clone()).or(clients::name_key.eq(key).and(clients::id.gt(before))));
    }
    for word in filter.words.iter().map(search::pattern) {
        let in_a_title = participants::table
            .inner_join(theirs.on(theirs.field(participants::transaction_id).eq(participants::transaction_id)))
            .inner_join(transactions::table.on(transactions::id.eq(participants::transaction_id)))
            .filter(participants::account_id.eq(broker))
            .filter(participants::active.eq(true))
            .filter(participants::role.eq(Role::Broker))
            .filter(theirs.field(participants::account_id).nullable().eq(clients::account_id))
            .filter(theirs.field(participants::active).eq(true))
            .filter(theirs.field(participants::role).eq(Role::Client))
            .filter(transactions::title_key.like(word.clone()).escape('\\'));
        let in_the_name = clients::name_key.like(word.clone()).escape('\\');
        let in_the_record = clients::search_key.like(word).escape('\\');
        query = query.filter(in_the_name.or(in_the_record).or(exists(in_a_title)));
    }
    let rows: Vec<ClientRow> = query.load(conn)?;
    load(conn, broker, rows)
}

pub fn counts_for(conn: &mut Db, broker: AccountId, now: Timestamp) -> StoreResult<ClientCounts> {
    let query = diesel::sql_query(
        "SELECT COUNT(CASE WHEN NOT gone AND NOT known AND NOT asked THEN 1 END) AS not_invited, \
         COUNT(CASE WHEN NOT gone AND NOT known AND asked THEN 1 END) AS invited, \
         COUNT(CASE WHEN NOT gone AND known AND NOT closed THEN 1 END) AS active, \
         COUNT(CASE WHEN NOT gone AND known AND closed THEN 1 END) AS inactive, COUNT(CASE WHEN gone THEN 1 END) AS archived \
         FROM (SELECT archived_at IS NOT NULL AS gone, account_id IS NOT NULL AS known, \
         inactive_at IS NOT NULL AS closed, EXISTS (SELECT 1 FROM invitations \
         WHERE invitations.client_id = clients.id AND state = 'pending' AND expires_at > $1) AS asked \
         FROM clients WHERE broker_id = $2) AS records",
    )
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(broker);
    Ok(on!(conn, c => query.get_result(c))?)
}

/// Reads what stands beside the records of one broker, in as many statements for a page as for one.
pub(super) fn load(conn: &mut Db, broker: AccountId, rows: Vec<ClientRow>) -> StoreResult<Vec<Client>> {
    let ids: Vec<ClientId> = rows.iter().map(|(row, _)| row.id).collect();
    let people: Vec<AccountId> = rows.iter().filter_map(|(row, _)| row.account_id).collect();
    let mut found: HashMap<AccountId, Account> =
        accounts::find_many(conn, &people)?.into_iter().map(|account| (account.id, account)).collect();
    let invited = invitations_of(conn, broker, &ids, &people)?;
    let shared = shared_with(conn, broker, &people)?;
    let client = |(row, details): ClientRow| {
        let own = || invited.iter().filter(|invitation| invitation.is_of(row.id, row.account_id));
        let pending = own().find(|invitation| invitation.state == InvitationState::Pending);
        let accepted = |invitation: &InvitedRow| {
            invitation.state == InvitationState::Accepted
                && row.account_id.is_some()
                && invitation.account == row.account_id
        };
        let has_contact = own().any(accepted);
        let mut within = shared.iter().filter(|share| Some(share.account) == row.account_id).peekable();
        Client {
            id: row.id,
            account: row.account_id.and_then(|account| found.remove(&account)),
            details: details.into(),
            pending: pending.map(|row| ClientInvitation { id: row.id, expires_at: row.expires_at }),
            invited_at: own().map(|invitation| invitation.sent_at).max(),
            activated_at: row.activated_at,
            inactive_at: row.inactive_at,
            archived_at: row.archived_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            has_contact,
            is_within_reach: has_contact || within.peek().is_some(),
            transactions: within.filter(|share| share.active).map(SharedRow::transaction).collect(),
        }
    };
    Ok(rows.into_iter().map(client).collect())
}

#[derive(Queryable)]
struct InvitedRow {
    id: InvitationId,
    client: Option<ClientId>,
    account: Option<AccountId>,
    state: InvitationState,
    sent_at: Timestamp,
    expires_at: Timestamp,
}

impl InvitedRow {
    fn is_of(&self, client: ClientId, account: Option<AccountId>) -> bool {
        self.client == Some(client) || self.account.is_some() && self.account == account
    }
}

/// Latest first. Those too that the version before accepted, without a record.
fn invitations_of(
    conn: &mut Db,
    broker: AccountId,
    clients: &[ClientId],
    people: &[AccountId],
) -> StoreResult<Vec<InvitedRow>> {
    let of_these = invitations::client_id
        .eq_any(clients.iter().copied())
        .or(invitations::account_id.eq_any(people.iter().copied()));
    Ok(invitations::table
        .filter(invitations::broker_id.eq(broker))
        .filter(of_these)
        .order(invitations::id.desc())
        .select((
            invitations::id,
            invitations::client_id,
            invitations::account_id,
            invitations::state,
            invitations::sent_at,
            invitations::expires_at,
        ))
        .load(conn)?)
}

#[derive(Queryable)]
struct SharedRow {
    account: AccountId,
    active: bool,
    transaction: TransactionId,
    title: String,
}

impl SharedRow {
    fn transaction(&self) -> SharedTransaction {
        SharedTransaction { id: self.transaction, title: self.title.clone() }
    }
}

/// The transactions in which these take or took part as clients, and the broker acts as one now.
fn shared_with(conn: &mut Db, broker: AccountId, people: &[AccountId]) -> StoreResult<Vec<SharedRow>> {
    Ok(participants::table
        .inner_join(theirs.on(theirs.field(participants::transaction_id).eq(participants::transaction_id)))
        .inner_join(transactions::table.on(transactions::id.eq(participants::transaction_id)))
        .filter(participants::account_id.eq(broker))
        .filter(participants::active.eq(true))
        .filter(participants::role.eq(Role::Broker))
        .filter(theirs.field(participants::account_id).eq_any(people.iter().copied()))
        .filter(theirs.field(participants::role).eq(Role::Client))
        .order(transactions::id)
        .select((
            theirs.field(participants::account_id),
            theirs.field(participants::active),
            transactions::id,
            transactions::title,
        ))
        .load(conn)?)
}
