//! A kind of job as the worker sees it: the constants of its type, and its functions over the payload's text.

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::{Job, JobAttempt, JobError};
use crate::app::App;
use crate::domain::Timestamp;
use crate::store::{Db, StoreResult};

/// The lease outlasts the timeout by the time that a report may take.
const REPORTING: Duration = Duration::from_secs(10);
const UNREADABLE: &str = "payload_unreadable";

type RunJob = for<'a> fn(&'a App, &'a str, JobAttempt) -> BoxFuture<'a, Result<(), JobError>>;

#[derive(Clone, Copy)]
pub struct JobKind {
    pub name: &'static str,
    pub at_once: usize,
    pub max_tries: i32,
    pub timeout: Duration,
    pub every: Option<Duration>,
    pub(super) run: RunJob,
    pub(super) given_up: fn(&mut Db, &str, &str, Timestamp) -> StoreResult<()>,
    pub(super) revived: fn(&mut Db, &str, Timestamp) -> StoreResult<bool>,
    pub(super) rest: for<'a> fn(&'a App) -> BoxFuture<'a, ()>,
}

impl JobKind {
    pub const fn of<J: Job>() -> Self {
        Self {
            name: J::KIND,
            at_once: J::AT_ONCE,
            max_tries: J::MAX_TRIES,
            timeout: J::TIMEOUT,
            every: J::EVERY,
            run: run::<J>,
            given_up: given_up::<J>,
            revived: revived::<J>,
            rest: rest::<J>,
        }
    }

    pub(super) fn lease_ms(&self) -> i64 {
        whole_ms(self.timeout.saturating_add(REPORTING))
    }

    pub(super) fn every_ms(&self) -> Option<i64> {
        self.every.map(whole_ms)
    }
}

fn whole_ms(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn run<'a, J: Job>(app: &'a App, payload: &'a str, attempt: JobAttempt) -> BoxFuture<'a, Result<(), JobError>> {
    Box::pin(async move {
        let job: J = serde_json::from_str(payload).map_err(|_| JobError::Never(UNREADABLE))?;
        job.run(app, attempt).await
    })
}

fn given_up<J: Job>(conn: &mut Db, payload: &str, error_code: &str, now: Timestamp) -> StoreResult<()> {
    serde_json::from_str::<J>(payload).map_or(Ok(()), |job| job.given_up(conn, error_code, now))
}

fn revived<J: Job>(conn: &mut Db, payload: &str, now: Timestamp) -> StoreResult<bool> {
    serde_json::from_str::<J>(payload).map_or(Ok(false), |job| job.revived(conn, now))
}

fn rest<J: Job>(app: &App) -> BoxFuture<'_, ()> {
    Box::pin(J::rest(app))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::KINDS;

    #[test]
    fn a_lease_outlasts_the_run_and_its_report() {
        for kind in KINDS {
            assert!(kind.lease_ms() >= whole_ms(kind.timeout) + 5_000, "{}", kind.name);
            assert!(kind.every_ms().is_none_or(|every| every >= 1_000), "{}", kind.name);
        }
    }
}
