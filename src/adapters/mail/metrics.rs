//! The metrics of mails. How many wait is a question to the database, which all nodes share; the worker of the jobs asks it
//! now and then, so that a scrape does not.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::mailer::MailFailure;
use crate::domain::Clock;
use crate::store::mails::Backlog;
use crate::telemetry::metrics::{Counters, Label, Page};

#[derive(Debug, Default)]
pub(super) struct MailMetrics {
    pub(super) attempts: Counters<MailOutcome>,
    pub(super) failures: Counters<Reason>,
    backlog: Mutex<Backlog>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MailOutcome {
    Sent,
    Retried,
    Parked,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reason(pub &'static str);

/// The code of a failed attempt, as one of those that have a text; whatever else went wrong interrupted the attempt.
pub fn failure_code(code: &str) -> &'static str {
    let known = Reason::all().iter().map(|reason| reason.0).find(|known| *known == code);
    known.unwrap_or(MailFailure::INTERRUPTED.code)
}

impl MailMetrics {
    pub(super) fn stands(&self, backlog: Backlog) {
        *self.backlog.lock().unwrap_or_else(PoisonError::into_inner) = backlog;
    }

    pub(super) fn write(&self, page: &mut Page<'_>, clock: &Clock) -> fmt::Result {
        let backlog = *self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting_ms = backlog.oldest.map_or(0, |since| clock.now().0.saturating_sub(since.0).max(0));
        page.gauges(
            "entremise_mails",
            "Mails of all nodes that wait, or were given up and wait for a person.",
            [([("state", "queued")], backlog.queued), ([("state", "parked")], backlog.parked)],
        )?;
        page.gauge("entremise_mail_oldest_seconds", "How long the oldest queued mail has waited.", waiting_ms / 1000)?;
        page.counted("entremise_mail_attempts_total", "Attempts of this node to send a mail.", &self.attempts)?;
        page.counted("entremise_mail_failures_total", "Attempts that failed, by reason.", &self.failures)
    }
}

impl Label for MailOutcome {
    const NAME: &'static str = "outcome";

    fn all() -> &'static [Self] {
        &[Self::Sent, Self::Retried, Self::Parked]
    }

    fn text(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Retried => "retried",
            Self::Parked => "parked",
        }
    }
}

impl Label for Reason {
    const NAME: &'static str = "reason";

    fn all() -> &'static [Self] {
        const ALL: &[Reason] = &[
            Reason(MailFailure::AUTHENTICATION.code),
            Reason(MailFailure::CONNECTION.code),
            Reason(MailFailure::TLS.code),
            Reason(MailFailure::TIMEOUT.code),
            Reason(MailFailure::TEMPORARY.code),
            Reason(MailFailure::REFUSED.code),
            Reason(MailFailure::REFUSED_RECIPIENT.code),
            Reason(MailFailure::MAILBOX_UNAVAILABLE.code),
            Reason(MailFailure::INTERRUPTED.code),
        ];
        ALL
    }

    fn text(self) -> &'static str {
        self.0
    }
}
