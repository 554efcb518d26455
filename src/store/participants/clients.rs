//! The people whom a broker may bring into a transaction.

use diesel::dsl::exists;
use diesel::prelude::*;

use crate::domain::{AccountId, InvitationState, Role};
use crate::store::schema::{invitations, participants};
use crate::store::{Db, StoreResult};

diesel::alias!(participants as theirs: Theirs);

/// Is this person a client of the broker: somebody who takes or took part as a client where the broker acts as one, or who accepted
/// an invitation of theirs?
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
