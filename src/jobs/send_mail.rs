//! Sends one mail. It is sent at least once, and twice only if the process dies, or the database goes away, between the mail server's
//! acceptance and the report; both copies then have the same Message-ID.

use std::time::Duration;

use super::backoff::backoff_ms;
use super::report::report;
use super::{Job, JobAttempt, JobError};
use crate::adapters::mail::{MailFailure, MailOutcome, OutgoingMail, failure_code};
use crate::app::App;
use crate::domain::{MailId, SendMail, Timestamp};
use crate::store::mails::{self, ClaimedMail, MailClaim};
use crate::store::{Db, StoreResult, invitations};

/// The mail's lease, for nodes of the previous version: longer than one attempt and its report can take. It ends before the lease of
/// the job, so that the next run finds the mail free.
const LEASE_MS: i64 = 60_000;

impl Job for SendMail {
    const AT_ONCE: usize = 4;
    const TIMEOUT: Duration = Duration::from_secs(55);

    async fn run(&self, app: &App, attempt: JobAttempt) -> Result<(), JobError> {
        let (id, now) = (self.mail, app.clock.now());
        match app.store.write(move |conn| mails::claim(conn, id, now, LEASE_MS)).await? {
            MailClaim::Mine(mail) => send(app, mail, attempt).await,
            MailClaim::NotBefore(at) => Err(JobError::Postponed(at)),
            MailClaim::Nothing => Ok(()),
        }
    }

    fn given_up(&self, conn: &mut Db, error_code: &str, now: Timestamp) -> StoreResult<()> {
        mails::park(conn, self.mail, failure_code(error_code))?;
        invitations::record_mail(conn, self.mail, now)
    }

    fn revived(&self, conn: &mut Db, now: Timestamp) -> StoreResult<bool> {
        mails::revive(conn, self.mail, now)
    }

    /// Closes the connection to the mail server.
    async fn rest(app: &App) {
        app.mail.rest().await;
    }
}

async fn send(app: &App, claimed: ClaimedMail, attempt: JobAttempt) -> Result<(), JobError> {
    let ClaimedMail { id, attempts, message_id, recipient, content } = claimed;
    match app.mail.send(&OutgoingMail { message_id, to: recipient, content }).await {
        Ok(()) => {
            app.mail.count(MailOutcome::Sent);
            tracing::info!(mail = id.0, attempts, "mail sent");
            let now = app.clock.now();
            let reported = note(app, id, now, move |conn| mails::mark_sent(conn, id, attempts, now)).await;
            app.store.note_erased();
            reported
        }
        Err(MailFailure { code, permanent }) if permanent || attempt.is_last => {
            app.mail.count(MailOutcome::Parked);
            tracing::error!(mail = id.0, attempts, code, "mail parked: it will not be tried again");
            Err(JobError::Never(code))
        }
        Err(MailFailure { code, .. }) => {
            app.mail.count(MailOutcome::Retried);
            tracing::warn!(mail = id.0, attempts, code, "mail failed; it will be tried again");
            let now = app.clock.now();
            let due_at = now.plus_ms(backoff_ms(attempt.tries));
            note(app, id, now, move |conn| mails::mark_retry(conn, id, attempts, due_at, code)).await?;
            Err(JobError::AgainAt(code, due_at))
        }
    }
}

/// The report is tried several times, because a mail that is sent and not reported is sent again.
async fn note<F>(app: &App, id: MailId, now: Timestamp, mark: F) -> Result<(), JobError>
where
    F: Fn(&mut Db) -> StoreResult<bool> + Clone + Send + 'static,
{
    let marked = move |conn: &mut Db| {
        let is_ours = mark(conn)?;
        if is_ours {
            invitations::record_mail(conn, id, now)?;
        }
        Ok(is_ours)
    };
    match report(&app.store, marked).await {
        // `false`: the mail was dropped, another attempt took over, or an earlier try of the report succeeded and its answer was lost.
        Ok(_) => Ok(()),
        Err(error) => {
            tracing::error!(mail = id.0, %error, "what became of a mail could not be stored; it may be sent twice");
            Err(error.into())
        }
    }
}

#[cfg(test)]
mod tests;
