//! The worker. One loop finds what is due. Each kind has lanes of its own, as many as it may have runs, so a busy or slow kind delays
//! no other. A lane runs jobs of its kind, the one that has been due for longest first, until none is due.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

use super::kind::JobKind;
use super::run::run_one;
use crate::app::{self, App, JobOutcome};
use crate::store::{StoreError, StoreResult, clock, jobs};

const POLL: Duration = Duration::from_secs(2);
/// How often the waiting jobs are counted, when nothing else happens.
const COUNT_EVERY: Duration = Duration::from_secs(15);
/// How long [`Worker::stop`] waits for runs under way.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// The worker of one node; any number of nodes may have one.
pub struct Worker {
    app: Arc<App>,
    task: JoinHandle<()>,
}

/// The outcomes of the jobs that were due, by kind.
pub type Drained = BTreeMap<&'static str, DrainedKind>;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DrainedKind {
    pub done: usize,
    /// Failed or too early, and due again later.
    pub waiting: usize,
    pub parked: usize,
}

impl DrainedKind {
    fn note(&mut self, outcome: JobOutcome) {
        match outcome {
            JobOutcome::Done => self.done += 1,
            JobOutcome::Retried | JobOutcome::Postponed => self.waiting += 1,
            JobOutcome::Parked => self.parked += 1,
        }
    }
}

/// The lanes of one kind.
struct Lanes {
    kind: &'static JobKind,
    free: Arc<Semaphore>,
    busy: AtomicUsize,
    /// A job was due while no lane was free. The next lane that ends wakes the loop, because it may have looked before.
    rescan: AtomicBool,
}

impl Worker {
    /// Starts on the current tokio runtime; panics outside one.
    pub fn start(app: Arc<App>, kinds: &'static [JobKind]) -> Self {
        Self::start_polling(app, kinds, POLL)
    }

    pub(super) fn start_polling(app: Arc<App>, kinds: &'static [JobKind], poll: Duration) -> Self {
        let task = tokio::spawn(work(app.clone(), kinds, poll));
        Self { app, task }
    }

    /// Begins no more runs and waits a few seconds for those under way. A run that has not ended then is dropped, and repeated when its
    /// lease has ended.
    pub async fn stop(mut self) {
        self.app.jobs.stop();
        if tokio::time::timeout(STOP_PATIENCE, &mut self.task).await.is_err() {
            tracing::warn!("jobs were still running when the worker stopped; they will run again");
            self.task.abort();
        }
    }
}

async fn work(app: Arc<App>, kinds: &'static [JobKind], poll: Duration) {
    let lanes: Vec<Arc<Lanes>> = kinds.iter().map(|kind| Arc::new(Lanes::of(kind))).collect();
    // The runs are dropped with this task.
    let mut running = JoinSet::new();
    let mut store_fails = false;
    let mut counted: Option<Instant> = None;
    while !app.jobs.is_stopping() {
        let due = find_due(&app, kinds).await;
        match &due {
            Ok(due) => {
                if store_fails {
                    tracing::info!("the worker of the jobs reaches the store again");
                }
                lanes
                    .iter()
                    .filter(|lanes| due.contains(&lanes.kind.name))
                    .for_each(|lanes| lanes.open(&app, &mut running));
            }
            Err(error) if !store_fails => {
                tracing::warn!(%error, "the worker of the jobs cannot use the store; it keeps trying")
            }
            Err(_) => {}
        }
        store_fails = due.is_err();
        while running.try_join_next().is_some() {}
        if due.is_ok_and(|due| !due.is_empty()) || counted.is_none_or(|at| at.elapsed() >= COUNT_EVERY) {
            counted = Some(Instant::now());
            let _ = app::job_queue::count(&app).await;
        }
        if !app.jobs.is_stopping() {
            // A wake-up during the look is kept and ends this wait at once.
            let _ = tokio::time::timeout(poll, app.jobs.woken()).await;
        }
    }
    while running.join_next().await.is_some() {}
}

/// Makes the missing slots, and returns the kinds that have a due job.
async fn find_due(app: &App, kinds: &'static [JobKind]) -> StoreResult<Vec<&'static str>> {
    let now = app.clock.now();
    let (due, missing) = app
        .store
        .read(move |conn| {
            let mut missing = Vec::new();
            let at = clock::now(conn)?;
            for (kind, every) in kinds.iter().filter_map(|kind| Some((kind.name, kind.every_ms()?))) {
                let slot = jobs::slot_at(at, every);
                if jobs::is_slot_missing(conn, kind, &slot)? {
                    missing.push((kind, slot));
                }
            }
            Ok((jobs::due_kinds(conn, now)?, missing))
        })
        .await?;
    let mut due: Vec<&'static str> =
        kinds.iter().map(|kind| kind.name).filter(|name| due.iter().any(|due| due == name)).collect();
    for (kind, slot) in missing {
        app.store.write(move |conn| jobs::enqueue_slot(conn, kind, &slot, now)).await?;
        due.push(kind);
    }
    Ok(due)
}

impl Lanes {
    fn of(kind: &'static JobKind) -> Self {
        let free = Arc::new(Semaphore::new(kind.at_once));
        Self { kind, free, busy: AtomicUsize::new(0), rescan: AtomicBool::new(false) }
    }

    /// Opens every lane that is free.
    fn open(self: &Arc<Self>, app: &Arc<App>, running: &mut JoinSet<()>) {
        self.rescan.store(true, Ordering::SeqCst);
        while let Ok(permit) = self.free.clone().try_acquire_owned() {
            self.rescan.store(false, Ordering::SeqCst);
            self.busy.fetch_add(1, Ordering::SeqCst);
            let (lanes, app) = (self.clone(), app.clone());
            running.spawn(async move {
                let _ = lanes.run(&app, &mut DrainedKind::default()).await;
                if lanes.busy.fetch_sub(1, Ordering::SeqCst) == 1 {
                    (lanes.kind.rest)(&app).await;
                }
                drop(permit);
                if lanes.rescan.swap(false, Ordering::SeqCst) {
                    app.jobs.wake();
                }
            });
        }
    }

    async fn run(&self, app: &App, drained: &mut DrainedKind) -> StoreResult<()> {
        while !app.jobs.is_stopping() {
            match run_one(app, self.kind).await? {
                Some(outcome) => drained.note(outcome),
                None => break,
            }
        }
        Ok(())
    }
}

/// Runs all due jobs, slots of the schedule included, and returns the first error of the store, if any. For commands and tests.
pub async fn drain(app: &App, kinds: &'static [JobKind]) -> StoreResult<Drained> {
    find_due(app, kinds).await?;
    let mut drained = Drained::new();
    let mut trouble: Option<StoreError> = None;
    let runs = futures_util::future::join_all(kinds.iter().map(|kind| drain_kind(app, kind))).await;
    for (kind, (of_kind, error)) in kinds.iter().zip(runs) {
        if of_kind != DrainedKind::default() {
            drained.insert(kind.name, of_kind);
        }
        trouble = trouble.or(error);
    }
    trouble.map_or(Ok(drained), Err)
}

async fn drain_kind(app: &App, kind: &'static JobKind) -> (DrainedKind, Option<StoreError>) {
    let lanes = Lanes::of(kind);
    let lane = || async {
        let mut drained = DrainedKind::default();
        let result = lanes.run(app, &mut drained).await;
        (drained, result.err())
    };
    let all = futures_util::future::join_all((0..kind.at_once).map(|_| lane())).await;
    (kind.rest)(app).await;
    all.into_iter().fold((DrainedKind::default(), None), |(mut sum, trouble), (drained, error)| {
        sum.done += drained.done;
        sum.waiting += drained.waiting;
        sum.parked += drained.parked;
        (sum, trouble.or(error))
    })
}

#[cfg(test)]
mod tests;
