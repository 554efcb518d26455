use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, Semaphore};

use super::*;
use crate::adapters::mail::{DemoMailer, Mailer};
use crate::domain::{
    AccessFlags, AccountChange, AccountId, ChangeSeq, EmailAddress, InvitationId, JobPayload, Language, MailContent,
    MailDelivery, MailState, Role, TransactionKind,
};
use crate::jobs::testing::{JobFixture, NEVER, START};
use crate::jobs::worker::{DrainedKind, Worker, drain};
use crate::jobs::{JobKind, KINDS};
use crate::store::account_changes::ChangeListener;
use crate::store::accounts::{self, AccountInsert};
use crate::store::invitations::Draft;
use crate::store::{demo_mails, jobs};

/// Without the schedule.
const ONLY_MAILS: &[JobKind] = &[JobKind::of::<SendMail>()];
const SENT: DrainedKind = DrainedKind { done: 1, waiting: 0, parked: 0 };
const WAITS: DrainedKind = DrainedKind { done: 0, waiting: 1, parked: 0 };
const PARKED: DrainedKind = DrainedKind { done: 0, waiting: 0, parked: 1 };
/// The longest pause of the first and of any failure.
const FIRST_PAUSE: i64 = 36_000;
const LONGEST_PAUSE: i64 = 4_320_000;

/// Notes each mail, and answers as the test arranged.
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

impl JobFixture {
    fn mailing(mailer: &Arc<RecordingMailer>) -> Self {
        let mailer = mailer.clone();
        Self::new(ONLY_MAILS, move |_, _| mailer)
    }

    async fn enqueue(&self) -> MailId {
        let content = MailContent { subject: "s".to_owned(), text: "t".to_owned(), html: "h".to_owned() };
        let to = EmailAddress::parse("claire@example.org").unwrap();
        let now = self.app.clock.now();
        self.app.store.write(move |conn| mails::enqueue(conn, "test", &to, &content, now)).await.unwrap()
    }

    async fn drain(&self) -> DrainedKind {
        drain(&self.app, ONLY_MAILS).await.unwrap().remove(SendMail::KIND).unwrap_or_default()
    }

    async fn delivery(&self, id: MailId) -> MailDelivery {
        self.app.store.read(move |conn| mails::delivery(conn, id)).await.unwrap().unwrap()
    }

    /// Claims as a node of the previous version does.
    async fn execute(&self, command: &'static str) {
        self.app.store.write(move |conn| crate::store::testing::execute(conn, command)).await.unwrap();
    }
}

#[tokio::test]
async fn one_enqueue_is_one_send() {
    let mailer = RecordingMailer::answering([]);
    let f = JobFixture::mailing(&mailer);
    let id = f.enqueue().await;
    assert_eq!(f.drain().await, SENT);
    f.pass(86_400_000);
    assert_eq!(f.drain().await, DrainedKind::default());
    assert_eq!(mailer.taken().len(), 1);
    assert_eq!(f.delivery(id).await.state, MailState::Sent);
}

#[tokio::test]
async fn a_failure_waits_for_its_next_attempt() {
    let mailer = RecordingMailer::answering([Err(MailFailure::CONNECTION), Err(MailFailure::AUTHENTICATION)]);
    let f = JobFixture::mailing(&mailer);
    let id = f.enqueue().await;
    assert_eq!(f.drain().await, WAITS);
    assert_eq!(f.delivery(id).await.error.as_deref(), Some("smtp_connection"));
    f.pass(29_999);
    assert_eq!(f.drain().await, DrainedKind::default());
    f.pass(FIRST_PAUSE - 29_999);
    assert_eq!(f.drain().await, WAITS);
    f.pass(2 * FIRST_PAUSE);
    assert_eq!(f.drain().await, SENT);
    let taken = mailer.taken();
    assert_eq!(taken.len(), 3);
    assert!(taken.iter().all(|id| *id == taken[0]), "every attempt has the same Message-ID");
    assert_eq!((f.delivery(id).await.attempts, f.delivery(id).await.error), (3, None));
}

#[tokio::test]
async fn what_will_never_be_taken_is_parked_at_once_and_leaves_when_a_person_asks_for_it() {
    let mailer = RecordingMailer::answering([Err(MailFailure::REFUSED_RECIPIENT)]);
    let f = JobFixture::mailing(&mailer);
    let id = f.enqueue().await;
    assert_eq!(f.drain().await, PARKED);
    f.pass(86_400_000);
    assert_eq!(f.drain().await, DrainedKind::default());
    let delivery = f.delivery(id).await;
    assert_eq!((delivery.state, delivery.error.as_deref()), (MailState::Parked, Some("smtp_refused_recipient")));

    let now = f.app.clock.now();
    let retry = move |conn: &mut Db| crate::jobs::retry(conn, KINDS, SendMail::KIND, now);
    assert_eq!(f.app.store.write(retry).await.unwrap(), 1);
    assert_eq!(f.drain().await, SENT);
    assert_eq!((f.delivery(id).await.state, f.delivery(id).await.attempts), (MailState::Sent, 2));
}

#[tokio::test]
async fn a_parked_mail_whose_text_was_erased_has_nothing_left_to_send() {
    let mailer = RecordingMailer::answering([Err(MailFailure::REFUSED_RECIPIENT)]);
    let f = JobFixture::mailing(&mailer);
    let id = f.enqueue().await;
    assert_eq!(f.drain().await, PARKED);
    let later = f.app.clock.now().plus_days(1);
    f.app.store.write(move |conn| mails::empty_parked(conn, later)).await.unwrap();
    let retry = move |conn: &mut Db| crate::jobs::retry(conn, KINDS, SendMail::KIND, later);
    assert_eq!(f.app.store.write(retry).await.unwrap(), 0);
    assert_eq!(f.delivery(id).await.state, MailState::Parked);
}

#[tokio::test]
async fn twelve_failures_are_enough() {
    let mailer = RecordingMailer::answering((0..20).map(|_| Err(MailFailure::TEMPORARY)));
    let f = JobFixture::mailing(&mailer);
    let id = f.enqueue().await;
    for _ in 0..11 {
        assert_eq!(f.drain().await, WAITS);
        f.pass(LONGEST_PAUSE);
    }
    assert_eq!(f.drain().await, PARKED);
    assert_eq!((f.delivery(id).await.state, f.delivery(id).await.attempts), (MailState::Parked, 12));
}

#[tokio::test]
async fn a_poisonous_mail_ends_parked_and_not_the_worker() {
    let mailer = Arc::new(RecordingMailer { panics: true, ..RecordingMailer::default() });
    let f = JobFixture::mailing(&mailer);
    let id = f.enqueue().await;
    assert_eq!(f.drain().await, WAITS);
    // And one that takes the whole process along, so that nothing is ever reported:
    for _ in 0..11 {
        f.pass(LONGEST_PAUSE);
        let now = f.app.clock.now();
        let claimed = f.app.store.write(move |conn| jobs::claim(conn, SendMail::KIND, now, LEASE_MS)).await.unwrap();
        assert!(claimed.is_some());
    }
    f.pass(LONGEST_PAUSE);
    assert_eq!(f.drain().await, PARKED);
    assert_eq!(mailer.taken().len(), 1);
    assert_eq!(
        (f.delivery(id).await.state, f.delivery(id).await.error.as_deref()),
        (MailState::Parked, Some("interrupted"))
    );
}

#[tokio::test]
async fn two_workers_never_send_one_mail_twice() {
    let mailer = Arc::new(RecordingMailer { pause: Duration::from_millis(3), ..RecordingMailer::default() });
    let f = JobFixture::mailing(&mailer);
    for _ in 0..30 {
        f.enqueue().await;
    }
    let (one, two) = tokio::join!(f.drain(), f.drain());
    assert_eq!(one.done + two.done, 30);
    let mut taken = mailer.taken();
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 30);
}

#[tokio::test]
async fn a_mail_that_is_not_wanted_any_more_does_not_leave() {
    let mailer = RecordingMailer::answering([]);
    let f = JobFixture::mailing(&mailer);
    let id = f.enqueue().await;
    f.app.store.write(move |conn| mails::drop_queued(conn, id)).await.unwrap();
    assert_eq!(f.drain().await, SENT, "the job has nothing to do");
    assert!(mailer.taken().is_empty());
}

#[tokio::test]
async fn a_mail_that_a_node_of_the_version_before_queued_is_adopted() {
    let mailer = RecordingMailer::answering([]);
    let f = JobFixture::mailing(&mailer);
    let id = f.enqueue().await;
    f.execute("DELETE FROM jobs").await;
    assert_eq!(f.drain().await, DrainedKind::default());
    assert_eq!(f.app.store.write(mails::adopt).await.unwrap(), 1);
    assert_eq!(f.app.store.write(mails::adopt).await.unwrap(), 0);
    assert_eq!(f.drain().await, SENT);
    assert_eq!((mailer.taken().len(), f.delivery(id).await.state), (1, MailState::Sent));
}

#[tokio::test]
async fn a_mail_that_a_node_of_the_version_before_is_sending_is_left_to_it() {
    let mailer = RecordingMailer::answering([]);
    let f = JobFixture::mailing(&mailer);
    f.enqueue().await;
    let until = START.plus_ms(60_000);
    f.execute("UPDATE mails SET attempts = 1, lease_until = 1800000060000").await;
    assert_eq!(f.drain().await, WAITS);
    assert_eq!(f.drain().await, DrainedKind::default(), "it waits for the other's lease");
    // It died.
    f.pass(until.0 - START.0);
    assert_eq!(f.drain().await, SENT);
    // Or it was quick.
    let second = f.enqueue().await;
    f.execute("UPDATE mails SET state = 'sent', attempts = 1 WHERE state = 'queued'").await;
    assert_eq!(f.drain().await, SENT);
    assert_eq!((mailer.taken().len(), f.delivery(second).await.attempts), (1, 1));
}

#[tokio::test]
async fn the_worker_wakes_when_it_is_called() {
    let mailer = RecordingMailer::answering([]);
    let f = JobFixture::mailing(&mailer);
    let worker = Worker::start_polling(f.app.clone(), ONLY_MAILS, NEVER);
    f.enqueue().await;
    f.app.jobs.wake();
    mailer.until("the worker has sent the first and rests", |seen| seen.rests == 1).await;
    f.enqueue().await;
    f.app.jobs.wake();
    mailer.until("it has sent the second", |seen| seen.taken.len() == 2).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_that_stops_finishes_its_mail_and_begins_no_other() {
    let mailer = Arc::new(RecordingMailer { gate: Some(Semaphore::new(0)), ..RecordingMailer::default() });
    let f = JobFixture::mailing(&mailer);
    // One mail for each lane, so that none looks for another before the worker is told to stop.
    let lanes = SendMail::AT_ONCE;
    let mut under_way = Vec::new();
    for _ in 0..lanes {
        under_way.push(f.enqueue().await);
    }
    let worker = Worker::start(f.app.clone(), ONLY_MAILS);
    mailer.until("the mails are under way", |seen| seen.taken.len() == lanes).await;
    let next = f.enqueue().await;
    let stopping = tokio::spawn(worker.stop());
    while !f.app.jobs.is_stopping() {
        tokio::task::yield_now().await;
    }
    mailer.gate.as_ref().unwrap().add_permits(9);
    stopping.await.unwrap();
    for id in under_way {
        assert_eq!(f.delivery(id).await.state, MailState::Sent);
    }
    assert_eq!((f.delivery(next).await.state, f.delivery(next).await.attempts), (MailState::Queued, 0));
    assert_eq!(mailer.taken().len(), lanes);
}

/// The listener to the store's changes.
#[derive(Default)]
struct RecordingListener(Mutex<Vec<(AccountId, AccountChange)>>);

impl ChangeListener for RecordingListener {
    fn recorded(&self, account: AccountId, change: AccountChange) {
        self.0.lock().unwrap().push((account, change));
    }
}

/// A broker's invitation, whose mail this is. Gives both.
async fn invitation_with(f: &JobFixture, mail: MailId) -> (AccountId, InvitationId) {
    let address = |text: &str| EmailAddress::parse(text).unwrap();
    let broker = AccountInsert {
        email: address("ana@example.org"),
        role: Role::Broker,
        first_name: "Ana".to_owned(),
        last_name: "Test".to_owned(),
        phone: None,
        language: Language::En,
        password_hash: "-".to_owned(),
        email_verified_at: None,
    };
    let draft = Draft {
        first_name: "Claire".to_owned(),
        last_name: "Test".to_owned(),
        email: address("claire@example.org"),
        phone: None,
        project_type: TransactionKind::Sale,
        message: None,
        language: Language::En,
        transaction: None,
        access: AccessFlags::default(),
    };
    let made = move |conn: &mut Db| {
        let broker = accounts::insert(conn, &broker, START)?;
        let id = invitations::insert(conn, broker, &draft, START, START.plus_days(7))?;
        invitations::note_sent(conn, id, Some(mail), broker, START, START.plus_days(7))?;
        Ok((broker, id))
    };
    f.app.store.write(made).await.unwrap()
}

#[tokio::test]
async fn the_broker_is_told_when_the_mail_of_an_invitation_fails_is_given_up_or_leaves() {
    let answers = [Err(MailFailure::CONNECTION), Err(MailFailure::REFUSED_RECIPIENT), Ok(())];
    let mailer = RecordingMailer::answering(answers);
    let f = JobFixture::mailing(&mailer);
    let listener = Arc::new(RecordingListener::default());
    f.app.store.listen(listener.clone());
    let mail = f.enqueue().await;
    let (broker, id) = invitation_with(&f, mail).await;
    for told in 1..=2 {
        f.drain().await;
        f.pass(LONGEST_PAUSE);
        assert_eq!(listener.0.lock().unwrap().len(), told);
    }
    let now = f.app.clock.now();
    let retry = move |conn: &mut Db| crate::jobs::retry(conn, KINDS, SendMail::KIND, now);
    assert_eq!(f.app.store.write(retry).await.unwrap(), 1);
    assert_eq!(f.drain().await, SENT);
    // A mail that is of no invitation tells nobody.
    f.enqueue().await;
    assert_eq!(f.drain().await, SENT);
    let change = |seq| (broker, AccountChange { seq: Some(ChangeSeq(seq)), topic: "invitation".into(), id: id.0 });
    assert_eq!(*listener.0.lock().unwrap(), [change(1), change(2), change(3)]);
}

#[tokio::test]
async fn the_demo_shows_what_would_have_left() {
    let demo = |test: &crate::store::testing::TestStore, clock: &crate::domain::Clock| {
        let mailer: Arc<dyn Mailer> = Arc::new(DemoMailer::new(test.store.clone(), clock.clone()));
        mailer
    };
    let f = JobFixture::new(ONLY_MAILS, demo);
    f.enqueue().await;
    assert_eq!(f.drain().await, SENT);
    let listed = f.app.store.read(demo_mails::list).await.unwrap();
    assert_eq!((listed.len(), listed[0].subject.as_str(), listed[0].sent_at), (1, "s", START));
}
