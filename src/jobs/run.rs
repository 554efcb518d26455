//! One run of one job: claim, run within the timeout, report with the attempt's number.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use super::backoff::backoff_ms;
use super::kind::JobKind;
use super::report::report;
use super::{JobAttempt, JobError};
use crate::app::{App, JobOutcome};
use crate::store::StoreResult;
use crate::store::jobs::{self, ClaimedJob};

const INTERRUPTED: &str = "interrupted";
const PANICKED: &str = "panicked";
pub(super) const UNAVAILABLE: &str = "unavailable";
const TIMED_OUT: &str = "timed_out";

/// Runs the job of this kind that has been due for longest. `None` when none is due.
pub(super) async fn run_one(app: &App, kind: &'static JobKind) -> StoreResult<Option<JobOutcome>> {
    let (now, lease_ms) = (app.clock.now(), kind.lease_ms());
    let claimed = app.store.write(move |conn| jobs::claim(conn, kind.name, now, lease_ms)).await?;
    let Some(job) = claimed else { return Ok(None) };
    let counters = app.jobs.counters(kind.name);
    let _running = counters.map(|counters| Running::begin(&counters.running));
    let result = attempt(app, kind, &job).await;
    let outcome = conclude(app, kind, &job, result).await?;
    if let Some(counters) = counters {
        counters.outcomes.one(outcome);
    }
    Ok(Some(outcome))
}

async fn attempt(app: &App, kind: &JobKind, job: &ClaimedJob) -> Result<(), JobError> {
    // The tries are used up: the last run ended with its process, and must not end this process as well.
    if job.tries > kind.max_tries {
        return Err(JobError::Never(INTERRUPTED));
    }
    let attempt = JobAttempt { tries: job.tries, is_last: job.tries >= kind.max_tries };
    // A panic ends neither the worker nor the runs beside it.
    let run = AssertUnwindSafe((kind.run)(app, &job.payload, attempt)).catch_unwind();
    match tokio::time::timeout(kind.timeout, run).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(JobError::Again(PANICKED)),
        Err(_) => Err(JobError::Again(TIMED_OUT)),
    }
}

async fn conclude(
    app: &App,
    kind: &'static JobKind,
    job: &ClaimedJob,
    result: Result<(), JobError>,
) -> StoreResult<JobOutcome> {
    let now = app.clock.now();
    let (code, due_at) = match result {
        Ok(()) => (None, None),
        Err(JobError::Postponed(at)) => (None, Some(at)),
        Err(JobError::Never(code)) => (Some(code), None),
        Err(JobError::Again(code) | JobError::AgainAt(code, _)) if job.tries >= kind.max_tries => (Some(code), None),
        Err(JobError::Again(code)) => (Some(code), Some(now.plus_ms(pause_ms(kind, job.tries)))),
        Err(JobError::AgainAt(code, at)) => (Some(code), Some(at)),
    };
    let (id, attempts) = (job.id, job.attempts);
    let outcome = match (code, due_at) {
        (None, None) => JobOutcome::Done,
        (None, Some(_)) => JobOutcome::Postponed,
        (Some(_), Some(_)) => JobOutcome::Retried,
        (Some(_), None) => JobOutcome::Parked,
    };
    match outcome {
        JobOutcome::Parked => {
            tracing::error!(job = id, kind = kind.name, attempts, code, "job parked: it will not be tried again");
        }
        // The store logs its outage itself.
        JobOutcome::Retried if code == Some(UNAVAILABLE) => {
            tracing::debug!(job = id, kind = kind.name, attempts, "job failed; it will be tried again");
        }
        JobOutcome::Retried => {
            tracing::warn!(job = id, kind = kind.name, attempts, code, "job failed; it will be tried again");
        }
        JobOutcome::Done | JobOutcome::Postponed => tracing::debug!(job = id, kind = kind.name, attempts, "job run"),
    }
    let job = job.clone();
    let mark = move |conn: &mut crate::store::Db| match (code, due_at) {
        (None, None) => jobs::finish(conn, &job, now),
        (None, Some(at)) => jobs::postpone(conn, &job, at),
        (Some(code), Some(at)) => jobs::retry(conn, &job, at, code),
        (Some(code), None) => {
            let is_ours = jobs::park(conn, &job, code, now)?;
            if is_ours {
                (kind.given_up)(conn, &job.payload, code, now)?;
            }
            Ok(is_ours)
        }
    };
    // `false`: another attempt took over, or an earlier try of the report succeeded and its answer was lost.
    match report(&app.store, mark).await {
        Ok(_) => Ok(outcome),
        Err(error) => {
            tracing::error!(job = id, kind = kind.name, %error, "what became of a job could not be stored; it will run again");
            Err(error)
        }
    }
}

/// A scheduled job waits no longer than for its next slot.
fn pause_ms(kind: &JobKind, tries: i32) -> i64 {
    let pause = backoff_ms(tries);
    kind.every_ms().map_or(pause, |every| pause.min(every))
}

/// Counts a run for as long as it is under way, however it ends.
struct Running<'a>(&'a crate::telemetry::metrics::Level);

impl<'a> Running<'a> {
    fn begin(level: &'a crate::telemetry::metrics::Level) -> Self {
        level.up();
        Self(level)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.down();
    }
}
