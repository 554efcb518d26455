use std::sync::atomic::AtomicI64;

use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;

use super::*;
use crate::domain::{EmailAddress, MailContent, MailDelivery, MailState, Timestamp};
use crate::store::demo_mails;
use crate::store::testing::TestStore;

const START: Timestamp = Timestamp(1_800_000_000_000);

/// Notes what it is given and answers what it is told.
#[derive(Default)]
struct RecordingMailer {
    seen: Mutex<RecordedMails>,
    changed: Notify,
    answers: Mutex<Vec<Result<(), MailFailure>>>,
    /// Each mail needs a permit to leave.
    gate: Option<Semaphore>,
    pause: Duration,
    panics: bool,
}

#[derive(Default)]
struct RecordedMails {
    taken: Vec<String>,
    rests: usize,
}

impl RecordingMailer {
    fn answering(answers: impl IntoIterator<Item = Result<(), MailFailure>>) -> Arc<Self> {
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.reverse();
        Arc::new(Self { answers: Mutex::new(answers), ..Self::default() })
    }

    fn taken(&self) -> Vec<String> {
        self.seen.lock().unwrap().taken.clone()
    }

    fn note(&self, change: impl FnOnce(&mut RecordedMails)) {
        change(&mut self.seen.lock().unwrap());
        self.changed.notify_one();
    }

    /// Waits until it has seen that.
    async fn until(&self, what: &str, is_so: impl Fn(&RecordedMails) -> bool) {
        let waiting = async {
            while !is_so(&self.seen.lock().unwrap()) {
                self.changed.notified().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(15), waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
    }
}

impl Mailer for RecordingMailer {
    fn send<'a>(&'a self, mail: &'a OutgoingMail) -> BoxFuture<'a, Result<(), MailFailure>> {
        Box::pin(async move {
            self.note(|seen| seen.taken.push(mail.message_id.clone()));
            assert!(!self.panics, "a poisonous mail");
            tokio::time::sleep(self.pause).await;
            if let Some(gate) = &self.gate {
                gate.acquire().await.unwrap().forget();
            }
            self.answers.lock().unwrap().pop().unwrap_or(Ok(()))
        })
    }

    fn rest(&self) -> BoxFuture<'_, ()> {
        Box::pin(async { self.note(|seen| seen.rests += 1) })
    }
}

struct QueueFixture {
    test: TestStore,
    clock: Clock,
    hand: Arc<AtomicI64>,
}

impl QueueFixture {
    fn new() -> Self {
        let (clock, hand) = Clock::manual(START);
        Self { test: TestStore::open(), clock, hand }
    }

    fn store(&self) -> &Store {
        &self.test.store
    }

    async fn enqueue(&self) -> MailId {
        let content = MailContent { subject: "s".to_owned(), text: "t".to_owned(), html: "h".to_owned() };
        let to = EmailAddress::parse("claire@example.org").unwrap();
        let now = self.clock.now();
        self.store().write(move |conn| mails::enqueue(conn, "test", &to, &content, now)).await.unwrap()
    }

    async fn drain(&self, mailer: &Arc<RecordingMailer>) -> Drained {
        let mailer: Arc<dyn Mailer> = mailer.clone();
        drain_once(self.store(), &mailer, &self.clock).await.unwrap()
    }

    async fn delivery(&self, id: MailId) -> MailDelivery {
        self.store().read(move |conn| mails::delivery(conn, id)).await.unwrap().unwrap()
    }

    fn pass(&self, ms: i64) {
        self.hand.fetch_add(ms, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn one_enqueue_is_one_send() {
    let f = QueueFixture::new();
    let mailer = RecordingMailer::answering([]);
    let id = f.enqueue().await;
    assert_eq!(f.drain(&mailer).await, Drained { sent: 1, ..Drained::default() });
    f.pass(86_400_000);
    assert_eq!(f.drain(&mailer).await, Drained::default());
    assert_eq!(mailer.taken().len(), 1);
    assert_eq!(f.delivery(id).await.state, MailState::Sent);
}

#[tokio::test]
async fn a_failure_waits_for_its_next_attempt() {
    let f = QueueFixture::new();
    let mailer = RecordingMailer::answering([Err(MailFailure::CONNECTION), Err(MailFailure::AUTHENTICATION)]);
    let id = f.enqueue().await;
    assert_eq!(f.drain(&mailer).await.retried, 1);
    assert_eq!(f.delivery(id).await.error.as_deref(), Some("smtp_connection"));
    f.pass(29_999);
    assert_eq!(f.drain(&mailer).await, Drained::default());
    f.pass(1);
    assert_eq!(f.drain(&mailer).await.retried, 1);
    f.pass(60_000);
    assert_eq!(f.drain(&mailer).await.sent, 1);
    let taken = mailer.taken();
    assert_eq!(taken.len(), 3);
    assert!(taken.iter().all(|id| *id == taken[0]), "every attempt has the same Message-ID");
    assert_eq!((f.delivery(id).await.attempts, f.delivery(id).await.error), (3, None));
}

#[tokio::test]
async fn what_will_never_be_taken_is_parked_at_once() {
    let f = QueueFixture::new();
    let mailer = RecordingMailer::answering([Err(MailFailure::REFUSED_RECIPIENT)]);
    let id = f.enqueue().await;
    assert_eq!(f.drain(&mailer).await.parked, 1);
    f.pass(86_400_000);
    assert_eq!(f.drain(&mailer).await, Drained::default());
    let delivery = f.delivery(id).await;
    assert_eq!((delivery.state, delivery.error.as_deref()), (MailState::Parked, Some("smtp_refused_recipient")));
}

#[tokio::test]
async fn twelve_failures_are_enough() {
    let f = QueueFixture::new();
    let mailer = RecordingMailer::answering((0..20).map(|_| Err(MailFailure::TEMPORARY)));
    let id = f.enqueue().await;
    for _ in 0..11 {
        assert_eq!(f.drain(&mailer).await.retried, 1);
        f.pass(3_600_000);
    }
    assert_eq!(f.drain(&mailer).await.parked, 1);
    assert_eq!((f.delivery(id).await.state, f.delivery(id).await.attempts), (MailState::Parked, 12));
}

#[tokio::test]
async fn a_poisonous_mail_ends_parked_and_not_the_worker() {
    let f = QueueFixture::new();
    let mailer = Arc::new(RecordingMailer { panics: true, ..RecordingMailer::default() });
    let id = f.enqueue().await;
    assert_eq!(f.drain(&mailer).await.retried, 1);
    // And one that takes the whole process along, so that nothing is ever reported:
    for _ in 0..11 {
        f.pass(3_600_000);
        let now = f.clock.now();
        f.store().write(move |conn| mails::claim_due(conn, now, LEASE_MS, 1).map(|_| ())).await.unwrap();
    }
    f.pass(3_600_000);
    assert_eq!(f.drain(&mailer).await.parked, 1);
    assert_eq!(mailer.taken().len(), 1);
    assert_eq!(f.delivery(id).await.error.as_deref(), Some("interrupted"));
}

#[tokio::test]
async fn two_workers_never_send_one_mail_twice() {
    let f = QueueFixture::new();
    let mailer = Arc::new(RecordingMailer { pause: Duration::from_millis(3), ..RecordingMailer::default() });
    for _ in 0..30 {
        f.enqueue().await;
    }
    let (one, two) = tokio::join!(f.drain(&mailer), f.drain(&mailer));
    assert_eq!(one.sent + two.sent, 30);
    let mut taken = mailer.taken();
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 30);
}

#[tokio::test]
async fn the_worker_wakes_when_it_is_called() {
    let f = QueueFixture::new();
    let mailer = RecordingMailer::answering([]);
    // By itself it would not look again in the time of this test.
    let never = Duration::from_secs(86_400);
    let queue = MailQueue::start_polling(f.store().clone(), mailer.clone(), f.clock.clone(), never);
    f.enqueue().await;
    queue.wake();
    mailer.until("the worker has sent the first and rests", |seen| seen.rests == 1).await;
    f.enqueue().await;
    queue.wake();
    mailer.until("it has sent the second", |seen| seen.taken.len() == 2).await;
    queue.stop().await;
}

#[tokio::test]
async fn a_worker_that_stops_finishes_its_mail_and_begins_no_other() {
    let f = QueueFixture::new();
    let mailer = Arc::new(RecordingMailer { gate: Some(Semaphore::new(0)), ..RecordingMailer::default() });
    // One mail for each lane, so that none looks for another before the queue is told to stop.
    let mut under_way = Vec::new();
    for _ in 0..LANES {
        under_way.push(f.enqueue().await);
    }
    let queue = MailQueue::start(f.store().clone(), mailer.clone(), f.clock.clone());
    mailer.until("the mails are under way", |seen| seen.taken.len() == LANES).await;
    let next = f.enqueue().await;
    let stopping = tokio::spawn({
        let queue = queue.clone();
        async move { queue.stop().await }
    });
    while !queue.signals.stopping.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    mailer.gate.as_ref().unwrap().add_permits(9);
    stopping.await.unwrap();
    for id in under_way {
        assert_eq!(f.delivery(id).await.state, MailState::Sent);
    }
    queue.wake();
    // Whoever comes next finds the other mail where it was.
    let successor = RecordingMailer::answering([]);
    assert_eq!(f.drain(&successor).await.sent, 1);
    assert_eq!((successor.taken().len(), mailer.taken().len()), (1, LANES));
    assert_eq!(f.delivery(next).await.attempts, 1);
}

#[tokio::test]
async fn the_demo_shows_what_would_have_left() {
    let f = QueueFixture::new();
    let mailer: Arc<dyn Mailer> = Arc::new(super::super::DemoMailer::new(f.store().clone(), f.clock.clone()));
    f.enqueue().await;
    assert_eq!(drain_once(f.store(), &mailer, &f.clock).await.unwrap().sent, 1);
    let listed = f.store().read(demo_mails::list).await.unwrap();
    assert_eq!((listed.len(), listed[0].subject.as_str(), listed[0].sent_at), (1, "s", START));
}
