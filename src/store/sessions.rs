//! Signed-in devices, and the list of sessions that ended, from which every node learns even when the bus is down.

use std::collections::HashSet;

use diesel::prelude::*;

use super::schema::{accounts, ended_sessions, revocations, sessions};
use super::{Db, StoreResult, on};
use crate::domain::{
    AccountEvent, AccountId, AccountState, Caller, EndReason, IpAddress, Language, Origin, Role, Session, SessionId,
    Timestamp, TokenHash,
};

pub fn insert(
    conn: &mut Db,
    account: AccountId,
    token: &TokenHash,
    origin: &Origin,
    now: Timestamp,
) -> StoreResult<SessionId> {
    let id = diesel::insert_into(sessions::table)
        .values((
            sessions::account_id.eq(account),
            sessions::token_hash.eq(token),
            sessions::created_at.eq(now),
            sessions::last_seen_at.eq(now),
            sessions::expires_at.eq(now.plus_days(Session::IDLE_DAYS)),
            sessions::ip.eq(origin.ip.map(|ip| ip.to_string())),
            sessions::user_agent.eq(&origin.user_agent),
        ))
        .returning(sessions::id)
        .get_result(conn)?;
    Ok(id)
}

/// The session behind a token, if it lives and its account is active.
#[derive(Queryable)]
pub struct Authenticated {
    pub account: AccountId,
    pub role: Role,
    pub language: Language,
    pub session: SessionId,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Authenticated {
    pub fn into_caller(self, origin: Origin) -> Caller {
        Caller { account: self.account, role: self.role, language: self.language, session: self.session, origin }
    }
}

pub fn authenticate(conn: &mut Db, token: &TokenHash, now: Timestamp) -> StoreResult<Option<Authenticated>> {
    let found = sessions::table
        .inner_join(accounts::table.on(accounts::id.eq(sessions::account_id)))
        .filter(sessions::token_hash.eq(token))
        .filter(sessions::expires_at.gt(now))
        .filter(accounts::state.eq(AccountState::Active))
        .select((
            accounts::id,
            accounts::role,
            accounts::language,
            sessions::id,
            sessions::created_at,
            sessions::last_seen_at,
            sessions::expires_at,
        ))
        .first(conn);
    Ok(found.optional()?)
}

/// The sessions among these that have not ended.
pub fn living(conn: &mut Db, of: &[SessionId]) -> StoreResult<HashSet<SessionId>> {
    let found: Vec<SessionId> =
        sessions::table.filter(sessions::id.eq_any(of.iter().copied())).select(sessions::id).load(conn)?;
    Ok(found.into_iter().collect())
}

/// Until when the session lives; `None` if it lives no more.
pub fn lives_until(conn: &mut Db, session: SessionId, now: Timestamp) -> StoreResult<Option<Timestamp>> {
    let until: Option<Timestamp> = sessions::table
        .find(session)
        .filter(sessions::expires_at.gt(now))
        .select(sessions::expires_at)
        .first(conn)
        .optional()?;
    Ok(until)
}

/// Notes that the session is in use, which keeps it alive up to its absolute end.
pub fn touch(conn: &mut Db, session: SessionId, created_at: Timestamp, now: Timestamp) -> StoreResult<()> {
    let expires_at = now.plus_days(Session::IDLE_DAYS).min(created_at.plus_days(Session::ABSOLUTE_DAYS));
    diesel::update(sessions::table.find(session))
        .set((sessions::last_seen_at.eq(now), sessions::expires_at.eq(expires_at)))
        .execute(conn)?;
    Ok(())
}

/// The sessions that a list shows at most.
const LISTED: i64 = 200;

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
struct SessionRow {
    id: SessionId,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    expires_at: Timestamp,
    ip: Option<String>,
    user_agent: Option<String>,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        let SessionRow { id, created_at, last_seen_at, expires_at, ip, user_agent } = row;
        // An older version may have stored another spelling.
        let ip = ip.as_deref().and_then(IpAddress::parse);
        Self { id, created_at, last_seen_at, expires_at, ip, user_agent }
    }
}

/// Newest use first.
pub fn list(conn: &mut Db, account: AccountId, now: Timestamp) -> StoreResult<Vec<Session>> {
    let rows: Vec<SessionRow> = sessions::table
        .filter(sessions::account_id.eq(account))
        .filter(sessions::expires_at.gt(now))
        .order(sessions::last_seen_at.desc())
        .limit(LISTED)
        .select(SessionRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Session::from).collect())
}

/// Gives the session a new token; the old one opens nothing.
pub fn renew_token(conn: &mut Db, session: SessionId, token: &TokenHash) -> StoreResult<bool> {
    let renewed = diesel::update(sessions::table.find(session)).set(sessions::token_hash.eq(token)).execute(conn)?;
    Ok(renewed > 0)
}

/// Ends one session of this account; `false` if there is no such session.
pub fn end_one(conn: &mut Db, account: AccountId, session: SessionId, now: Timestamp) -> StoreResult<bool> {
    let of_account = sessions::table.filter(sessions::id.eq(session)).filter(sessions::account_id.eq(account));
    let deleted: Vec<TokenHash> =
        on!(conn, c => diesel::delete(of_account).returning(sessions::token_hash).get_results(c))?;
    if !deleted.is_empty() {
        note_end(conn, account, Some(session), None, EndReason::SignedOut, now)?;
    }
    remember(conn, &deleted, EndReason::SignedOut, now)?;
    Ok(!deleted.is_empty())
}

/// Ends the session behind a token, of any account, because its device signs in again.
pub fn end_replaced(
    conn: &mut Db,
    token: Option<&TokenHash>,
    now: Timestamp,
) -> StoreResult<Option<(AccountId, SessionId)>> {
    let Some(token) = token else { return Ok(None) };
    let found: Option<(AccountId, SessionId)> = sessions::table
        .filter(sessions::token_hash.eq(token))
        .select((sessions::account_id, sessions::id))
        .first(conn)
        .optional()?;
    match found {
        Some((account, session)) if end_one(conn, account, session, now)? => Ok(Some((account, session))),
        _ => Ok(None),
    }
}

/// Ends every session of this account but `kept`.
pub fn end_all(
    conn: &mut Db,
    account: AccountId,
    kept: Option<SessionId>,
    reason: EndReason,
    now: Timestamp,
) -> StoreResult<()> {
    let others =
        sessions::table.filter(sessions::account_id.eq(account)).filter(sessions::id.ne(kept.unwrap_or(SessionId(0))));
    let deleted: Vec<TokenHash> =
        on!(conn, c => diesel::delete(others).returning(sessions::token_hash).get_results(c))?;
    remember(conn, &deleted, reason, now)?;
    note_end(conn, account, None, kept, reason, now)
}

/// Notes why these sessions ended, for clients that still send their tokens.
fn remember(conn: &mut Db, ended: &[TokenHash], reason: EndReason, now: Timestamp) -> StoreResult<()> {
    for token in ended {
        let row =
            (ended_sessions::token_hash.eq(token), ended_sessions::reason.eq(reason), ended_sessions::ended_at.eq(now));
        on!(conn, c => diesel::insert_into(ended_sessions::table).values(row).on_conflict_do_nothing().execute(c))?;
    }
    Ok(())
}

/// Why the session behind this token ended; `None` if there never was one, or it ended long ago.
pub fn why_ended(conn: &mut Db, token: &TokenHash, now: Timestamp) -> StoreResult<Option<EndReason>> {
    let told = ended_sessions::table.find(token).select(ended_sessions::reason).first(conn).optional()?;
    if told.is_some() {
        return Ok(told);
    }
    let expired = sessions::table.filter(sessions::token_hash.eq(token)).filter(sessions::expires_at.le(now));
    Ok(expired.select(sessions::id).first::<SessionId>(conn).optional()?.map(|_| EndReason::Expired))
}

/// Why this session ended, if that is still noted: the newest reason that covers it.
pub fn why_one_ended(conn: &mut Db, account: AccountId, session: SessionId) -> StoreResult<Option<EndReason>> {
    let all_but_another = revocations::session_id
        .is_null()
        .and(revocations::kept_session_id.is_null().or(revocations::kept_session_id.ne(session)));
    Ok(revocations::table
        .filter(revocations::account_id.eq(account))
        .filter(revocations::session_id.eq(session).or(all_but_another))
        .order(revocations::id.desc())
        .select(revocations::reason)
        .first(conn)
        .optional()?)
}

fn note_end(
    conn: &mut Db,
    account: AccountId,
    session: Option<SessionId>,
    kept: Option<SessionId>,
    reason: EndReason,
    now: Timestamp,
) -> StoreResult<()> {
    diesel::insert_into(revocations::table)
        .values((
            revocations::account_id.eq(account),
            revocations::session_id.eq(session),
            revocations::kept_session_id.eq(kept),
            revocations::reason.eq(reason.coarse()),
            revocations::cause.eq(reason),
            revocations::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// A row of the list of ended sessions. `id` only identifies a row that was handled already: ids do not become visible in order.
pub struct Revocation {
    pub id: i64,
    pub account: AccountId,
    pub event: AccountEvent,
}

pub fn revocations_since(conn: &mut Db, since: Timestamp) -> StoreResult<Vec<Revocation>> {
    let rows = revocations::table
        .filter(revocations::created_at.ge(since))
        .order(revocations::id)
        .limit(10_000)
        .select((
            revocations::id,
            revocations::account_id,
            revocations::session_id,
            revocations::kept_session_id,
            revocations::reason,
            revocations::cause,
        ))
        .load::<(i64, AccountId, Option<SessionId>, Option<SessionId>, EndReason, Option<String>)>(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, account, session, kept, reason, cause)| {
            // A newer version may know more causes than this one.
            let reason = cause.as_deref().and_then(EndReason::parse).unwrap_or(reason);
            Revocation { id, account, event: AccountEvent::Ended { session, kept, reason } }
        })
        .collect())
}

/// Ends the sessions whose time is over, with rows for every node. Returns their accounts.
pub fn expire(conn: &mut Db, now: Timestamp) -> StoreResult<Vec<AccountId>> {
    let query = sessions::table
        .filter(sessions::expires_at.le(now))
        .order(sessions::id)
        .limit(1000)
        .select((sessions::id, sessions::account_id));
    let over: Vec<(SessionId, AccountId)> = match conn {
        // A session that another node ends at this moment is skipped.
        Db::Postgres(pg) => query.for_update().skip_locked().load(pg)?,
        Db::Sqlite(sqlite) => query.load(sqlite)?,
    };
    for (session, account) in &over {
        let one = sessions::table.filter(sessions::id.eq(*session));
        let deleted: Vec<TokenHash> =
            on!(conn, c => diesel::delete(one).returning(sessions::token_hash).get_results(c))?;
        remember(conn, &deleted, EndReason::Expired, now)?;
        note_end(conn, *account, Some(*session), None, EndReason::Expired, now)?;
    }
    Ok(over.into_iter().map(|(_, account)| account).collect())
}

/// Deletes the ends that every node must have read by now, and old reasons.
pub fn prune_revocations(conn: &mut Db, now: Timestamp) -> StoreResult<()> {
    diesel::delete(revocations::table.filter(revocations::created_at.lt(now.plus_seconds(-3600)))).execute(conn)?;
    let long_ago = now.plus_days(-Session::ABSOLUTE_DAYS);
    diesel::delete(ended_sessions::table.filter(ended_sessions::ended_at.lt(long_ago))).execute(conn)?;
    Ok(())
}
