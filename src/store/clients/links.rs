//! How a record comes to an account and to invitations.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::super::schema::{clients, invitations};
use super::super::{Db, StoreError, StoreResult, on, search};
use super::{DetailsRow, by_email, insert, lock, written};
use crate::domain::{
    AccountId, ClientDetails, ClientId, EmailAddress, Invitation, InvitationId, Timestamp, TransactionId, client_fields,
};
use crate::store::invitations::{Draft, draft_of};

/// The invitation is one of this record, or of the one with its address, which is made if there is none. The record is in sight
/// again. Refuses `client_unknown`.
pub fn note_invited(
    conn: &mut Db,
    broker: AccountId,
    client: Option<ClientId>,
    invitation: InvitationId,
    draft: &Draft,
    now: Timestamp,
) -> StoreResult<ClientId> {
    let with_address = by_email(conn, broker, &draft.email)?;
    let id = match client.or(with_address) {
        Some(id) => id,
        // Another request made one since it was looked for.
        None => insert(conn, broker, &details_of(draft), now).map_err(stale_if_refused)?,
    };
    lock(conn, id, broker)?;
    let address = clients::table.find(id).filter(clients::email.is_null());
    let named = diesel::update(address).set(clients::email.eq(&draft.email));
    if with_address.is_none() && named.execute(conn).map_err(stale_if_taken)? > 0 {
        search::key_client(conn, id)?;
    }
    diesel::update(clients::table.find(id)).set(clients::archived_at.eq(None::<Timestamp>)).execute(conn)?;
    attach(conn, invitation, id)?;
    Ok(id)
}

/// The invitation goes to another address, which is that of the record too, if the old one was and no other record has it.
pub fn follow_address(
    conn: &mut Db,
    broker: AccountId,
    invitation: InvitationId,
    old: &EmailAddress,
    new: &EmailAddress,
) -> StoreResult<()> {
    let (Some(id), None) = (of_invitation(conn, invitation)?, by_email(conn, broker, new)?) else {
        return Ok(());
    };
    let stands =
        clients::table.find(id).filter(clients::account_id.is_null()).filter(clients::email.eq_any(old.spellings()));
    diesel::update(stands).set(clients::email.eq(new)).execute(conn).map_err(stale_if_taken)?;
    search::key_client(conn, id)
}

/// The account accepts the invitation. Of a record that the account has with this broker and the one that was invited the first
/// stays, completed by the second.
pub fn come_in(conn: &mut Db, invitation: &Invitation, account: AccountId, now: Timestamp) -> StoreResult<ClientId> {
    let broker = invitation.broker;
    let invited = match of_invitation(conn, invitation.id)? {
        Some(invited) => Some(invited),
        None => by_email(conn, broker, &invitation.email)?,
    };
    let invited = match invited {
        Some(invited) => without_account(conn, invited)?,
        None => None,
    };
    let id = match (of_account(conn, broker, account)?, invited) {
        (Some(own), Some(invited)) => {
            merge(conn, own, invited, now)?;
            own
        }
        (Some(own), None) => own,
        (None, Some(invited)) => invited,
        (None, None) => insert(conn, broker, &ClientDetails { email: None, ..details_of(&draft_of(invitation)) }, now)?,
    };
    let since: Option<Timestamp> = clients::table.find(id).select(clients::activated_at).first(conn)?;
    let linked = (
        clients::account_id.eq(account),
        clients::activated_at.eq(since.unwrap_or(now)),
        clients::archived_at.eq(None::<Timestamp>),
        clients::updated_at.eq(now),
    );
    // The same account comes in twice at the same moment: the database lets one make the link, and the other begins anew.
    diesel::update(clients::table.find(id)).set(linked).execute(conn).map_err(stale_if_taken)?;
    if by_email(conn, broker, &invitation.email)?.is_none() {
        let named = diesel::update(clients::table.find(id)).set(clients::email.eq(&invitation.email));
        named.execute(conn).map_err(stale_if_taken)?;
    }
    attach(conn, invitation.id, id)?;
    search::key_client(conn, id)?;
    Ok(id)
}

/// Each broker of the transaction has a record of each client: whoever of them comes in is given theirs. A client's account is
/// locked, so that of two transactions that they join at once the second waits.
pub fn follow_part(conn: &mut Db, transaction: TransactionId, account: AccountId, now: Timestamp) -> StoreResult<()> {
    let query = diesel::sql_query(format!(
        "{INSERT} AND brokers.transaction_id = $2 AND $3 IN (brokers.account_id, people.account_id) \
         ORDER BY 1, 2 ON CONFLICT DO NOTHING"
    ))
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(transaction)
    .bind::<BigInt, _>(account);
    on!(conn, c => query.execute(c))?;
    Ok(())
}

/// Makes the records that the version before does not make, of people who came in since then.
pub fn adopt(conn: &mut Db, since: Timestamp, now: Timestamp) -> StoreResult<usize> {
    let query = diesel::sql_query(format!(
        "{INSERT} AND (brokers.added_at >= $2 OR people.added_at >= $2) AND NOT EXISTS (SELECT 1 FROM clients \
         WHERE clients.broker_id = brokers.account_id AND clients.account_id = people.account_id) \
         ORDER BY 1, 2 ON CONFLICT DO NOTHING"
    ))
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(since);
    Ok(on!(conn, c => query.execute(c))?)
}

/// Keys of the search: the name's is that of the account, and the broker has written nothing yet.
const INSERT: &str = "INSERT INTO clients (broker_id, account_id, first_name, last_name, language, activated_at, created_at, \
     updated_at, name_key, search_key) \
     SELECT DISTINCT brokers.account_id, accounts.id, accounts.first_name, accounts.last_name, accounts.language, $1, $1, $1, \
     accounts.name_key, '' FROM participants AS brokers \
     JOIN participants AS people ON people.transaction_id = brokers.transaction_id \
     JOIN accounts ON accounts.id = people.account_id \
     WHERE brokers.role = 'broker' AND brokers.active AND people.role = 'client'";

/// One record of two: what the broker wrote into the second completes the first, and its invitations are the first's.
fn merge(conn: &mut Db, own: ClientId, invited: ClientId, now: Timestamp) -> StoreResult<()> {
    let mut read = |id| -> StoreResult<ClientDetails> {
        let row: DetailsRow = clients::table.find(id).select(DetailsRow::as_select()).first(conn)?;
        Ok(row.into())
    };
    let details = read(own)?.completed_by(read(invited)?);
    diesel::update(invitations::table.filter(invitations::client_id.eq(invited)))
        .set(invitations::client_id.eq(own))
        .execute(conn)?;
    // First, because both may have the address.
    diesel::delete(clients::table.find(invited)).execute(conn)?;
    let written = client_fields!(written details);
    let completed = diesel::update(clients::table.find(own)).set((written, clients::updated_at.eq(now)));
    completed.execute(conn).map_err(stale_if_taken)?;
    Ok(())
}

fn attach(conn: &mut Db, invitation: InvitationId, client: ClientId) -> StoreResult<()> {
    diesel::update(invitations::table.find(invitation)).set(invitations::client_id.eq(client)).execute(conn)?;
    Ok(())
}

fn of_invitation(conn: &mut Db, id: InvitationId) -> StoreResult<Option<ClientId>> {
    let found: Option<Option<ClientId>> =
        invitations::table.find(id).select(invitations::client_id).first(conn).optional()?;
    Ok(found.flatten())
}

pub(super) fn of_account(conn: &mut Db, broker: AccountId, account: AccountId) -> StoreResult<Option<ClientId>> {
    let own = clients::table.filter(clients::broker_id.eq(broker)).filter(clients::account_id.eq(account));
    Ok(own.select(clients::id).first(conn).optional()?)
}

fn without_account(conn: &mut Db, id: ClientId) -> StoreResult<Option<ClientId>> {
    Ok(clients::table.find(id).filter(clients::account_id.is_null()).select(clients::id).first(conn).optional()?)
}

fn details_of(draft: &Draft) -> ClientDetails {
    ClientDetails {
        first_name: draft.first_name.clone(),
        last_name: draft.last_name.clone(),
        email: Some(draft.email.clone()),
        phone: draft.phone.clone(),
        language: draft.language,
        ..ClientDetails::default()
    }
}

/// The address, or the account, stands in another record of the broker since it was looked for.
fn stale_if_refused(error: StoreError) -> StoreError {
    if matches!(error, StoreError::Refused(_)) { StoreError::Stale } else { error }
}

/// As [`stale_if_refused`], for a change.
fn stale_if_taken(error: diesel::result::Error) -> StoreError {
    use diesel::result::{DatabaseErrorKind, Error};
    match error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => StoreError::Stale,
        other => other.into(),
    }
}
