//! A queue for reads that can wait. After a restart thousands of clients join rooms and catch up at once. Their reads wait here in
//! order, and few of them are in the executor's queue at a time, so that it never fills up and refuses other calls.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::{StoreError, StoreResult};
use crate::telemetry::metrics::Level;

/// The longest wait of a read. It is longer than any storm of joins that one node can take; then the read is refused.
const PATIENCE: Duration = Duration::from_secs(10);
/// Reads that may wait: each connection has a few at most.
pub(super) const MAX_WAITING: usize = 65_536;

#[derive(Clone)]
pub(super) struct ReadQueue {
    free: Arc<Semaphore>,
    waiting: Arc<Level>,
}

/// The place in the queue, which is given back also when the caller gives up.
struct WaitGuard<'a>(&'a Level);

impl ReadQueue {
    /// Enough to keep every thread busy, and never more than the queue holds.
    pub fn new(threads: u32, queue: usize) -> Self {
        let threads = usize::try_from(threads).unwrap_or(1);
        Self { free: Arc::new(Semaphore::new((threads * 2).min(queue).max(1))), waiting: Arc::default() }
    }

    /// Runs `read` when it is its turn. `Busy` when too many wait, `Unavailable` when it waited too long.
    ///
    /// The read has a task of its own: a connection whose peer does not read is not polled, and would keep its permit.
    pub async fn take<T: Send + 'static>(
        &self,
        read: impl Future<Output = StoreResult<T>> + Send + 'static,
    ) -> StoreResult<T> {
        let read_queue = self.clone();
        let mut task = AbortOnDrop(tokio::spawn(async move { read_queue.wait_and(read).await }));
        (&mut task.0).await.unwrap_or(Err(StoreError::Unavailable))
    }

    async fn wait_and<T>(&self, read: impl Future<Output = StoreResult<T>>) -> StoreResult<T> {
        let permit = {
            let before = self.waiting.up();
            let _waiting = WaitGuard(&self.waiting);
            if before >= MAX_WAITING {
                return Err(StoreError::Busy);
            }
            tokio::time::timeout(PATIENCE, self.free.acquire()).await
        };
        let Ok(Ok(_permit)) = permit else { return Err(StoreError::Unavailable) };
        read.await
    }

    pub fn waiting(&self) -> usize {
        self.waiting.get()
    }
}

/// A read whose caller has gone is skipped.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Drop for WaitGuard<'_> {
    fn drop(&mut self) {
        self.0.down();
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;

    #[tokio::test]
    async fn no_more_run_at_once_than_there_are_turns_and_each_has_one() {
        let read_queue = ReadQueue::new(1, 256);
        let running = Arc::new(Level::default());
        let reads = (0..100).map(|number| {
            let (read_queue, running) = (read_queue.clone(), running.clone());
            tokio::spawn(async move {
                read_queue
                    .take(async move {
                        assert!(running.up() < 2, "a third one runs");
                        tokio::task::yield_now().await;
                        running.down();
                        Ok(number)
                    })
                    .await
            })
        });
        for (number, read) in reads.collect::<Vec<_>>().into_iter().enumerate() {
            assert_eq!(read.await.unwrap().unwrap(), number);
        }
        assert_eq!(read_queue.waiting(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_not_polled_any_more_keeps_no_turn() {
        let read_queue = ReadQueue::new(1, 1);
        let mut forgotten = Box::pin(read_queue.take(async { Ok(()) }));
        // Asked once, as by a connection whose peer then stops reading.
        let asked_once = std::future::poll_fn(|cx| Poll::Ready(forgotten.as_mut().poll(cx).is_pending()));
        assert!(asked_once.await);
        assert!(read_queue.take(async { Ok(()) }).await.is_ok());
        assert!(read_queue.take(async { Ok(()) }).await.is_ok());
        drop(forgotten);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_told_and_leaves_the_line() {
        let read_queue = ReadQueue::new(1, 1);
        let holding = tokio::spawn({
            let read_queue = read_queue.clone();
            async move { read_queue.take(std::future::pending::<StoreResult<()>>()).await }
        });
        tokio::task::yield_now().await;
        let refused = read_queue.take(async { Ok(()) }).await;
        assert!(matches!(refused, Err(StoreError::Unavailable)));
        assert_eq!(read_queue.waiting(), 0);
        holding.abort();
        let _ = holding.await;
        assert!(read_queue.take(async { Ok(()) }).await.is_ok(), "a turn whose owner is gone is free again");
    }
}
