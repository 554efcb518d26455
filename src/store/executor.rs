//! A fixed set of threads for blocking calls, with bounded queues and a deadline for the caller. Calls on which everything else
//! depends go first; calls that can wait go last and never take all threads.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::metrics::StoreMetrics;
use super::{StoreError, StoreResult};

type StoreTask = Box<dyn FnOnce() + Send>;

/// The order of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Priority {
    /// Short reads by a key: sessions, health, and what a post needs.
    High,
    Normal,
    /// Read positions. A client that floods the node with them delays no other call.
    Low,
}

#[derive(Clone)]
pub(super) struct Executor {
    queue: Arc<ExecutorQueue>,
    metrics: Arc<StoreMetrics>,
    /// The threads end with the last clone.
    _owner: Arc<Owner>,
}

struct ExecutorQueue {
    waiting: Mutex<WaitingCalls>,
    arrived: Condvar,
    /// Threads that may be busy with calls of low priority at a time.
    low_threads: usize,
}

#[derive(Default)]
struct WaitingCalls {
    high: VecDeque<StoreTask>,
    normal: VecDeque<StoreTask>,
    low: VecDeque<StoreTask>,
    low_running: usize,
    closed: bool,
}

struct Owner(Arc<ExecutorQueue>);

/// A job whose caller has gone does not begin. One that has begun runs to its end.
const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const GIVEN_UP: u8 = 2;

impl Executor {
    pub(super) fn start(name: &str, threads: u32, metrics: Arc<StoreMetrics>) -> StoreResult<Self> {
        let low_threads = usize::try_from(threads / 2).unwrap_or(1).max(1);
        let queue = Arc::new(ExecutorQueue { waiting: Mutex::default(), arrived: Condvar::new(), low_threads });
        for number in 0..threads {
            let (queue, metrics) = (queue.clone(), metrics.clone());
            std::thread::Builder::new()
                .name(format!("{name}-{number}"))
                .spawn(move || work(&queue, &metrics))
                .map_err(|e| StoreError::Setup(format!("cannot start a thread: {e}")))?;
        }
        Ok(Self { _owner: Arc::new(Owner(queue.clone())), queue, metrics })
    }

    /// `Busy` when the queue of this priority is full, `Unavailable` when the deadline passed before the job began,
    /// `OutcomeUnknown` when it passed after.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        priority: Priority,
        deadline: Duration,
        job: impl FnOnce() -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let (answer, answered) = oneshot::channel();
        let stage = Arc::new(AtomicU8::new(WAITING));
        let (job_stage, metrics, queued) = (stage.clone(), self.metrics.clone(), Instant::now());
        let job: StoreTask = Box::new(move || {
            metrics.waited.took(queued.elapsed());
            if job_stage.compare_exchange(WAITING, BEGUN, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                // The caller may have gone; then nobody needs the answer.
                let _ = answer.send(job());
            }
        });
        self.push(priority, job)?;
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

    fn push(&self, priority: Priority, job: StoreTask) -> StoreResult<()> {
        let mut waiting = self.queue.lock();
        let queue = waiting.of(priority);
        if queue.len() >= self.metrics.limit(priority) {
            return Err(StoreError::Busy);
        }
        queue.push_back(job);
        drop(waiting);
        self.metrics.waiting(priority).up();
        self.queue.arrived.notify_one();
        Ok(())
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.arrived.notify_all();
    }
}

impl WaitingCalls {
    fn of(&mut self, priority: Priority) -> &mut VecDeque<StoreTask> {
        match priority {
            Priority::High => &mut self.high,
            Priority::Normal => &mut self.normal,
            Priority::Low => &mut self.low,
        }
    }
}

impl ExecutorQueue {
    fn lock(&self) -> MutexGuard<'_, WaitingCalls> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next job. `None` when no sender is left.
    fn take(&self) -> Option<(Priority, StoreTask)> {
        let mut waiting = self.lock();
        loop {
            for priority in [Priority::High, Priority::Normal, Priority::Low] {
                let is_low = priority == Priority::Low;
                if is_low && waiting.low_running >= self.low_threads {
                    continue;
                }
                if let Some(job) = waiting.of(priority).pop_front() {
                    waiting.low_running += usize::from(is_low);
                    return Some((priority, job));
                }
            }
            if waiting.closed {
                return None;
            }
            waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn work(queue: &ExecutorQueue, metrics: &StoreMetrics) {
    while let Some((priority, job)) = queue.take() {
        metrics.waiting(priority).down();
        // A panic ends one call, not the thread that serves all the others.
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).is_err() {
            tracing::error!("a call to the store panicked");
        }
        if priority == Priority::Low {
            // This thread takes the next job itself.
            queue.lock().low_running -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(60);

    fn executor(threads: u32, limit: usize) -> Executor {
        Executor::start("test", threads, Arc::new(StoreMetrics::new(limit))).unwrap()
    }

    /// A call that has begun, and ends when it is told to.
    fn occupy(executor: &Executor, priority: Priority) -> (SyncSender<()>, tokio::task::JoinHandle<StoreResult<()>>) {
        let ((end, ended), (begin, begun)) = (sync_channel::<()>(1), sync_channel::<()>(1));
        let executor = executor.clone();
        let call = tokio::spawn(async move {
            let job = move || {
                begin.send(()).unwrap();
                let _ = ended.recv();
                Ok(())
            };
            executor.run(priority, DEADLINE, job).await
        });
        wait_for(begun);
        (end, call)
    }

    fn wait_for(begun: Receiver<()>) {
        tokio::task::block_in_place(|| begun.recv().unwrap());
    }

    fn note(
        executor: &Executor,
        priority: Priority,
        name: &'static str,
        order: &SyncSender<&'static str>,
    ) -> tokio::task::JoinHandle<StoreResult<()>> {
        let (executor, order, depth) = (executor.clone(), order.clone(), executor.metrics.waiting(priority).get());
        let noting = executor.clone();
        let call = tokio::spawn(async move {
            noting
                .run(priority, DEADLINE, move || {
                    order.send(name).unwrap();
                    Ok(())
                })
                .await
        });
        tokio::task::block_in_place(|| {
            while executor.metrics.waiting(priority).get() == depth && !call.is_finished() {
                std::thread::yield_now();
            }
        });
        call
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_everything_stands_on_goes_first_and_what_can_wait_last() {
        let executor = executor(1, 10);
        let (end, busy) = occupy(&executor, Priority::Normal);
        let (order, ordered) = sync_channel(100);
        let calls = [(Priority::Low, "low"), (Priority::Normal, "normal"), (Priority::High, "high")]
            .map(|(priority, name)| note(&executor, priority, name, &order));
        drop(end);
        busy.await.unwrap().unwrap();
        for call in calls {
            call.await.unwrap().unwrap();
        }
        assert_eq!(ordered.try_iter().collect::<Vec<_>>(), ["high", "normal", "low"]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_can_wait_never_takes_all_the_threads_nor_the_place_of_others() {
        let executor = executor(2, 1);
        let (end, busy) = occupy(&executor, Priority::Low);
        let (order, ordered) = sync_channel(100);
        let full = executor.metrics.limit(Priority::Low);
        let waiting: Vec<_> = (0..full).map(|_| note(&executor, Priority::Low, "low", &order)).collect();
        let refused = executor.run(Priority::Low, DEADLINE, || Ok(())).await;
        assert!(matches!(refused, Err(StoreError::Busy)));
        for priority in [Priority::Normal, Priority::High] {
            executor.run(priority, DEADLINE, || Ok(())).await.unwrap();
        }
        assert_eq!(ordered.try_iter().count(), 0, "one thread is kept for the others");
        drop(end);
        busy.await.unwrap().unwrap();
        for call in waiting {
            call.await.unwrap().unwrap();
        }
        assert_eq!(ordered.try_iter().count(), full);
    }
}
