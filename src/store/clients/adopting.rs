//! Records of whom the version before invites or lets in: it knows no records.

use diesel::prelude::*;

use super::super::schema::{clients, invitations};
use super::super::{Db, StoreResult, account_changes, accounts};
use super::{come_in, note_invited};
use crate::domain::{AccountId, InvitationId, InvitationState, Timestamp, Topic};
use crate::store::invitations::{draft_of, find_for, lock};

/// Gives a record to one invitation that was made or accepted since then and has none, as this version would have done. `false` when
/// there is none left.
pub fn adopt_invitation(conn: &mut Db, since: Timestamp, now: Timestamp) -> StoreResult<bool> {
    let invited = invitations::state
        .eq(InvitationState::Pending)
        .and(invitations::client_id.is_null())
        .and(invitations::created_at.ge(since));
    let record = clients::table
        .filter(clients::id.nullable().eq(invitations::client_id))
        .filter(clients::account_id.eq(invitations::account_id));
    let accepted = invitations::state
        .eq(InvitationState::Accepted)
        .and(invitations::account_id.is_not_null())
        .and(invitations::accepted_at.ge(since))
        .and(diesel::dsl::not(diesel::dsl::exists(record)));
    let found: Option<(InvitationId, AccountId)> = invitations::table
        .filter(invited.or(accepted.assume_not_null()))
        .order(invitations::id)
        .select((invitations::id, invitations::broker_id))
        .first(conn)
        .optional()?;
    let Some((id, broker)) = found else { return Ok(false) };
    lock(conn, id, broker)?;
    let Some(invitation) = find_for(conn, id, broker)? else { return Ok(true) };
    let client = match (invitation.state, invitation.account) {
        (InvitationState::Accepted, Some(account)) => {
            accounts::lock(conn, account)?;
            come_in(conn, &invitation, account, now)?
        }
        (InvitationState::Pending, _) => note_invited(conn, broker, None, id, &draft_of(&invitation), now)?,
        // It was cancelled meanwhile.
        _ => return Ok(true),
    };
    account_changes::record(conn, [broker], Topic::Client, client.0, now)?;
    Ok(true)
}
