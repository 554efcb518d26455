//! A server in this process, on a free port, with a database of its own.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, mpsc};

use entremise::app::App;
use entremise::config::Config;
use entremise::domain::{
    AccessFlags, AccountId, Clock, EmailAddress, Language, Need, Origin, Password, Role, Secret, SessionId, Timestamp,
    TransactionId,
};
use entremise::server::{Application, system_clock};
use entremise::store::{access, accounts, participants, sessions};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::TestDatabase;
use super::person::Person;

/// The password of everybody whom [`TestApp::person`] makes.
pub const PASSWORD: &str = "Corail-Tuile-84-vent";

pub struct TestApp {
    pub url: String,
    /// Where the metrics are read, if `ENTREMISE_METRICS_BIND` was set.
    pub metrics_url: Option<String>,
    /// The operations behind the server, to arrange what no request can.
    pub app: Arc<App>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
    _folder: Option<Arc<TempDir>>,
}

/// The hand of a clock that moves only when told.
pub struct Hand(Arc<AtomicI64>);

impl Hand {
    pub fn forward_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub fn forward_days(&self, days: i64) {
        self.forward_seconds(days * 86_400);
    }
}

impl TestApp {
    pub fn start(database: &TestDatabase) -> Self {
        Self::start_with(database, &[])
    }

    /// With settings as the environment would give them. Attempts to sign in, mails and posts are not limited unless a test says so.
    pub fn start_with(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        Self::start_at(database, settings, system_clock())
    }

    /// A server whose time the test moves: for what expires.
    pub fn start_with_clock(database: &TestDatabase, settings: &[(&str, &str)]) -> (Self, Hand) {
        let (clock, hand) = Clock::manual(Timestamp(1_800_000_000_000));
        (Self::start_at(database, settings, clock), Hand(hand))
    }

    fn start_at(database: &TestDatabase, settings: &[(&str, &str)], clock: Clock) -> Self {
        super::logs::show_errors();
        let mut env: HashMap<String, String> = [
            ("DATABASE_URL", database.url_text()),
            ("ENTREMISE_BIND", "127.0.0.1:0"),
            ("ENTREMISE_WORKERS", "2"),
            ("ENTREMISE_DATABASE_POOL_SIZE", "4"),
            // A machine that is busy with other tests is no failure of ours.
            ("ENTREMISE_DATABASE_DEADLINE_MS", "40000"),
            ("ENTREMISE_SIGN_INS_PER_ADDRESS", "10000"),
            ("ENTREMISE_MAILS_PER_SENDER_HOUR", "100000"),
            ("ENTREMISE_MAILS_PER_SENDER_DAY", "100000"),
            ("ENTREMISE_MAILS_PER_SENDER_AND_RECIPIENT_DAY", "10000"),
            ("ENTREMISE_MAILS_PER_RECIPIENT_DAY", "10000"),
            ("ENTREMISE_INVITATION_RESEND_SECONDS", "0"),
            ("ENTREMISE_COPIED_LINKS_PER_BROKER_DAY", "10000"),
            ("ENTREMISE_POSTS_PER_SECOND", "10000"),
            ("ENTREMISE_POST_BURST", "100000"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        env.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let config = Config::load(None, |name| env.get(name).cloned()).expect("the settings of a test are good");

        let (started, wait) = mpsc::sync_channel(1);
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let application = Application::build(&config, clock, true).expect("the server starts");
                let ports = (application.port(), application.metrics_port());
                started.send((ports, application.app.clone())).expect("the test waits");
                let stop = async {
                    let _ = stopped.await;
                };
                application.run_until(stop).await.expect("the server runs");
            });
        });
        let ((port, metrics), app) = wait.recv().expect("the server started");
        let at = |port: u16| format!("http://localhost:{port}");
        Self {
            url: at(port),
            metrics_url: metrics.map(at),
            app,
            stop: Some(stop),
            thread: Some(thread),
            _folder: database.folder(),
        }
    }

    /// The session as a browser sends it.
    pub fn cookie(&self, token: &str) -> String {
        format!("{}={token}", self.cookie_name())
    }

    pub fn cookie_name(&self) -> String {
        format!("entremise-{}", self.url.rsplit(':').next().expect("a port"))
    }

    pub fn anonymous(&self) -> Person {
        Person::new(&self.url, None)
    }

    pub async fn admin(&self) -> Person {
        self.person("Ada", Role::Admin).await
    }

    pub async fn broker(&self, first_name: &str) -> Person {
        self.person(first_name, Role::Broker).await
    }

    pub async fn client(&self, first_name: &str) -> Person {
        self.person(first_name, Role::Client).await
    }

    /// An account and a session, straight into the database.
    pub async fn person(&self, first_name: &str, role: Role) -> Person {
        let email = format!("{}.{}@example.org", first_name.to_lowercase(), role.as_str());
        let email = EmailAddress::parse(&email).expect("an address");
        let new = accounts::AccountInsert {
            email: email.clone(),
            role,
            first_name: first_name.to_owned(),
            last_name: "Test".to_owned(),
            phone: None,
            language: Language::En,
            password_hash: known_hash(),
            email_verified_at: Some(self.app.clock.now()),
        };
        let clock = self.app.clock.clone();
        let account = self
            .app
            .store
            .write(move |conn| accounts::insert(conn, &new, clock.now()))
            .await
            .expect("the account can be made");
        let (session, token) = self.session(account).await;
        Person::new(&self.url, Some(token)).with_account(account, session, email.as_str())
    }

    /// One more signed-in device.
    pub async fn session(&self, account: AccountId) -> (SessionId, String) {
        let secret = random_secret();
        let (hash, clock) = (secret.hash(), self.app.clock.clone());
        let session = self
            .app
            .store
            .write(move |conn| sessions::insert(conn, account, &hash, &Origin::default(), clock.now()))
            .await
            .expect("the session can be made");
        (session, secret.reveal().to_owned())
    }

    /// Makes a client take part, whether or not they are a client of one of its brokers.
    pub async fn join(&self, transaction: i64, client: &Person) {
        let (clock, account) = (self.app.clock.clone(), client.account());
        self.app
            .store
            .write(move |conn| {
                let transaction = TransactionId(transaction);
                let broker = participants::brokers_of(conn, transaction)?[0];
                let by = access::find(conn, transaction, broker, Need::Broker)?;
                let new =
                    participants::ParticipantInsert { account, role: Role::Client, access: AccessFlags::default() };
                participants::add(conn, &by, &new, clock.now())
            })
            .await
            .expect("the client can be added");
    }

    /// Another device of the same person.
    pub async fn another_device(&self, person: &Person) -> Person {
        let (session, token) = self.session(person.account()).await;
        Person::new(&self.url, Some(token)).with_account(person.account(), session, person.email())
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the server panicked");
        }
    }
}

pub fn random_secret() -> Secret {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    Secret::from_random_bytes(bytes)
}

/// Hashed once per process: it is slow on purpose.
pub fn known_hash() -> String {
    static HASH: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let make = || {
        let password = Password::parse(PASSWORD, &[]).expect("a good password");
        entremise::app::hash_password(&password).expect("it can be hashed")
    };
    HASH.get_or_init(make).clone()
}
