//! The worker that empties the queue. It takes a mail under a lease, sends it outside any transaction, and reports under
//! the attempt's number. So a mail leaves at least once, and twice only if this process dies, or the database goes away,
//! between the server's yes and the report; both copies then carry the same Message-ID.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::mailer::{MailFailure, Mailer, OutgoingMail};
use super::metrics::{MailMetrics, MailOutcome, Reason};
use crate::domain::{Clock, MailId};
use crate::store::mails::{self, ClaimedMail, MAX_ATTEMPTS, backoff_ms};
use crate::store::{Store, StoreError, StoreResult};
use crate::telemetry::metrics::{Page, Source};

const POLL: Duration = Duration::from_secs(2);
/// Mails under way at once.
const LANES: usize = 4;
/// Longer than one attempt and its report can take, so that a living worker keeps its mail. Each lane claims one mail at a
/// time: nothing waits in memory while its lease runs out, and a mail dropped meanwhile does not leave.
const LEASE_MS: i64 = 60_000;
/// How often the report of one attempt is tried, with pauses that double from [`REPORT_PAUSE`].
const REPORT_TRIES: u32 = 6;
const REPORT_PAUSE: Duration = Duration::from_millis(100);
/// How often it is asked how many mails wait, when nothing else happens.
const COUNT_EVERY: Duration = Duration::from_secs(15);
/// How long [`MailQueueHandle::stop`] waits for mails under way.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// The queue's worker. Any number of nodes may run one.
pub struct MailQueue;

/// Cheap to clone. Dropping it does not stop the worker.
#[derive(Clone)]
pub struct MailQueueHandle {
    metrics: Arc<MailMetrics>,
    clock: Clock,
    signals: Arc<Signals>,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

/// What became of the mails that were due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drained {
    pub sent: usize,
    /// Failed, and due again later.
    pub retried: usize,
    pub parked: usize,
}

#[derive(Default)]
struct Signals {
    wake: Notify,
    stopping: AtomicBool,
}

struct MailWorker {
    poll: Duration,
    metrics: Arc<MailMetrics>,
    store: Store,
    mailer: Arc<dyn Mailer>,
    clock: Clock,
    signals: Arc<Signals>,
}

impl MailQueue {
    /// Spawns the worker on the current tokio runtime; panics outside one.
    pub fn start(store: Store, mailer: Arc<dyn Mailer>, clock: Clock) -> MailQueueHandle {
        Self::start_polling(store, mailer, clock, POLL)
    }

    fn start_polling(store: Store, mailer: Arc<dyn Mailer>, clock: Clock, poll: Duration) -> MailQueueHandle {
        let (signals, metrics) = (Arc::new(Signals::default()), Arc::new(MailMetrics::default()));
        let worker = MailWorker {
            poll,
            metrics: metrics.clone(),
            store,
            mailer,
            clock: clock.clone(),
            signals: signals.clone(),
        };
        let task = tokio::spawn(worker.run());
        MailQueueHandle { metrics, clock, signals, task: Arc::new(Mutex::new(Some(task))) }
    }
}

impl MailQueueHandle {
    /// After the commit of an enqueue: the mail leaves now and not at the next poll.
    pub fn wake(&self) {
        self.signals.wake.notify_one();
    }

    /// Claims nothing more and waits a few seconds for the mails under way. What is not done then is dropped and sent
    /// again when its lease has ended.
    pub async fn stop(&self) {
        self.signals.stopping.store(true, Ordering::SeqCst);
        self.wake();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut task) = task
            && tokio::time::timeout(STOP_PATIENCE, &mut task).await.is_err()
        {
            tracing::warn!("mails were still under way when the queue stopped; they will be sent again");
            task.abort();
        }
    }
}

impl Source for MailQueueHandle {
    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        self.metrics.write(page, &self.clock)
    }
}

/// Sends all that is due now, and gives the first trouble with the store, if any. For commands and tests.
pub async fn drain_once(store: &Store, mailer: &Arc<dyn Mailer>, clock: &Clock) -> StoreResult<Drained> {
    let worker = MailWorker {
        poll: POLL,
        metrics: Arc::default(),
        store: store.clone(),
        mailer: mailer.clone(),
        clock: clock.clone(),
        signals: Arc::default(),
    };
    worker.drain().await
}

impl MailWorker {
    async fn run(self) {
        let mut store_fails = false;
        let mut counted: Option<Instant> = None;
        while !self.is_stopping() {
            let drained = self.drain().await;
            let moved = drained.as_ref().is_ok_and(|drained| *drained != Drained::default());
            if moved || counted.is_none_or(|at| at.elapsed() >= COUNT_EVERY) {
                counted = Some(Instant::now());
                if let Ok(backlog) = self.store.read(mails::backlog).await {
                    self.metrics.stands(backlog);
                }
            }
            match drained {
                Ok(_) if store_fails => {
                    store_fails = false;
                    tracing::info!("the mail queue reaches the store again");
                }
                Ok(_) => {}
                Err(error) if !store_fails => {
                    store_fails = true;
                    tracing::warn!(%error, "the mail queue cannot use the store; it keeps trying");
                }
                Err(_) => {}
            }
            if !self.is_stopping() {
                // A wake-up during the drain is kept and ends this wait at once.
                let _ = tokio::time::timeout(self.poll, self.signals.wake.notified()).await;
            }
        }
    }

    fn is_stopping(&self) -> bool {
        self.signals.stopping.load(Ordering::SeqCst)
    }

    async fn drain(&self) -> StoreResult<Drained> {
        let now = self.clock.now();
        if !self.store.read(move |conn| mails::is_any_due(conn, now)).await? {
            return Ok(Drained::default());
        }
        let lanes = futures_util::future::join_all((0..LANES).map(|_| self.lane())).await;
        self.mailer.rest().await;
        let mut total = Drained::default();
        let mut trouble = None;
        for (drained, error) in lanes {
            total.sent += drained.sent;
            total.retried += drained.retried;
            total.parked += drained.parked;
            trouble = trouble.or(error);
        }
        trouble.map_or(Ok(total), Err)
    }

    /// One mail after the other until none is due.
    async fn lane(&self) -> (Drained, Option<StoreError>) {
        let mut drained = Drained::default();
        while !self.is_stopping() {
            let now = self.clock.now();
            let claimed = match self.store.write(move |conn| mails::claim_due(conn, now, LEASE_MS, 1)).await {
                Ok(mut claimed) => claimed.pop(),
                Err(error) => return (drained, Some(error)),
            };
            let Some(mail) = claimed else { break };
            if let Err(error) = self.attempt(mail, &mut drained).await {
                return (drained, Some(error));
            }
        }
        (drained, None)
    }

    async fn attempt(&self, claimed: ClaimedMail, drained: &mut Drained) -> StoreResult<()> {
        let ClaimedMail { id, attempts, message_id, recipient, content } = claimed;
        // More than were allowed: the last one ended with its process. It must not take us with it as well.
        let result = if attempts > MAX_ATTEMPTS {
            Err(MailFailure::INTERRUPTED)
        } else {
            let mail = OutgoingMail { message_id, to: recipient, content };
            // One poisonous mail must not end the worker that sends all the others.
            AssertUnwindSafe(self.mailer.send(&mail)).catch_unwind().await.unwrap_or(Err(MailFailure::INTERRUPTED))
        };
        if let Err(failure) = &result {
            self.metrics.failures.one(Reason(failure.code));
        }
        match result {
            Ok(()) => {
                drained.sent += 1;
                self.metrics.attempts.one(MailOutcome::Sent);
                tracing::info!(mail = id.0, attempts, "mail sent");
                let now = self.clock.now();
                let reported = self.report(id, move |conn| mails::mark_sent(conn, id, attempts, now)).await;
                self.store.note_erased();
                reported
            }
            Err(MailFailure { code, permanent }) if permanent || attempts >= MAX_ATTEMPTS => {
                drained.parked += 1;
                self.metrics.attempts.one(MailOutcome::Parked);
                tracing::error!(mail = id.0, attempts, code, "mail parked: it will not be tried again");
                self.report(id, move |conn| mails::mark_parked(conn, id, attempts, code)).await
            }
            Err(MailFailure { code, .. }) => {
                drained.retried += 1;
                self.metrics.attempts.one(MailOutcome::Retried);
                tracing::warn!(mail = id.0, attempts, code, "mail failed; it will be tried again");
                let due_at = self.clock.now().plus_ms(backoff_ms(attempts));
                self.report(id, move |conn| mails::mark_retry(conn, id, attempts, due_at, code)).await
            }
        }
    }

    /// Stores what became of an attempt. Worth several tries: a mail that left unreported leaves a second time.
    async fn report<F>(&self, id: MailId, mark: F) -> StoreResult<()>
    where
        F: Fn(&mut crate::store::Db) -> StoreResult<bool> + Clone + Send + 'static,
    {
        let mut pause = REPORT_PAUSE;
        let mut tries = 1;
        loop {
            match self.store.write(mark.clone()).await {
                // False: dropped meanwhile, taken over by another attempt, or reported by a try whose answer got lost.
                Ok(_) => return Ok(()),
                Err(error) if error.is_transient() && tries < REPORT_TRIES => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                    tries += 1;
                }
                Err(error) => {
                    tracing::error!(mail = id.0, %error, "what became of a mail could not be stored; it may be sent twice");
                    return Err(error);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
