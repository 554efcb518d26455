//! The worker of the jobs, the schedule, and one file per job.
//!
//! A job is a row that the transaction of an operation wrote, or the slot of a schedule. It runs at least once: a run whose
//! process died, or whose report was lost, is repeated when its lease has ended, so a second run must do no harm. The timeout bounds a
//! run, and the lease outlasts the timeout, so a live run never loses its lease.

mod adopt_clients;
mod adopt_mails;
mod backoff;
mod kind;
mod operator;
mod prune;
mod report;
mod run;
mod send_mail;
mod worker;

use std::time::Duration;

use crate::app::{App, AppError};
use crate::domain::{JobPayload, Timestamp};
use crate::store::{Db, StoreError, StoreResult};

pub use kind::JobKind;
pub use operator::retry;
pub use worker::{Drained, Worker, drain};

/// Every job that this node can run. A row of another kind is left to a node that knows it.
pub const KINDS: &[JobKind] = &[
    JobKind::of::<crate::domain::SendMail>(),
    JobKind::of::<adopt_clients::AdoptClients>(),
    JobKind::of::<adopt_mails::AdoptMails>(),
    JobKind::of::<prune::Prune>(),
];

/// One job. Its payload says what it is about, and is read from its row.
pub trait Job: JobPayload {
    /// Runs of this kind that a node has under way at most. Each kind has lanes of its own.
    const AT_ONCE: usize = 1;
    /// Runs after which the job is given up.
    const MAX_TRIES: i32 = 12;
    /// A run that takes longer has failed.
    const TIMEOUT: Duration = Duration::from_secs(60);
    /// The length of a slot of the schedule, in each of which the job runs once.
    const EVERY: Option<Duration> = None;

    fn run(&self, app: &App, attempt: JobAttempt) -> impl Future<Output = Result<(), JobError>> + Send;

    /// Runs in the transaction that parks the job.
    fn given_up(&self, _conn: &mut Db, _error_code: &str, _now: Timestamp) -> StoreResult<()> {
        Ok(())
    }

    /// Runs in the transaction in which a person makes the job due at once. `false` when there is nothing left to do.
    fn revived(&self, _conn: &mut Db, _now: Timestamp) -> StoreResult<bool> {
        Ok(true)
    }

    /// The last run of this kind has ended, for now.
    fn rest(_app: &App) -> impl Future<Output = ()> + Send {
        async {}
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobAttempt {
    /// From 1; runs that came too early do not count.
    pub tries: i32,
    /// A failure of this run parks the job.
    pub is_last: bool,
}

/// How a run ends when it does not succeed. Codes are stable and hold no data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobError {
    /// The run failed and is repeated after a pause.
    Again(&'static str),
    /// The run failed, and the job chooses the time of the next.
    AgainAt(&'static str, Timestamp),
    /// The run came too early. It does not count as a try.
    Postponed(Timestamp),
    /// The run failed, and repeating is useless.
    Never(&'static str),
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        if error.is_transient() {
            return Self::Again(run::UNAVAILABLE);
        }
        tracing::error!(%error, "a job could not use the store");
        Self::Again("internal")
    }
}

impl From<AppError> for JobError {
    fn from(error: AppError) -> Self {
        Self::Again(error.first().code.as_str())
    }
}

#[cfg(test)]
mod testing;
