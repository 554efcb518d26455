//! The demo's mailbox: every mail that an installation with SMTP would have sent.

use diesel::prelude::*;

use super::erasure::erasing;
use super::schema::demo_mails;
use super::{Db, StoreResult};
use crate::domain::{EmailAddress, MailContent, Timestamp};

/// The newest mails that the mailbox shows.
pub const LISTED: i64 = 200;

/// One line of the mailbox. The id is the demo mailbox's own, not a `MailId`.
#[derive(Debug, Clone, Queryable, serde::Serialize)]
pub struct DemoMailSummary {
    pub id: i64,
    pub to: EmailAddress,
    pub subject: String,
    pub sent_at: Timestamp,
}

#[derive(Queryable, serde::Serialize)]
pub struct DemoMail {
    pub id: i64,
    pub to: EmailAddress,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub sent_at: Timestamp,
}

/// Stores a mail. A second one with the same `message_id` is a repeated attempt and changes nothing.
pub fn insert(
    conn: &mut Db,
    message_id: &str,
    to: &EmailAddress,
    content: &MailContent,
    now: Timestamp,
) -> StoreResult<()> {
    let known = demo_mails::table.filter(demo_mails::message_id.eq(message_id)).select(demo_mails::id);
    if known.first::<i64>(conn).optional()?.is_some() {
        return Ok(());
    }
    diesel::insert_into(demo_mails::table)
        .values((
            demo_mails::message_id.eq(message_id),
            demo_mails::recipient.eq(to),
            demo_mails::subject.eq(&content.subject),
            demo_mails::body_text.eq(&content.text),
            demo_mails::body_html.eq(&content.html),
            demo_mails::sent_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Newest first, at most [`LISTED`].
pub fn list(conn: &mut Db) -> StoreResult<Vec<DemoMailSummary>> {
    Ok(demo_mails::table
        .order(demo_mails::id.desc())
        .limit(LISTED)
        .select((demo_mails::id, demo_mails::recipient, demo_mails::subject, demo_mails::sent_at))
        .load(conn)?)
}

pub fn find(conn: &mut Db, id: i64) -> StoreResult<Option<DemoMail>> {
    Ok(demo_mails::table
        .find(id)
        .select((
            demo_mails::id,
            demo_mails::recipient,
            demo_mails::subject,
            demo_mails::body_text,
            demo_mails::body_html,
            demo_mails::sent_at,
        ))
        .first(conn)
        .optional()?)
}

/// Empties older mails, because they may hold links and codes. Recipient and subject stay. Returns their number.
pub fn empty(conn: &mut Db, before: Timestamp) -> StoreResult<usize> {
    let old = demo_mails::table.filter(demo_mails::sent_at.lt(before)).filter(demo_mails::body_text.ne(""));
    let emptied = diesel::update(old).set((demo_mails::body_text.eq(""), demo_mails::body_html.eq("")));
    erasing(conn, |conn| Ok(emptied.execute(conn)?))
}
