//! One `Store` over two databases. The URL's scheme decides which; nothing outside this folder sees it.

use crate::domain::{Backend, DatabaseUrl};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::{SimpleConnection, TransactionManager};
use diesel::r2d2::Pool;

use super::account_changes::{self, ChangeListener, Listening};
use super::db::Db;
use super::executor::{Executor, Priority};
use super::files;
use super::manager::Manager;
use super::metrics::{StoreCall, StoreMetrics};
use super::migrate;
use super::outage::OutageTracker;
use super::read_queue::ReadQueue;
use super::wal::WalBound;
use super::{StoreError, StoreResult};

#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Connections and their threads, for everything except the log.
    pub pool_size: u32,
    /// Calls that may wait for a thread; one more is refused.
    pub queue: usize,
    /// How long a caller waits for an answer.
    pub deadline: Duration,
}

/// Access to the database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(super) pool: Pool<Manager>,
    manager: Manager,
    executor: Executor,
    read_queue: ReadQueue,
    deadline: Duration,
    backend: Backend,
    pub(super) writer: WriteGate,
    /// See `erasure`.
    pub(super) erased: Arc<AtomicBool>,
    metrics: Arc<StoreMetrics>,
    outage: Arc<OutageTracker>,
    /// The lock on the SQLite file, held as long as any clone lives, so that no second process opens the file.
    _lock: Option<Arc<std::fs::File>>,
}

/// SQLite has one writer. Writers wait here, in order, which is faster and fairer than SQLite's busy handler, which sleeps.
#[derive(Clone, Default)]
pub(super) struct WriteGate {
    single: Option<Arc<SingleWriter>>,
    listening: Listening,
}

struct SingleWriter {
    turn: Mutex<()>,
    wal: WalBound,
}

impl Store {
    /// Connects, takes SQLite's lock file, and migrates under a lock. It blocks, so it is called before the server starts.
    pub fn open(url: &DatabaseUrl, options: &StoreOptions) -> StoreResult<Self> {
        let store = Self::open_unmigrated(url, options)?;
        let mut conn = store.connect()?;
        migrate::run(&mut conn)?;
        let newer = migrate::newer(&mut conn)?;
        if !newer.is_empty() {
            tracing::warn!(migrations = newer.join(", "), "the schema is newer than this program");
        }
        Ok(store)
    }

    pub fn open_unmigrated(url: &DatabaseUrl, options: &StoreOptions) -> StoreResult<Self> {
        let (lock, writer) = match url {
            DatabaseUrl::Sqlite(path) => (Some(Arc::new(files::claim(path)?)), WriteGate::single(path)),
            DatabaseUrl::Postgres(_) => (None, WriteGate::default()),
        };
        let manager = Manager { url: url.clone(), deadline: options.deadline };
        // One connection up front, so that a wrong password is an error at start and not a timeout later.
        drop(manager.connect()?);
        let (metrics, outage) = (Arc::new(StoreMetrics::new(options.queue)), Arc::new(OutageTracker::default()));
        let pool = Pool::builder()
            .max_size(options.pool_size)
            .min_idle(Some(1))
            .connection_timeout(manager.connection_timeout())
            .error_handler(Box::new(PoolErrors { metrics: metrics.clone(), outage: outage.clone() }))
            .build_unchecked(manager.clone());
        Ok(Self {
            pool,
            manager,
            executor: Executor::start("store", options.pool_size, metrics.clone())?,
            read_queue: ReadQueue::new(options.pool_size, options.queue),
            deadline: options.deadline,
            backend: url.backend(),
            writer,
            erased: Arc::default(),
            metrics,
            outage,
            _lock: lock,
        })
    }

    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// From now on this hears what transactions record for people (`account_changes`), after each commit. Once.
    pub fn listen(&self, listener: Arc<dyn ChangeListener>) {
        self.writer.listening.set(listener);
    }

    /// The deadline of every call; the log has the same.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    pub(super) fn metrics(&self) -> &StoreMetrics {
        &self.metrics
    }

    /// The parameters of the log's own connections.
    pub(super) fn batch_failed(&self, error: &StoreError, posts: usize) {
        self.metrics.failed(error);
        self.outage.failed(error);
        if !error.is_transient() {
            tracing::error!(%error, posts, "the log could not store what it was given");
        }
    }

    /// The pool's connections: open, idle of those, and at most.
    pub(super) fn connections(&self) -> (u32, u32, u32) {
        let state = self.pool.state();
        (state.connections, state.idle_connections, self.pool.max_size())
    }

    pub(super) fn write_gate(&self) -> WriteGate {
        self.writer.clone()
    }

    /// A connection of its own, outside the pool.
    pub(super) fn connect(&self) -> StoreResult<Db> {
        self.manager.connect()
    }

    /// Runs a query that changes nothing.
    pub async fn read<T, F>(&self, query: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> StoreResult<T> + Send + 'static,
    {
        self.read_as(Priority::Normal, query).await
    }

    /// As [`Store::read`], before all others: for short reads on which everything else depends.
    pub async fn read_first<T, F>(&self, query: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> StoreResult<T> + Send + 'static,
    {
        self.read_as(Priority::High, query).await
    }

    async fn read_as<T, F>(&self, priority: Priority, query: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> StoreResult<T> + Send + 'static,
    {
        let pool = self.pool.clone();
        self.call(priority, StoreCall::Read, move || query(&mut *pool.get()?))
            .await
            // A read has no effect, so one that ended too late may be repeated.
            .map_err(|error| if matches!(error, StoreError::OutcomeUnknown) { StoreError::Unavailable } else { error })
    }

    /// As [`Store::read`], in a queue of its own: for reads that thousands of clients need at once and can wait for.
    pub async fn read_queued<T, F>(&self, query: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> StoreResult<T> + Send + 'static,
    {
        let store = self.clone();
        self.read_queue.take(async move { store.read(query).await }).await
    }

    /// The number of queued reads.
    pub(super) fn waiting_turns(&self) -> usize {
        self.read_queue.waiting()
    }

    /// Runs one transaction: all of it is committed, or nothing. It is repeated when the database asks for that
    /// (serialisation failure, deadlock), so the closure must not have effects of its own.
    pub async fn write<T, F>(&self, transaction: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: Fn(&mut Db) -> StoreResult<T> + Send + 'static,
    {
        let pool = self.pool.clone();
        let gate = self.writer.clone();
        self.call(Priority::Normal, StoreCall::Write, move || gate.write(&mut *pool.get()?, transaction)).await
    }

    /// As [`Store::write`], after all others. `look` reads first, and may find that there is nothing to write.
    pub async fn write_last<T, L, F>(&self, look: L, transaction: F) -> StoreResult<T>
    where
        T: Send + 'static,
        L: FnOnce(&mut Db) -> StoreResult<Option<T>> + Send + 'static,
        F: Fn(&mut Db) -> StoreResult<T> + Send + 'static,
    {
        let pool = self.pool.clone();
        let gate = self.writer.clone();
        let job = move || {
            let mut conn = pool.get()?;
            match look(&mut conn)? {
                Some(found) => Ok(found),
                None => gate.write(&mut conn, transaction),
            }
        };
        self.call(Priority::Low, StoreCall::Write, job).await
    }

    pub(super) async fn call<T: Send + 'static>(
        &self,
        priority: Priority,
        call: StoreCall,
        job: impl FnOnce() -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let asked = Instant::now();
        let result = self.executor.run(priority, self.deadline, job).await;
        self.metrics.called(call, asked, &result);
        self.outage.note(&result);
        result
    }

    /// As [`Store::write`], on this thread: for commands, which have no runtime.
    pub fn write_blocking<T>(&self, transaction: impl Fn(&mut Db) -> StoreResult<T>) -> StoreResult<T> {
        let mut conn = self.pool.get()?;
        self.writer.write(&mut conn, transaction)
    }
}

impl WriteGate {
    const TRIES: usize = 4;

    fn single(database: &Path) -> Self {
        let writer = SingleWriter { turn: Mutex::default(), wal: WalBound::of(database) };
        Self { single: Some(Arc::new(writer)), listening: Listening::default() }
    }

    /// Whether there is one writer (SQLite).
    pub(super) fn is_single(&self) -> bool {
        self.single.is_some()
    }

    /// Waits for the permit to write. PostgreSQL has none.
    pub(super) fn lock(&self) -> Option<MutexGuard<'_, ()>> {
        self.single.as_ref().map(|writer| writer.turn.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Between two writes: begins SQLite's log anew if it is too long.
    pub(super) fn bound_wal(&self, conn: &mut Db) {
        if let (Some(writer), Db::Sqlite(sqlite)) = (&self.single, conn)
            && writer.wal.is_exceeded()
        {
            let _permit = self.lock();
            writer.wal.restart(sqlite);
        }
    }

    pub(super) fn write<T>(&self, conn: &mut Db, transaction: impl Fn(&mut Db) -> StoreResult<T>) -> StoreResult<T> {
        let result = self.write_in_turn(conn, transaction);
        if result.is_ok() {
            self.listening.committed();
        }
        self.bound_wal(conn);
        result
    }

    fn write_in_turn<T>(&self, conn: &mut Db, transaction: impl Fn(&mut Db) -> StoreResult<T>) -> StoreResult<T> {
        let mut tries = 1;
        loop {
            let _permit = self.lock();
            match in_transaction(conn, &transaction) {
                Err(error) if error.is_worth_repeating() && tries < Self::TRIES => tries += 1,
                result => return result,
            }
        }
    }
}

type Transactions = <Db as diesel::Connection>::TransactionManager;

fn in_transaction<T>(conn: &mut Db, transaction: &impl Fn(&mut Db) -> StoreResult<T>) -> StoreResult<T> {
    account_changes::begin();
    if matches!(conn, Db::Sqlite(_)) {
        // A transaction that begins as a reader and then writes can fail with BUSY at once; one that begins as a writer waits.
        conn.batch_execute("BEGIN IMMEDIATE")?;
        match transaction(conn) {
            Ok(value) => match conn.batch_execute("COMMIT") {
                Ok(()) => Ok(value),
                Err(error) => {
                    let _ = conn.batch_execute("ROLLBACK");
                    Err(StoreError::committing(error))
                }
            },
            Err(error) => {
                let _ = conn.batch_execute("ROLLBACK");
                Err(error)
            }
        }
    } else {
        Transactions::begin_transaction(conn)?;
        match transaction(conn) {
            Ok(value) => Transactions::commit_transaction(conn).map(|()| value).map_err(StoreError::committing),
            Err(error) => {
                // If this fails the pool drops the connection.
                let _ = Transactions::rollback_transaction(conn);
                Err(error)
            }
        }
    }
}

/// The pool keeps trying, several times a second.
#[derive(Debug)]
struct PoolErrors {
    metrics: Arc<StoreMetrics>,
    outage: Arc<OutageTracker>,
}

impl diesel::r2d2::HandleError<StoreError> for PoolErrors {
    fn handle_error(&self, error: StoreError) {
        self.metrics.connect_failures.one();
        self.outage.failed(&error);
    }
}
