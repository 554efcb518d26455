//! Codes for a new password. An address without an account gets rows too, so that the time of the answer does not reveal accounts.
//! All times are the database's.

use diesel::prelude::*;

use super::schema::password_resets;
use super::{Db, StoreResult};
use crate::domain::{AccountId, MailId, ResetCode, Timestamp, TokenHash};

/// The asker, and the address.
pub struct Asker {
    pub email: TokenHash,
    pub network: TokenHash,
    pub browser: TokenHash,
}

/// A code that can be used.
pub struct LiveCode {
    pub id: i64,
    /// `None`: no account has the address, and the code was sent to nobody.
    pub account: Option<AccountId>,
    pub code: TokenHash,
    /// The asker has the same network or the same browser.
    pub is_own: bool,
}

/// The number of newest codes that a try from another network and browser is compared with.
const FOREIGN: usize = 3;

/// Ends the earlier codes of the same asker. Returns the mails that have become useless.
pub fn end_earlier(conn: &mut Db, asker: &Asker, now: Timestamp) -> StoreResult<Vec<MailId>> {
    let mails: Vec<Option<MailId>> = diesel::update(
        password_resets::table
            .filter(password_resets::email_hash.eq(&asker.email))
            .filter(password_resets::ended_at.is_null())
            .filter(password_resets::expires_at.gt(now))
            .filter(
                password_resets::network_hash.eq(&asker.network).or(password_resets::asker_hash.eq(&asker.browser)),
            ),
    )
    .set(password_resets::ended_at.eq(now))
    .returning(password_resets::mail_id)
    .get_results(conn)?;
    Ok(mails.into_iter().flatten().collect())
}

pub fn insert(
    conn: &mut Db,
    asker: &Asker,
    account: Option<AccountId>,
    code: &TokenHash,
    mail: MailId,
    now: Timestamp,
) -> StoreResult<()> {
    diesel::insert_into(password_resets::table)
        .values((
            password_resets::email_hash.eq(&asker.email),
            password_resets::account_id.eq(account),
            password_resets::network_hash.eq(&asker.network),
            password_resets::asker_hash.eq(&asker.browser),
            password_resets::code_hash.eq(code),
            password_resets::tries.eq(0),
            password_resets::foreign_tries.eq(0),
            password_resets::mail_id.eq(mail),
            password_resets::created_at.eq(now),
            password_resets::expires_at.eq(now.plus_seconds(ResetCode::MINUTES * 60)),
        ))
        .execute(conn)?;
    Ok(())
}

/// The codes that this asker may try: their own, or, if they have none, those of other askers for the address that strangers have
/// not tried too often. The rows are locked, so that of many tries at once each is counted.
pub fn candidates(conn: &mut Db, asker: &Asker, now: Timestamp) -> StoreResult<Vec<LiveCode>> {
    type ResetCodeRow = (i64, Option<AccountId>, TokenHash, TokenHash, TokenHash, i32);
    let live = password_resets::table
        .filter(password_resets::email_hash.eq(&asker.email))
        .filter(password_resets::ended_at.is_null())
        .filter(password_resets::expires_at.gt(now))
        .order(password_resets::id.desc())
        .limit(100)
        .select((
            password_resets::id,
            password_resets::account_id,
            password_resets::code_hash,
            password_resets::network_hash,
            password_resets::asker_hash,
            password_resets::foreign_tries,
        ));
    let rows: Vec<ResetCodeRow> = match conn {
        Db::Postgres(pg) => live.for_update().load(pg)?,
        Db::Sqlite(sqlite) => live.load(sqlite)?,
    };
    let (own, foreign): (Vec<ResetCodeRow>, Vec<ResetCodeRow>) =
        rows.into_iter().partition(|row| row.3 == asker.network || row.4 == asker.browser);
    let is_own = !own.is_empty();
    let foreign = foreign.into_iter().filter(|row| row.5 < ResetCode::TRIES).take(FOREIGN).collect();
    let chosen = if is_own { own } else { foreign };
    Ok(chosen.into_iter().map(|(id, account, code, ..)| LiveCode { id, account, code, is_own }).collect())
}

/// Counts a wrong code on the codes that it was compared with. Strangers use up only the tries of strangers.
pub fn count_wrong(conn: &mut Db, tried: &[LiveCode], now: Timestamp) -> StoreResult<()> {
    let ids = |own: bool| -> Vec<i64> { tried.iter().filter(|code| code.is_own == own).map(|code| code.id).collect() };
    let (own, foreign) = (ids(true), ids(false));
    diesel::update(password_resets::table.filter(password_resets::id.eq_any(&foreign)))
        .set(password_resets::foreign_tries.eq(password_resets::foreign_tries + 1))
        .execute(conn)?;
    diesel::update(password_resets::table.filter(password_resets::id.eq_any(&own)))
        .set(password_resets::tries.eq(password_resets::tries + 1))
        .execute(conn)?;
    let dead = password_resets::table
        .filter(password_resets::id.eq_any(&own))
        .filter(password_resets::tries.ge(ResetCode::TRIES));
    diesel::update(dead).set(password_resets::ended_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Uses the code up: of many requests at once one gets `true`.
pub fn use_up(conn: &mut Db, id: i64, now: Timestamp) -> StoreResult<bool> {
    let used = diesel::update(
        password_resets::table
            .filter(password_resets::id.eq(id))
            .filter(password_resets::ended_at.is_null())
            .filter(password_resets::expires_at.gt(now)),
    )
    .set(password_resets::ended_at.eq(now))
    .execute(conn)?;
    Ok(used > 0)
}

/// Ends every code that was sent to this account.
pub fn end_all(conn: &mut Db, account: AccountId, now: Timestamp) -> StoreResult<()> {
    diesel::update(
        password_resets::table
            .filter(password_resets::account_id.eq(account))
            .filter(password_resets::ended_at.is_null()),
    )
    .set(password_resets::ended_at.eq(now))
    .execute(conn)?;
    Ok(())
}

pub fn prune(conn: &mut Db, before: Timestamp) -> StoreResult<()> {
    diesel::delete(password_resets::table.filter(password_resets::created_at.lt(before))).execute(conn)?;
    Ok(())
}
