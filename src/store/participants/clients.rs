//! The clients of a broker.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::exists;
use diesel::prelude::*;

use crate::domain::{AccountId, InvitationState, Role, TransactionId};
use crate::store::schema::{invitations, participants, transactions};
use crate::store::{Db, StoreResult};

diesel::alias!(participants as theirs: Theirs);

/// A client of the broker: somebody who takes or took part as a client where the broker acts as one, or who accepted an
/// invitation of theirs.
pub struct ClientOf {
    pub account: AccountId,
    /// The transactions that the two share now, with their titles.
    pub transactions: Vec<(TransactionId, String)>,
    /// They accepted an invitation of this broker, who so was given their address and phone.
    pub accepted: bool,
}

/// Is this person one of [`clients_of`] the broker? Looks for one row, however many clients there are.
pub fn is_client_of(conn: &mut Db, client: AccountId, broker: AccountId) -> StoreResult<bool> {
    let of_client = theirs.field(participants::account_id).eq(client);
    let together = participants::table
        .inner_join(theirs.on(theirs.field(participants::transaction_id).eq(participants::transaction_id)))
        .filter(participants::account_id.eq(broker))
        .filter(participants::active.eq(true))
        .filter(participants::role.eq(Role::Broker))
        .filter(of_client.and(theirs.field(participants::role).eq(Role::Client)));
    let accepted = invitations::table
        .filter(invitations::broker_id.eq(broker))
        .filter(invitations::state.eq(InvitationState::Accepted))
        .filter(invitations::account_id.eq(client));
    Ok(diesel::select(exists(together).or(exists(accepted))).get_result(conn)?)
}

pub fn clients_of(conn: &mut Db, broker: AccountId) -> StoreResult<Vec<ClientOf>> {
    let mine = participants::table
        .filter(participants::account_id.eq(broker))
        .filter(participants::active.eq(true))
        .filter(participants::role.eq(Role::Broker))
        .select(participants::transaction_id)
        .load::<TransactionId>(conn)?;
    let parts: Vec<(AccountId, TransactionId, String, bool)> = participants::table
        .inner_join(transactions::table.on(transactions::id.eq(participants::transaction_id)))
        .filter(participants::transaction_id.eq_any(mine))
        .filter(participants::role.eq(Role::Client))
        .order((participants::account_id, participants::transaction_id))
        .select((participants::account_id, participants::transaction_id, transactions::title, participants::active))
        .load(conn)?;
    let accepted: Vec<Option<AccountId>> = invitations::table
        .filter(invitations::broker_id.eq(broker))
        .filter(invitations::state.eq(InvitationState::Accepted))
        .select(invitations::account_id)
        .load(conn)?;
    let mut clients: BTreeMap<AccountId, Vec<(TransactionId, String)>> = BTreeMap::new();
    for (account, transaction, title, active) in parts {
        let shared = clients.entry(account).or_default();
        if active {
            shared.push((transaction, title));
        }
    }
    let accepted: BTreeSet<AccountId> = accepted.into_iter().flatten().collect();
    for account in &accepted {
        clients.entry(*account).or_default();
    }
    let client = |(account, transactions)| ClientOf { account, transactions, accepted: accepted.contains(&account) };
    Ok(clients.into_iter().map(client).collect())
}
