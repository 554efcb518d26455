//! Sends one mail in one attempt, and counts the outcome. `jobs/send_mail.rs` decides when and how often.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::mailer::{MailFailure, Mailer, OutgoingMail};
pub use super::metrics::MailOutcome;
use super::metrics::{MailMetrics, Reason};
use crate::domain::Clock;
use crate::store::mails::Backlog;
use crate::telemetry::metrics::{Page, Source};

pub struct Outbox {
    mailer: Arc<dyn Mailer>,
    clock: Clock,
    metrics: MailMetrics,
}

impl Outbox {
    pub fn new(mailer: Arc<dyn Mailer>, clock: Clock) -> Self {
        Self { mailer, clock, metrics: MailMetrics::default() }
    }

    /// Makes one attempt. A panic of the mailer counts as a failure.
    pub async fn send(&self, mail: &OutgoingMail) -> Result<(), MailFailure> {
        let sent = AssertUnwindSafe(self.mailer.send(mail)).catch_unwind().await;
        let result = sent.unwrap_or(Err(MailFailure::INTERRUPTED));
        if let Err(failure) = &result {
            self.metrics.failures.one(Reason(failure.code));
        }
        result
    }

    /// The outcome of the attempt.
    pub fn count(&self, outcome: MailOutcome) {
        self.metrics.attempts.one(outcome);
    }

    /// Nothing more to send for now.
    pub async fn rest(&self) {
        self.mailer.rest().await;
    }

    /// The waiting mails of all nodes.
    pub fn stands(&self, backlog: Backlog) {
        self.metrics.stands(backlog);
    }
}

impl Source for Outbox {
    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        self.metrics.write(page, &self.clock)
    }
}
