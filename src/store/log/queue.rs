//! The queue of a lane, and its batch under way. Every author is answered exactly once, whatever happens to the thread that
//! commits: by the lane in time, else by the watch.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::super::{StoreError, StoreResult};
use super::metrics::LaneMetrics;
use super::new_entry::NewEntry;
use crate::domain::{Code, Posted, Refusal};

/// Receives the outcome of a post, on a thread of the log, so it must not block.
pub type PostAnswer = Box<dyn FnOnce(StoreResult<Posted>) + Send>;

pub(super) struct LaneQueue {
    state: Mutex<QueueState>,
    arrived: Condvar,
    limit: usize,
    byte_limit: usize,
    depth: AtomicUsize,
    pub metrics: LaneMetrics,
}

#[derive(Default)]
struct QueueState {
    waiting: VecDeque<(NewEntry, QueuedPost)>,
    /// Bytes of the texts that wait.
    bytes: usize,
    /// In the order of the batch; `None` once answered.
    under_way: Vec<Option<QueuedPost>>,
    /// The lane sleeps until something arrives.
    idle: bool,
    closed: bool,
}

struct QueuedPost {
    since: Instant,
    answer: PostAnswer,
}

impl LaneQueue {
    /// For so many posts, with texts of so many bytes in all.
    pub fn new(limit: usize, byte_limit: usize) -> Self {
        let limit = limit.max(1);
        let (state, arrived, depth) = (Mutex::default(), Condvar::new(), AtomicUsize::new(0));
        Self { state, arrived, limit, byte_limit, depth, metrics: LaneMetrics::default() }
    }

    /// Calls `answer` with `log_full` when the queue is full, and with `Unavailable` when it is closed.
    pub fn push(&self, post: NewEntry, answer: PostAnswer) {
        let mut state = self.lock();
        let refused = if state.closed {
            StoreError::Unavailable
        } else if state.waiting.len() >= self.limit || state.bytes >= self.byte_limit {
            StoreError::Refused(Refusal::retry(Code::LogFull, 1000))
        } else {
            state.bytes += post.bytes();
            state.waiting.push_back((post, QueuedPost { since: Instant::now(), answer }));
            self.depth.store(state.waiting.len(), Ordering::Relaxed);
            let wake = std::mem::take(&mut state.idle);
            drop(state);
            if wake {
                self.arrived.notify_one();
            }
            return;
        };
        drop(state);
        answer(Err(refused));
    }

    /// Waits for posts and takes up to `max` of them. `None` when the queue is closed and empty.
    pub fn take(&self, max: usize) -> Option<Vec<NewEntry>> {
        let mut state = self.lock();
        while state.waiting.is_empty() {
            if state.closed {
                return None;
            }
            state.idle = true;
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.idle = false;
        let count = state.waiting.len().min(max);
        let oldest = state.waiting.front().map(|(_, asked)| asked.since);
        let (posts, asked): (Vec<NewEntry>, Vec<_>) =
            state.waiting.drain(..count).map(|(post, asked)| (post, Some(asked))).unzip();
        state.bytes -= posts.iter().map(|post| post.bytes()).sum::<usize>();
        state.under_way = asked;
        self.depth.store(state.waiting.len(), Ordering::Relaxed);
        drop(state);
        self.metrics.taken(count, oldest.map_or(Duration::ZERO, |since| since.elapsed()));
        Some(posts)
    }

    /// Answers the batch under way. `outcomes` stand in its order; an author without one gets `OutcomeUnknown`.
    pub fn finish(&self, outcomes: Vec<StoreResult<Posted>>) {
        let under_way = std::mem::take(&mut self.lock().under_way);
        let mut outcomes = outcomes.into_iter();
        for asked in under_way {
            let outcome = outcomes.next().unwrap_or(Err(StoreError::OutcomeUnknown));
            if let Some(asked) = asked {
                (asked.answer)(outcome);
            }
        }
    }

    /// Answers posts that have waited too long. A post still in the queue is taken out and not stored; the outcome of one under way
    /// is unknown.
    pub fn expire(&self, deadline: Duration) {
        let mut late = Vec::new();
        {
            let mut state = self.lock();
            let is_late = |asked: &QueuedPost| asked.since.elapsed() >= deadline;
            while state.waiting.front().is_some_and(|(_, asked)| is_late(asked)) {
                if let Some((post, asked)) = state.waiting.pop_front() {
                    state.bytes -= post.bytes();
                    late.push((asked, StoreError::Unavailable));
                }
            }
            self.depth.store(state.waiting.len(), Ordering::Relaxed);
            for slot in &mut state.under_way {
                if slot.as_ref().is_some_and(is_late) {
                    late.extend(slot.take().map(|asked| (asked, StoreError::OutcomeUnknown)));
                }
            }
        }
        self.metrics.expired(late.len());
        for (asked, error) in late {
            (asked.answer)(Err(error));
        }
    }

    pub fn depth(&self) -> usize {
        self.depth.load(Ordering::Relaxed)
    }

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Bytes of the texts that wait, and the most that may.
    pub fn bytes(&self) -> (usize, usize) {
        (self.lock().bytes, self.byte_limit)
    }

    /// Takes no more posts; the waiting ones are still committed.
    pub fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::{Receiver, sync_channel};

    use super::*;
    use crate::domain::{AccountId, EntryBody, Nonce, RoomId, Seq, SessionId, Timestamp};

    fn post(nonce: &str) -> NewEntry {
        let nonce = Nonce::parse(nonce.to_owned()).unwrap();
        NewEntry::new(RoomId(1), AccountId(1), SessionId(1), nonce, EntryBody::message("text"))
    }

    fn push(queue: &LaneQueue, nonce: &str) -> Receiver<StoreResult<Posted>> {
        let (answer, answered) = sync_channel(1);
        queue.push(post(nonce), Box::new(move |result| answer.send(result).unwrap()));
        answered
    }

    fn posted() -> Posted {
        Posted { room: RoomId(1), seq: Seq(7), at: Timestamp(1), repeated: false }
    }

    #[test]
    fn a_batch_is_taken_in_order_and_answered_in_order() {
        let queue = LaneQueue::new(10, 1000);
        let answers = ["a", "b", "c"].map(|nonce| push(&queue, nonce));
        let taken = queue.take(2).unwrap();
        assert_eq!(taken.iter().map(|post| post.nonce.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(queue.depth(), 1);
        queue.finish(vec![Ok(posted()), Err(StoreError::Unavailable)]);
        assert!(matches!(answers[0].recv().unwrap(), Ok(p) if p == posted()));
        assert!(matches!(answers[1].recv().unwrap(), Err(StoreError::Unavailable)));
        assert!(answers[2].try_recv().is_err());
    }

    #[test]
    fn one_too_many_is_refused_at_once() {
        let queue = LaneQueue::new(1, 1000);
        let first = push(&queue, "a");
        let second = push(&queue, "b").recv().unwrap();
        assert!(matches!(second, Err(StoreError::Refused(refusal)) if refusal.code == Code::LogFull));
        assert!(first.try_recv().is_err());
    }

    #[test]
    fn texts_that_are_too_large_together_are_refused_until_some_are_taken() {
        // Each is "text".
        let queue = LaneQueue::new(10, 8);
        let mut kept = Vec::new();
        let mut refused = |nonce| {
            let answer = push(&queue, nonce);
            let refused = matches!(answer.try_recv(), Ok(Err(StoreError::Refused(_))));
            kept.push(answer);
            refused
        };
        assert!(!refused("a") && !refused("b") && refused("c"));
        queue.take(1).unwrap();
        assert!(!refused("d") && refused("e"));
        queue.expire(Duration::ZERO);
        assert!(!refused("f") && !refused("g") && refused("h"));
    }

    #[test]
    fn who_waits_too_long_is_told_what_is_known() {
        let queue = LaneQueue::new(10, 1000);
        let [under_way, waiting] = ["a", "b"].map(|nonce| push(&queue, nonce));
        queue.take(1).unwrap();
        queue.expire(Duration::from_secs(3600));
        assert!(under_way.try_recv().is_err() && waiting.try_recv().is_err());
        queue.expire(Duration::ZERO);
        assert!(matches!(under_way.recv().unwrap(), Err(StoreError::OutcomeUnknown)));
        assert!(matches!(waiting.recv().unwrap(), Err(StoreError::Unavailable)));
        // The lane comes back late: everybody has their answer, and nobody gets a second one.
        queue.finish(vec![Ok(posted())]);
        assert!(under_way.try_recv().is_err());
        assert_eq!(queue.depth(), 0);
    }

    #[test]
    fn a_batch_that_is_lost_leaves_nobody_without_an_answer() {
        let queue = LaneQueue::new(10, 1000);
        let answer = push(&queue, "a");
        queue.take(1).unwrap();
        queue.finish(Vec::new());
        assert!(matches!(answer.recv().unwrap(), Err(StoreError::OutcomeUnknown)));
    }

    #[test]
    fn a_closed_queue_gives_what_it_has_and_takes_nothing() {
        let queue = Arc::new(LaneQueue::new(10, 1000));
        let _kept = push(&queue, "a");
        queue.close();
        assert!(matches!(push(&queue, "b").recv().unwrap(), Err(StoreError::Unavailable)));
        assert_eq!(queue.take(5).unwrap().len(), 1);
        assert!(queue.take(5).is_none());
    }
}
