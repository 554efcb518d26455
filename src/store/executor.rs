//! A fixed set of threads for blocking calls, with a bounded queue and a deadline for the caller.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::metrics::StoreMetrics;
use super::{StoreError, StoreResult};

type Job = Box<dyn FnOnce() + Send>;

#[derive(Clone)]
pub(super) struct Executor {
    jobs: SyncSender<Job>,
    metrics: Arc<StoreMetrics>,
}

/// A job that its caller gave up before it began is not begun; one that has begun cannot be taken back.
const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const GIVEN_UP: u8 = 2;

impl Executor {
    pub(super) fn start(name: &str, threads: u32, metrics: Arc<StoreMetrics>) -> StoreResult<Self> {
        let (jobs, receiver) = sync_channel::<Job>(metrics.limit);
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..threads {
            let (receiver, metrics) = (receiver.clone(), metrics.clone());
            std::thread::Builder::new()
                .name(format!("{name}-{number}"))
                .spawn(move || work(&receiver, &metrics))
                .map_err(|e| StoreError::Setup(format!("cannot start a thread: {e}")))?;
        }
        Ok(Self { jobs, metrics })
    }

    /// `Busy` when the queue is full, `Unavailable` when the deadline passed before the job began, `OutcomeUnknown` when
    /// it passed after.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        deadline: Duration,
        job: impl FnOnce() -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let (answer, answered) = oneshot::channel();
        let stage = Arc::new(AtomicU8::new(WAITING));
        let (job_stage, metrics, queued) = (stage.clone(), self.metrics.clone(), Instant::now());
        let job: Job = Box::new(move || {
            metrics.waited.took(queued.elapsed());
            if job_stage.compare_exchange(WAITING, BEGUN, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                // Nobody may be waiting any more; then the answer is of no interest.
                let _ = answer.send(job());
            }
        });
        self.metrics.waiting.up();
        if let Err(refused) = self.jobs.try_send(job) {
            self.metrics.waiting.down();
            return Err(match refused {
                TrySendError::Full(_) => StoreError::Busy,
                TrySendError::Disconnected(_) => StoreError::Unavailable,
            });
        }
        match tokio::time::timeout(deadline, answered).await {
            Ok(Ok(result)) => result,
            // The job panicked; its transaction was rolled back with its connection.
            Ok(Err(_)) => Err(StoreError::Unavailable),
            Err(_) => match stage.compare_exchange(WAITING, GIVEN_UP, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => Err(StoreError::Unavailable),
                Err(_) => Err(StoreError::OutcomeUnknown),
            },
        }
    }
}

fn work(receiver: &Mutex<Receiver<Job>>, metrics: &StoreMetrics) {
    loop {
        let job = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => {
                metrics.waiting.down();
                // A panic ends one call, not the thread that serves all the others.
                if std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).is_err() {
                    tracing::error!("a call to the store panicked");
                }
            }
            Err(_) => return,
        }
    }
}
