use std::sync::atomic::AtomicUsize;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::*;
use crate::adapters::mail::{MailFailure, Mailer, OutgoingMail};
use crate::domain::{JobPayload, JobState, Timestamp};
use crate::jobs::testing::{JobFixture, NEVER};
use crate::jobs::{Job, JobAttempt, JobError};

struct NoMailer;

impl Mailer for NoMailer {
    fn send<'a>(&'a self, _mail: &'a OutgoingMail) -> BoxFuture<'a, Result<(), MailFailure>> {
        Box::pin(async { Ok(()) })
    }
}

/// A job of a test: its kind, and what a run does.
macro_rules! test_job {
    ($name:ident, $kind:literal, { $($constant:item)* }, $run:expr) => {
        #[derive(Serialize, Deserialize)]
        struct $name;

        impl JobPayload for $name {
            const KIND: &'static str = $kind;
        }

        impl Job for $name {
            $($constant)*

            async fn run(&self, _app: &App, attempt: JobAttempt) -> Result<(), JobError> {
                $run(attempt).await
            }
        }
    };
}

fn fixture(kinds: &'static [JobKind]) -> JobFixture {
    JobFixture::new(kinds, |_, _| Arc::new(NoMailer))
}

impl JobFixture {
    async fn put<J: Job>(&self, job: J) {
        let (job, now) = (Arc::new(job), self.app.clock.now());
        self.app.store.write(move |conn| jobs::enqueue(conn, &*job, None, now, now)).await.unwrap();
    }

    async fn counts(&self) -> Vec<(String, JobState, i64)> {
        let counts = self.app.store.read(jobs::counts).await.unwrap();
        counts.into_iter().map(|row| (row.kind, row.state, row.count)).collect()
    }

    /// The code of the last parked job.
    async fn parked_code(&self) -> Option<String> {
        self.app.store.read(jobs::parked).await.unwrap().pop().and_then(|row| row.error_code)
    }
}

async fn soon(what: &str, of: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(15), of).await.unwrap_or_else(|_| panic!("never: {what}"));
}

static SLOW_BEGAN: Semaphore = Semaphore::const_new(0);
static SLOW_MAY_END: Semaphore = Semaphore::const_new(0);
static SLOW_RUNNING: AtomicUsize = AtomicUsize::new(0);
static QUICK_RAN: Semaphore = Semaphore::const_new(0);
test_job!(
    Slow,
    "slow",
    {
        const AT_ONCE: usize = 2;
    },
    |_| async {
        assert!(SLOW_RUNNING.fetch_add(1, Ordering::SeqCst) < 2, "more at once than its kind may have");
        SLOW_BEGAN.add_permits(1);
        SLOW_MAY_END.acquire().await.unwrap().forget();
        SLOW_RUNNING.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }
);
test_job!(Quick, "quick", {}, |_| async {
    QUICK_RAN.add_permits(1);
    Ok(())
});

#[tokio::test]
async fn a_kind_with_much_to_do_keeps_no_other_waiting() {
    const ALL: &[JobKind] = &[JobKind::of::<Slow>(), JobKind::of::<Quick>()];
    let f = fixture(ALL);
    for _ in 0..6 {
        f.put(Slow).await;
    }
    f.put(Quick).await;
    let worker = Worker::start_polling(f.app.clone(), ALL, NEVER);
    soon("two slow ones begin", async { SLOW_BEGAN.acquire_many(2).await.unwrap().forget() }).await;
    soon("the quick one runs", async { QUICK_RAN.acquire().await.unwrap().forget() }).await;
    assert_eq!(f.app.jobs.counters("slow").unwrap().running.get(), 2);
    // Enqueued while every lane of another kind is taken.
    f.put(Quick).await;
    f.app.jobs.wake();
    soon("the next quick one runs", async { QUICK_RAN.acquire().await.unwrap().forget() }).await;
    SLOW_MAY_END.add_permits(6);
    soon("the others run too", async { SLOW_BEGAN.acquire_many(4).await.unwrap().forget() }).await;
    worker.stop().await;
    assert_eq!(f.app.jobs.counters("slow").unwrap().running.get(), 0);
    let done = |kind: &str, count| (kind.to_owned(), JobState::Done, count);
    assert_eq!(f.counts().await, [done("quick", 2), done("slow", 6)]);
}

test_job!(Poisonous, "poisonous", {}, |_| async { panic!("a poisonous job") });
test_job!(
    Stuck,
    "stuck",
    {
        const TIMEOUT: Duration = Duration::from_millis(1);
    },
    |_| std::future::pending()
);
test_job!(Fine, "fine", {}, |_| async { Ok(()) });

#[tokio::test]
async fn a_panic_and_a_run_without_an_end_are_failures_of_one_job() {
    const ALL: &[JobKind] = &[JobKind::of::<Poisonous>(), JobKind::of::<Stuck>(), JobKind::of::<Fine>()];
    let f = fixture(ALL);
    f.put(Poisonous).await;
    f.put(Stuck).await;
    f.put(Fine).await;
    let drained = drain(&f.app, ALL).await.unwrap();
    let waits = DrainedKind { waiting: 1, ..DrainedKind::default() };
    let done = DrainedKind { done: 1, ..DrainedKind::default() };
    assert_eq!(drained, [("poisonous", waits), ("stuck", waits), ("fine", done)].into());
    // The next run is due after a pause.
    assert!(drain(&f.app, ALL).await.unwrap().is_empty());
    f.pass(36_000);
    assert_eq!(drain(&f.app, ALL).await.unwrap(), [("poisonous", waits), ("stuck", waits)].into());
    let outcomes = |kind: &str| -> Vec<u64> {
        f.app.jobs.counters(kind).unwrap().outcomes.iter().map(|(_, count)| count).collect()
    };
    assert_eq!((outcomes("poisonous"), outcomes("fine")), (vec![0, 2, 0, 0], vec![1, 0, 0, 0]));
}

static RESTING: Semaphore = Semaphore::const_new(0);
static MAY_GO: Semaphore = Semaphore::const_new(0);
static RESTLESS_RAN: Semaphore = Semaphore::const_new(0);
static SIGNAL_RAN: Semaphore = Semaphore::const_new(0);
test_job!(
    Restless,
    "restless",
    {
        async fn rest(_app: &App) {
            RESTING.add_permits(1);
            MAY_GO.acquire().await.unwrap().forget();
        }
    },
    |_| async {
        RESTLESS_RAN.add_permits(1);
        Ok(())
    }
);
test_job!(Signal, "signal", {}, |_| async {
    SIGNAL_RAN.add_permits(1);
    Ok(())
});

#[tokio::test]
async fn a_job_that_comes_while_the_last_lane_is_closing_is_not_left_to_the_next_poll() {
    const ALL: &[JobKind] = &[JobKind::of::<Restless>(), JobKind::of::<Signal>()];
    let f = fixture(ALL);
    f.put(Restless).await;
    let worker = Worker::start_polling(f.app.clone(), ALL, NEVER);
    soon("the lane has looked for the last time", async { RESTING.acquire().await.unwrap().forget() }).await;
    RESTLESS_RAN.acquire().await.unwrap().forget();
    f.put(Restless).await;
    f.put(Signal).await;
    f.app.jobs.wake();
    // The same look has found no free lane for the other.
    soon("the signal runs", async { SIGNAL_RAN.acquire().await.unwrap().forget() }).await;
    MAY_GO.add_permits(9);
    soon("it runs", async { RESTLESS_RAN.acquire().await.unwrap().forget() }).await;
    worker.stop().await;
}

test_job!(
    Hopeless,
    "hopeless",
    {
        const MAX_TRIES: i32 = 3;
    },
    |attempt: JobAttempt| async move {
        assert_eq!(attempt.is_last, attempt.tries == 3);
        Err(JobError::Again("no_luck"))
    }
);
test_job!(Impossible, "impossible", {}, |_| async { Err(JobError::Never("gone")) });

#[tokio::test]
async fn a_job_is_given_up_after_its_tries_or_when_repeating_is_of_no_use() {
    const ALL: &[JobKind] = &[JobKind::of::<Hopeless>(), JobKind::of::<Impossible>()];
    let parked = DrainedKind { parked: 1, ..DrainedKind::default() };
    let f = fixture(ALL);
    f.put(Impossible).await;
    assert_eq!(drain(&f.app, ALL).await.unwrap(), [("impossible", parked)].into());
    assert_eq!(f.parked_code().await.as_deref(), Some("gone"));
    f.put(Hopeless).await;
    for _ in 0..2 {
        assert_eq!(drain(&f.app, ALL).await.unwrap()["hopeless"].waiting, 1);
        f.pass(4_320_000);
    }
    assert_eq!(drain(&f.app, ALL).await.unwrap(), [("hopeless", parked)].into());
    assert_eq!(f.parked_code().await.as_deref(), Some("no_luck"), "each run was told whether it is the last");
    f.pass(86_400_000);
    assert!(drain(&f.app, ALL).await.unwrap().is_empty());
}

static EARLY: Timestamp = Timestamp(crate::jobs::testing::START.0 + 5000);
test_job!(
    Early,
    "early",
    {
        const MAX_TRIES: i32 = 1;
    },
    |attempt: JobAttempt| async move {
        assert_eq!(attempt.tries, 1, "what came too early does not count");
        Err(JobError::Postponed(EARLY))
    }
);

#[tokio::test]
async fn a_job_that_came_too_early_is_due_again_and_never_given_up_for_it() {
    const ALL: &[JobKind] = &[JobKind::of::<Early>()];
    let f = fixture(ALL);
    f.put(Early).await;
    assert_eq!(drain(&f.app, ALL).await.unwrap()["early"].waiting, 1);
    f.pass(4999);
    assert!(drain(&f.app, ALL).await.unwrap().is_empty());
    f.pass(1);
    // It is due at this moment, and postponed to it again: one claim is enough to see that.
    let again = super::run_one(&f.app, &ALL[0]).await.unwrap();
    assert_eq!(again, Some(JobOutcome::Postponed));
}

static SLOTS_RUN: AtomicUsize = AtomicUsize::new(0);
test_job!(
    Scheduled,
    "scheduled",
    {
        const EVERY: Option<Duration> = Some(Duration::from_secs(3_153_600_000));
    },
    |_| async {
        SLOTS_RUN.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
);

#[tokio::test]
async fn a_slot_of_the_schedule_is_run_once_by_whoever_comes_first() {
    const ALL: &[JobKind] = &[JobKind::of::<Scheduled>()];
    let f = fixture(ALL);
    let (one, two) = tokio::join!(drain(&f.app, ALL), drain(&f.app, ALL));
    assert_eq!([one, two].map(|drained| drained.unwrap().len()).iter().sum::<usize>(), 1);
    assert!(drain(&f.app, ALL).await.unwrap().is_empty());
    assert_eq!(SLOTS_RUN.load(Ordering::SeqCst), 1);
}

test_job!(
    Unlucky,
    "unlucky",
    {
        const EVERY: Option<Duration> = Some(Duration::from_secs(10));
    },
    |_| async { Err(JobError::Again("no_luck")) }
);

#[tokio::test]
async fn a_slot_that_fails_waits_no_longer_than_for_the_next_one() {
    const ALL: &[JobKind] = &[JobKind::of::<Unlucky>()];
    let f = fixture(ALL);
    for _ in 0..3 {
        assert_eq!(drain(&f.app, ALL).await.unwrap()["unlucky"].waiting, 1);
        f.pass(10_000);
    }
}

#[tokio::test]
async fn a_job_of_another_version_waits_for_it_and_one_that_cannot_be_read_is_given_up() {
    const KNOWN: &[JobKind] = &[JobKind::of::<Fine>()];
    let f = fixture(KNOWN);
    f.put(Impossible).await;
    f.put(Fine).await;
    f.app
        .store
        .write(|conn| crate::store::testing::execute(conn, "UPDATE jobs SET payload = '{' WHERE kind = 'fine'"))
        .await
        .unwrap();
    assert_eq!(drain(&f.app, KNOWN).await.unwrap()["fine"].parked, 1);
    assert_eq!(f.parked_code().await.as_deref(), Some("payload_unreadable"));
    let now = f.app.clock.now();
    let retried = f.app.store.write(move |conn| crate::jobs::retry(conn, KNOWN, "fine", now));
    assert_eq!(retried.await.unwrap(), 0, "nobody can run it");
    assert!(f.counts().await.contains(&("impossible".to_owned(), JobState::Queued, 1)));
}
