//! The operations' view of the worker of the jobs: how to wake it, and what it counts. The worker itself and the jobs stand
//! above, in `jobs/`.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::{App, AppResult};
use crate::domain::{Clock, JobState};
use crate::store::jobs::{self, JobCount};
use crate::store::mails;
use crate::telemetry::metrics::{Counters, Label, Level, Page, Queue, Source};

pub struct JobQueue {
    clock: Clock,
    wake: Notify,
    stopping: AtomicBool,
    kinds: Box<[JobCounters]>,
    backlog: Mutex<Vec<JobCount>>,
}

/// The counters of one kind on this node.
pub struct JobCounters {
    pub kind: &'static str,
    queue: String,
    limit: usize,
    /// Runs under way.
    pub running: Level,
    pub outcomes: Counters<JobOutcome>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    Done,
    /// Failed, and due again later.
    Retried,
    /// The job found that it was too early; it is due again later.
    Postponed,
    Parked,
}

impl JobQueue {
    /// Each kind with the runs that this node has under way at most.
    pub fn new(kinds: impl IntoIterator<Item = (&'static str, usize)>, clock: Clock) -> Self {
        let kind = |(kind, limit)| JobCounters {
            kind,
            queue: format!("jobs_{kind}"),
            limit,
            running: Level::default(),
            outcomes: Counters::default(),
        };
        Self {
            clock,
            wake: Notify::new(),
            stopping: AtomicBool::new(false),
            kinds: kinds.into_iter().map(kind).collect(),
            backlog: Mutex::default(),
        }
    }

    /// After the commit of an enqueue: the job runs now and not at the next poll.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Resolves at the next wake-up; one that came before is kept.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// From now on no run begins.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.wake();
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    pub fn counters(&self, kind: &str) -> Option<&JobCounters> {
        self.kinds.iter().find(|counters| counters.kind == kind)
    }
}

/// Reads from the database, which all nodes share, what waits, so that a scrape of the metrics need not.
pub async fn count(app: &App) -> AppResult<()> {
    let (jobs, mails) = app.store.read(|conn| Ok((jobs::counts(conn)?, mails::backlog(conn)?))).await?;
    *app.jobs.backlog.lock().unwrap_or_else(PoisonError::into_inner) = jobs;
    app.mail.stands(mails);
    Ok(())
}

impl Source for JobQueue {
    fn queues(&self) -> Vec<Queue> {
        self.kinds.iter().map(|kind| Queue::new(kind.queue.clone(), kind.running.get(), kind.limit)).collect()
    }

    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        let backlog = self.backlog.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let row = |kind: &str, state: JobState| {
            backlog.iter().find(move |row| row.kind == kind && row.state == state).cloned()
        };
        let waiting_states = [JobState::Queued, JobState::Parked];
        page.gauges(
            "entremise_jobs",
            "Jobs of all nodes that wait or run, or were given up and wait for a person.",
            self.kinds.iter().flat_map(|JobCounters { kind, .. }| {
                waiting_states.map(|state| {
                    ([("kind", *kind), ("state", state.as_str())], row(kind, state).map_or(0, |row| row.count))
                })
            }),
        )?;
        let now = self.clock.now();
        page.gauges(
            "entremise_job_oldest_seconds",
            "How long the oldest queued job has existed.",
            self.kinds.iter().map(|JobCounters { kind, .. }| {
                let since = row(kind, JobState::Queued).map_or(now, |row| row.oldest);
                ([("kind", *kind)], now.0.saturating_sub(since.0).max(0) / 1000)
            }),
        )?;
        page.counters(
            "entremise_job_runs_total",
            "Runs of jobs on this node, by how they ended.",
            self.kinds.iter().flat_map(|JobCounters { kind, outcomes, .. }| {
                outcomes.iter().map(|(outcome, count)| ([("kind", *kind), ("outcome", outcome.text())], count))
            }),
        )
    }
}

impl Label for JobOutcome {
    const NAME: &'static str = "outcome";

    fn all() -> &'static [Self] {
        &[Self::Done, Self::Retried, Self::Postponed, Self::Parked]
    }

    fn text(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retried => "retried",
            Self::Postponed => "postponed",
            Self::Parked => "parked",
        }
    }
}
