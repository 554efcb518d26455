//! The queue of mails that must leave. A row is written by the transaction whose effect it tells, so a mail exists
//! exactly when that was committed. A worker leases it; what the worker reports is fenced by the attempt's number.

use std::collections::HashMap;

use diesel::prelude::*;

use super::erasure::erasing;
use super::schema::mails;
use super::{Db, StoreError, StoreResult};
use crate::domain::{EmailAddress, MailContent, MailDelivery, MailId, MailState, Timestamp};

/// Attempts after which a mail is parked.
pub const MAX_ATTEMPTS: i32 = 12;

/// A mail that its claimer alone may send until the lease ends. No `Debug`: the body may hold a link that opens a door.
pub struct ClaimedMail {
    pub id: MailId,
    /// This attempt's number, from 1. The marks below act only while it is still the latest.
    pub attempts: i32,
    /// The same for every attempt: 32 hexadecimal characters, without the domain of a Message-ID.
    pub message_id: String,
    pub recipient: EmailAddress,
    pub content: MailContent,
}

/// The mails that have not left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    pub queued: i64,
    pub parked: i64,
    /// When the oldest of the queued ones was written.
    pub oldest: Option<Timestamp>,
}

/// Due, and leased to nobody. A macro: the type of a Diesel expression is not for people to write.
macro_rules! claimable {
    ($now:expr) => {
        mails::state
            .eq(MailState::Queued)
            .and(mails::due_at.le($now))
            .and(mails::lease_until.is_null().or(mails::lease_until.le($now)))
    };
}

/// The row, as long as this attempt is its latest and nobody dropped it: a worker that slept past its lease finds nothing.
macro_rules! held {
    ($id:expr, $attempts:expr) => {
        mails::table
            .filter(mails::id.eq($id))
            .filter(mails::attempts.eq($attempts))
            .filter(mails::state.eq(MailState::Queued))
    };
}

/// Milliseconds between the failed attempt `attempts` (from 1) and the next: 30 s, doubling, at most one hour.
pub fn backoff_ms(attempts: i32) -> i64 {
    let doublings = attempts.saturating_sub(1).clamp(0, 7);
    (30_000_i64 << doublings).min(3_600_000)
}

/// Part of the caller's transaction; due at once. `kind` says what the mail is about (`invitation`), for counts and support.
pub fn enqueue(
    conn: &mut Db,
    kind: &str,
    to: &EmailAddress,
    content: &MailContent,
    now: Timestamp,
) -> StoreResult<MailId> {
    insert(conn, kind, to, content, MailState::Queued, now)
}

/// A mail that never leaves: what it would have told is nobody's business. Writing it costs what [`enqueue`] costs.
pub fn pretend(
    conn: &mut Db,
    kind: &str,
    to: &EmailAddress,
    content: &MailContent,
    now: Timestamp,
) -> StoreResult<MailId> {
    insert(conn, kind, to, content, MailState::Dropped, now)
}

fn insert(
    conn: &mut Db,
    kind: &str,
    to: &EmailAddress,
    content: &MailContent,
    state: MailState,
    now: Timestamp,
) -> StoreResult<MailId> {
    let id = diesel::insert_into(mails::table)
        .values((
            mails::kind.eq(kind),
            mails::message_id.eq(new_message_id()?),
            mails::recipient.eq(to),
            mails::subject.eq(&content.subject),
            mails::body_text.eq(&content.text),
            mails::body_html.eq(&content.html),
            mails::state.eq(state),
            mails::attempts.eq(0),
            mails::due_at.eq(now),
            mails::created_at.eq(now),
        ))
        .returning(mails::id)
        .get_result(conn)?;
    Ok(id)
}

fn new_message_id() -> StoreResult<String> {
    use std::fmt::Write;
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|e| StoreError::Setup(format!("the system gives no random bytes: {e}")))?;
    let mut text = String::with_capacity(32);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

pub fn delivery(conn: &mut Db, id: MailId) -> StoreResult<Option<MailDelivery>> {
    Ok(deliveries(conn, &[id])?.remove(&id))
}

/// For a page of invitations: one query for all its mails. Unknown ids are missing from the answer.
pub fn deliveries(conn: &mut Db, ids: &[MailId]) -> StoreResult<HashMap<MailId, MailDelivery>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(MailId, MailState, i32, Option<String>)> = mails::table
        .filter(mails::id.eq_any(ids))
        .select((mails::id, mails::state, mails::attempts, mails::error_code))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, state, attempts, error)| (id, MailDelivery { state, attempts, error })).collect())
}

/// The mail is no longer wanted (its invitation was cancelled, or sent again): it will not leave, and its bodies are
/// emptied. One that has been sent stays sent. One that is just being sent may still arrive.
pub fn drop_queued(conn: &mut Db, id: MailId) -> StoreResult<()> {
    let waits = mails::state.eq_any([MailState::Queued, MailState::Parked]);
    let dropped = diesel::update(mails::table.filter(mails::id.eq(id)).filter(waits)).set((
        mails::state.eq(MailState::Dropped),
        mails::body_text.eq(None::<String>),
        mails::body_html.eq(None::<String>),
        mails::lease_until.eq(None::<Timestamp>),
    ));
    erasing(conn, |conn| Ok(dropped.execute(conn)?))?;
    Ok(())
}

/// Is there anything to claim? A read, so that an idle worker never takes the writer's turn.
pub fn is_any_due(conn: &mut Db, now: Timestamp) -> StoreResult<bool> {
    Ok(mails::table.filter(claimable!(now)).select(mails::id).first::<MailId>(conn).optional()?.is_some())
}

/// Takes at most `limit` due mails, oldest first, for `lease_ms` milliseconds. Safe on several nodes: on PostgreSQL rows
/// that another claimer holds are skipped, SQLite has one writer.
pub fn claim_due(conn: &mut Db, now: Timestamp, lease_ms: i64, limit: i64) -> StoreResult<Vec<ClaimedMail>> {
    type MailRow = (MailId, i32, String, EmailAddress, String, Option<String>, Option<String>);
    let due = mails::table.filter(claimable!(now)).order((mails::due_at, mails::id)).limit(limit).select((
        mails::id,
        mails::attempts,
        mails::message_id,
        mails::recipient,
        mails::subject,
        mails::body_text,
        mails::body_html,
    ));
    let rows: Vec<MailRow> = match conn {
        Db::Postgres(pg) => due.for_update().skip_locked().load(pg)?,
        Db::Sqlite(sqlite) => due.load(sqlite)?,
    };
    let ids: Vec<MailId> = rows.iter().map(|row| row.0).collect();
    if !ids.is_empty() {
        diesel::update(mails::table.filter(mails::id.eq_any(&ids)))
            .set((mails::attempts.eq(mails::attempts + 1), mails::lease_until.eq(now.plus_ms(lease_ms))))
            .execute(conn)?;
    }
    Ok(rows
        .into_iter()
        .map(|(id, attempts, message_id, recipient, subject, text, html)| ClaimedMail {
            id,
            attempts: attempts + 1,
            message_id,
            recipient,
            content: MailContent { subject, text: text.unwrap_or_default(), html: html.unwrap_or_default() },
        })
        .collect())
}

/// The mail server took it. Empties the bodies. False when another attempt has begun since, or the mail was dropped.
pub fn mark_sent(conn: &mut Db, id: MailId, attempts: i32, now: Timestamp) -> StoreResult<bool> {
    let sent = diesel::update(held!(id, attempts)).set((
        mails::state.eq(MailState::Sent),
        mails::sent_at.eq(now),
        mails::body_text.eq(None::<String>),
        mails::body_html.eq(None::<String>),
        mails::lease_until.eq(None::<Timestamp>),
        mails::error_code.eq(None::<String>),
    ));
    Ok(erasing(conn, |conn| Ok(sent.execute(conn)?))? == 1)
}

/// To be tried again from `due_at` on. False as in [`mark_sent`].
pub fn mark_retry(conn: &mut Db, id: MailId, attempts: i32, due_at: Timestamp, error_code: &str) -> StoreResult<bool> {
    let changed = diesel::update(held!(id, attempts))
        .set((mails::due_at.eq(due_at), mails::lease_until.eq(None::<Timestamp>), mails::error_code.eq(error_code)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Given up; a person must look at it. The bodies stay, so that it can be looked at. False as in [`mark_sent`].
pub fn mark_parked(conn: &mut Db, id: MailId, attempts: i32, error_code: &str) -> StoreResult<bool> {
    let changed = diesel::update(held!(id, attempts))
        .set((
            mails::state.eq(MailState::Parked),
            mails::lease_until.eq(None::<Timestamp>),
            mails::error_code.eq(error_code),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Forgets mails that never left and were never meant to ([`pretend`]): they hold nothing that anybody looks for.
pub fn forget_dropped(conn: &mut Db, kind: &str, before: Timestamp) -> StoreResult<()> {
    let old = mails::table
        .filter(mails::state.eq(MailState::Dropped))
        .filter(mails::kind.eq(kind))
        .filter(mails::due_at.lt(before));
    diesel::delete(old).execute(conn)?;
    Ok(())
}

/// Empties parked mails that are older: whoever was to look at them has, and they may hold links. Gives how many there were.
pub fn empty_parked(conn: &mut Db, before: Timestamp) -> StoreResult<usize> {
    let old = mails::table
        .filter(mails::state.eq(MailState::Parked))
        .filter(mails::created_at.lt(before))
        .filter(mails::body_text.is_not_null());
    let emptied = diesel::update(old).set((mails::body_text.eq(None::<String>), mails::body_html.eq(None::<String>)));
    erasing(conn, |conn| Ok(emptied.execute(conn)?))
}

/// By the index on states: mails that have left are not looked at.
pub fn backlog(conn: &mut Db) -> StoreResult<Backlog> {
    let count = |conn: &mut Db, state: MailState| mails::table.filter(mails::state.eq(state)).count().get_result(conn);
    let queued = mails::table.filter(mails::state.eq(MailState::Queued));
    Ok(Backlog {
        queued: count(conn, MailState::Queued)?,
        parked: count(conn, MailState::Parked)?,
        oldest: queued.select(diesel::dsl::min(mails::created_at)).first(conn)?,
    })
}

#[cfg(test)]
mod tests;
