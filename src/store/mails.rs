//! Mails: their contents until they are sent, and their state. The transaction that a mail is about writes its row, together with
//! the job that sends it.
//!
//! A row has a lease and an attempt number of its own beside the job's: a node of the previous version knows no jobs and claims
//! the rows themselves, and one of the two sends.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::erasure::erasing;
use super::schema::mails;
use super::{Db, StoreError, StoreResult, jobs, on};
use crate::domain::{EmailAddress, JobPayload, MailContent, MailDelivery, MailId, MailState, SendMail, Timestamp};

/// A mail that its claimer alone may send until the lease ends. It has no `Debug`, because the body may hold a link.
pub struct ClaimedMail {
    pub id: MailId,
    /// This attempt's number, from 1. The marks below act only while it is still the latest.
    pub attempts: i32,
    /// The same for every attempt: 32 hexadecimal characters, without the domain of a Message-ID.
    pub message_id: String,
    pub recipient: EmailAddress,
    pub content: MailContent,
}

/// The state of the mail that the sending job finds.
pub enum MailClaim {
    /// The mail, claimed by this attempt.
    Mine(ClaimedMail),
    /// A node of the previous version is sending it, or tries again at that time.
    NotBefore(Timestamp),
    /// The mail was sent, dropped or emptied.
    Nothing,
}

/// The mails that were not sent yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    pub queued: i64,
    pub parked: i64,
    /// When the oldest of the queued ones was written.
    pub oldest: Option<Timestamp>,
}

/// The row, while this attempt is its latest and the mail is not dropped: a worker whose lease has ended finds nothing.
macro_rules! held {
    ($id:expr, $attempts:expr) => {
        mails::table
            .filter(mails::id.eq($id))
            .filter(mails::attempts.eq($attempts))
            .filter(mails::state.eq(MailState::Queued))
    };
}

/// Runs in the caller's transaction; the mail is due at once. `kind` says what it is about (`invitation`), for counts and support.
pub fn enqueue(
    conn: &mut Db,
    kind: &str,
    to: &EmailAddress,
    content: &MailContent,
    now: Timestamp,
) -> StoreResult<MailId> {
    insert(conn, kind, to, content, MailState::Queued, now)
}

/// Writes a mail that never leaves, at the cost of [`enqueue`], so that the time of the answer reveals nothing.
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
    jobs::enqueue(conn, &SendMail { mail: id }, Some(&id.to_string()), now, now)?;
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

#[derive(Queryable, Selectable)]
#[diesel(table_name = mails)]
pub(super) struct DeliveryRow {
    state: MailState,
    attempts: i32,
    error_code: Option<String>,
}

impl From<DeliveryRow> for MailDelivery {
    fn from(row: DeliveryRow) -> Self {
        Self { state: row.state, attempts: row.attempts, error: row.error_code }
    }
}

pub fn delivery(conn: &mut Db, id: MailId) -> StoreResult<Option<MailDelivery>> {
    let found: Option<DeliveryRow> = mails::table.find(id).select(DeliveryRow::as_select()).first(conn).optional()?;
    Ok(found.map(MailDelivery::from))
}

/// Drops a mail that is no longer wanted, because its invitation was cancelled or sent again: it will not leave, and its bodies are
/// emptied. A sent mail stays sent. A mail that is just being sent may still arrive.
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

/// Leases the mail for `lease_ms` milliseconds, if it is to be sent and not leased.
pub fn claim(conn: &mut Db, id: MailId, now: Timestamp, lease_ms: i64) -> StoreResult<MailClaim> {
    type MailRow =
        (MailState, i32, Timestamp, Option<Timestamp>, String, EmailAddress, String, Option<String>, Option<String>);
    let row = mails::table.find(id).select((
        mails::state,
        mails::attempts,
        mails::due_at,
        mails::lease_until,
        mails::message_id,
        mails::recipient,
        mails::subject,
        mails::body_text,
        mails::body_html,
    ));
    let found: Option<MailRow> = match conn {
        // A node of the previous version that claims it at this moment comes first.
        Db::Postgres(pg) => row.for_update().first(pg).optional()?,
        Db::Sqlite(sqlite) => row.first(sqlite).optional()?,
    };
    let Some((MailState::Queued, attempts, due_at, lease, message_id, recipient, subject, Some(text), html)) = found
    else {
        return Ok(MailClaim::Nothing);
    };
    let free_at = lease.map_or(due_at, |lease| due_at.max(lease));
    if free_at > now {
        return Ok(MailClaim::NotBefore(free_at));
    }
    let attempts = attempts.saturating_add(1);
    diesel::update(mails::table.find(id))
        .set((mails::attempts.eq(attempts), mails::lease_until.eq(now.plus_ms(lease_ms))))
        .execute(conn)?;
    let content = MailContent { subject, text, html: html.unwrap_or_default() };
    Ok(MailClaim::Mine(ClaimedMail { id, attempts, message_id, recipient, content }))
}

/// Notes that the mail server accepted it, and empties the bodies. `false` if another attempt has begun since, or the mail was dropped.
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

/// Schedules another try from `due_at` on. `false` as in [`mark_sent`].
pub fn mark_retry(conn: &mut Db, id: MailId, attempts: i32, due_at: Timestamp, error_code: &str) -> StoreResult<bool> {
    let changed = diesel::update(held!(id, attempts))
        .set((mails::due_at.eq(due_at), mails::lease_until.eq(None::<Timestamp>), mails::error_code.eq(error_code)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Parks the mail: a person must look at it, so its bodies stay. Runs in the transaction that parks its job.
pub fn park(conn: &mut Db, id: MailId, error_code: &str) -> StoreResult<()> {
    let waiting = mails::table.find(id).filter(mails::state.eq(MailState::Queued));
    diesel::update(waiting)
        .set((
            mails::state.eq(MailState::Parked),
            mails::lease_until.eq(None::<Timestamp>),
            mails::error_code.eq(error_code),
        ))
        .execute(conn)?;
    Ok(())
}

/// A person asks for another attempt now. False when there is nothing left to send.
pub fn revive(conn: &mut Db, id: MailId, now: Timestamp) -> StoreResult<bool> {
    let waits = mails::state.eq_any([MailState::Queued, MailState::Parked]);
    let kept = mails::table.filter(mails::id.eq(id)).filter(waits).filter(mails::body_text.is_not_null());
    let revived =
        diesel::update(kept).set((mails::state.eq(MailState::Queued), mails::due_at.eq(now))).execute(conn)?;
    Ok(revived == 1)
}

/// Makes the jobs of mails that a node of the previous version queued, which knows no jobs. Returns their number.
pub fn adopt(conn: &mut Db) -> StoreResult<usize> {
    let adopt = diesel::sql_query(
        "INSERT INTO jobs (kind, key, payload, state, attempts, tries, due_at, created_at) \
         SELECT $1, CAST(id AS TEXT), '{\"mail\":' || CAST(id AS TEXT) || '}', 'queued', 0, 0, due_at, created_at \
         FROM mails WHERE state = 'queued' \
         AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.kind = $1 AND jobs.key = CAST(mails.id AS TEXT)) \
         ON CONFLICT DO NOTHING",
    )
    .bind::<Text, _>(SendMail::KIND);
    Ok(on!(conn, c => adopt.execute(c))?)
}

/// Deletes mails that were never meant to leave ([`pretend`]).
pub fn forget_dropped(conn: &mut Db, kind: &str, before: Timestamp) -> StoreResult<()> {
    let old = mails::table
        .filter(mails::state.eq(MailState::Dropped))
        .filter(mails::kind.eq(kind))
        .filter(mails::due_at.lt(before));
    diesel::delete(old).execute(conn)?;
    Ok(())
}

/// Empties older parked mails: an operator had time to look at them, and they may hold links. Returns their number.
pub fn empty_parked(conn: &mut Db, before: Timestamp) -> StoreResult<usize> {
    let old = mails::table
        .filter(mails::state.eq(MailState::Parked))
        .filter(mails::created_at.lt(before))
        .filter(mails::body_text.is_not_null());
    let emptied = diesel::update(old).set((mails::body_text.eq(None::<String>), mails::body_html.eq(None::<String>)));
    erasing(conn, |conn| Ok(emptied.execute(conn)?))
}

/// Uses the index on states, so that sent mails are not read.
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
