//! Links with which a person sets a new password. An admin or their broker sends one, or the person asks for one where no code can
//! be sent. All times are the database's.

use diesel::prelude::*;

use super::schema::access_links;
use super::{Db, StoreResult};
use crate::domain::{AccountId, Code, MailId, Timestamp, TokenHash};

/// A link and its state.
#[derive(Queryable)]
pub struct AccessLink {
    pub account: AccountId,
    pub expires_at: Timestamp,
    used_at: Option<Timestamp>,
}

impl AccessLink {
    /// Each dead state has its own code, because each needs a different step from the person.
    pub fn check_usable(&self, now: Timestamp) -> Result<(), Code> {
        match self.used_at {
            Some(_) => Err(Code::AccessLinkUsed),
            None if self.expires_at <= now => Err(Code::AccessLinkExpired),
            None => Ok(()),
        }
    }
}

/// Makes a link and ends every earlier one of the account. Returns the mails that have become useless.
pub fn replace(
    conn: &mut Db,
    account: AccountId,
    token: &TokenHash,
    by: AccountId,
    now: Timestamp,
    expires_at: Timestamp,
) -> StoreResult<Vec<MailId>> {
    let useless = end_all(conn, account, now)?;
    insert(conn, account, token, by, now, expires_at)?;
    Ok(useless)
}

/// Makes a link beside the earlier ones.
pub fn insert(
    conn: &mut Db,
    account: AccountId,
    token: &TokenHash,
    by: AccountId,
    now: Timestamp,
    expires_at: Timestamp,
) -> StoreResult<()> {
    diesel::insert_into(access_links::table)
        .values((
            access_links::token_hash.eq(token),
            access_links::account_id.eq(account),
            access_links::sent_by.eq(by),
            access_links::created_at.eq(now),
            access_links::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

pub fn note_mail(conn: &mut Db, token: &TokenHash, mail: MailId) -> StoreResult<()> {
    diesel::update(access_links::table.find(token)).set(access_links::mail_id.eq(mail)).execute(conn)?;
    Ok(())
}

pub fn find(conn: &mut Db, token: &TokenHash) -> StoreResult<Option<AccessLink>> {
    let found = access_links::table
        .find(token)
        .select((access_links::account_id, access_links::expires_at, access_links::used_at))
        .first(conn);
    Ok(found.optional()?)
}

/// Uses the link up: of many requests at once one gets `true`.
pub fn use_up(conn: &mut Db, token: &TokenHash, now: Timestamp) -> StoreResult<bool> {
    let used = diesel::update(
        access_links::table
            .filter(access_links::token_hash.eq(token))
            .filter(access_links::used_at.is_null())
            .filter(access_links::expires_at.gt(now)),
    )
    .set(access_links::used_at.eq(now))
    .execute(conn)?;
    Ok(used > 0)
}

/// Ends every link that was sent to this account. Returns the mails that have become useless.
pub fn end_all(conn: &mut Db, account: AccountId, now: Timestamp) -> StoreResult<Vec<MailId>> {
    let mails: Vec<Option<MailId>> = diesel::update(
        access_links::table
            .filter(access_links::account_id.eq(account))
            .filter(access_links::used_at.is_null())
            .filter(access_links::expires_at.gt(now)),
    )
    .set(access_links::expires_at.eq(now))
    .returning(access_links::mail_id)
    .get_results(conn)?;
    Ok(mails.into_iter().flatten().collect())
}

pub fn prune(conn: &mut Db, before: Timestamp) -> StoreResult<()> {
    diesel::delete(access_links::table.filter(access_links::expires_at.lt(before))).execute(conn)?;
    Ok(())
}
