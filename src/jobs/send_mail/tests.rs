mod changes;
mod recording_mailer;

use std::sync::Arc;

use tokio::sync::Semaphore;

use self::recording_mailer::RecordingMailer;
use super::*;
use crate::adapters::mail::{DemoMailer, Mailer};
use crate::domain::{EmailAddress, JobPayload, MailContent, MailDelivery, MailState};
use crate::jobs::testing::{JobFixture, NEVER, START};
use crate::jobs::worker::{DrainedKind, Worker, drain};
use crate::jobs::{JobKind, KINDS};
use crate::store::{demo_mails, jobs};

/// Without the schedule.
const ONLY_MAILS: &[JobKind] = &[JobKind::of::<SendMail>()];
const SENT: DrainedKind = DrainedKind { done: 1, waiting: 0, parked: 0 };
const WAITS: DrainedKind = DrainedKind { done: 0, waiting: 1, parked: 0 };
const PARKED: DrainedKind = DrainedKind { done: 0, waiting: 0, parked: 1 };
/// The longest pause of the first and of any failure.
const FIRST_PAUSE: i64 = 36_000;
const LONGEST_PAUSE: i64 = 4_320_000;

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
