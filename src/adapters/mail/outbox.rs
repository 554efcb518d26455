//! The way out of the house: one attempt at a time, and what is counted of it. When and how often is the business of
//! `jobs/send_mail.rs`.

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

    /// One attempt. A mail that makes the mailer panic has failed like any other.
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

    /// The mails of all nodes that wait.
    pub fn stands(&self, backlog: Backlog) {
        self.metrics.stands(backlog);
    }
}

impl Source for Outbox {
    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        self.metrics.write(page, &self.clock)
    }
}
