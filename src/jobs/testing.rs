//! An application for the tests of the worker and of jobs: a database, a mailer, and no server.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::OnceCell;

use super::JobKind;
use crate::adapters::bus::MemoryBus;
use crate::adapters::mail::{MailTemplates, Mailer, Outbox};
use crate::adapters::texts::Texts;
use crate::app::{App, AppSettings, JobQueue, LatelyRefused, MailLimits, Passwords, PostRates};
use crate::domain::{Brand, BrokerLabel, Clock, EntryBatch, Limit, Timestamp};
use crate::store::log::{CommitListener, Log, LogOptions};
use crate::store::testing::TestStore;

pub(super) const START: Timestamp = Timestamp(1_800_000_000_000);

pub(super) struct JobFixture {
    pub(super) app: Arc<App>,
    hand: Arc<AtomicI64>,
    _test: TestStore,
}

struct NoListener;

impl CommitListener for NoListener {
    fn committed(&self, _batch: EntryBatch) {}

    fn is_shared(&self) -> bool {
        false
    }
}

impl JobFixture {
    pub(super) fn new(kinds: &'static [JobKind], mailer: impl FnOnce(&TestStore, &Clock) -> Arc<dyn Mailer>) -> Self {
        let (clock, hand) = Clock::manual(START);
        let test = TestStore::open();
        let options = LogOptions { lanes: 1, queue: 8, queue_bytes: 1024, batch: 8 };
        let log = Log::start(&test.store, &options, &clock, Arc::new(NoListener)).unwrap();
        let limit = Limit { count: 1, window_ms: 1000 };
        let brand =
            Brand { name: String::new(), color: String::new(), logo_url: None, broker_label: BrokerLabel::default() };
        let texts = Texts::calling(BrokerLabel::default());
        let app = App {
            store: test.store.clone(),
            log,
            bus: Arc::new(MemoryBus::default()),
            passwords: Passwords::new(1).unwrap(),
            posts: PostRates::new(1, 1),
            reads: Arc::default(),
            renames: Arc::default(),
            clock: clock.clone(),
            mail_templates: MailTemplates::parse(&texts, &brand).unwrap(),
            texts,
            mail: Outbox::new(mailer(&test, &clock), clock.clone()),
            jobs: JobQueue::new(kinds.iter().map(|kind| (kind.name, kind.at_once)), clock),
            attempts: Arc::default(),
            settings: AppSettings {
                public_url: String::new(),
                brand,
                sign_in_per_address: limit,
                sign_in_per_account: limit,
                secret_key: None,
                sign_in_longest_wait_ms: 0,
                mails: MailLimits {
                    sender: limit,
                    sender_day: limit,
                    pair: limit,
                    recipient: limit,
                    resend_after_ms: 0,
                },
                copied_links: limit,
                invitation_days: 7,
                page: 10,
                max_page: 10,
                demo: false,
            },
            hash_key: OnceCell::new(),
            resets: LatelyRefused::default(),
            mails: LatelyRefused::default(),
        };
        Self { app: Arc::new(app), hand, _test: test }
    }

    /// Advances the clock.
    pub(super) fn pass(&self, ms: i64) {
        self.hand.fetch_add(ms, Ordering::SeqCst);
    }
}

/// Wakes the worker, whose own poll is longer than a test.
pub(super) const NEVER: Duration = Duration::from_secs(86_400);
