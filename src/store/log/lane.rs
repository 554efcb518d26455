//! Group commit. A lane is a thread with a connection of its own: it takes the waiting posts, up to a batch, commits them in
//! one transaction, passes them to its listener, and answers. A room always has the same lane, so that its posts keep their order.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::super::connection::WriteGate;
use super::super::{Db, Store, StoreError, StoreResult};
use super::commit_pacer::CommitPacer;
use super::metrics::CommitPath;
use super::new_entry::NewEntry;
use super::plan::{BatchPlan, plan};
use super::queue::{LaneQueue, PostAnswer};
use super::{plain, postgres, sqlite};
use crate::domain::{Clock, EntryBatch, EntryBatchBuilder, EntryRef, Posted, Refusal, RoomId, Timestamp};
use crate::testing::failpoints::answers_follow_commits;
use diesel::connection::SimpleConnection;

#[derive(Debug, Clone)]
pub struct LogOptions {
    /// Threads, each with one connection. SQLite always has one: it has one writer.
    pub lanes: usize,
    /// Posts that may wait in front of one lane; one more is refused with `log_full`.
    pub queue: usize,
    /// Bytes of their texts and data together.
    pub queue_bytes: usize,
    /// Posts in one transaction.
    pub batch: usize,
}

/// The node around the log.
pub trait CommitListener: Send + Sync {
    /// Receives committed entries, room by room and in order, before their authors are answered. Must not block.
    fn committed(&self, batch: EntryBatch);

    /// Whether other nodes post much to the rooms of this node at the moment.
    fn is_shared(&self) -> bool;
}

/// The writer of posts. Dropping it ends its threads after what is queued.
pub struct Log {
    lanes: Vec<Lane>,
    deadline: Duration,
    watch: std::thread::JoinHandle<()>,
}

struct Lane {
    queue: Arc<LaneQueue>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

/// The interval at which the watch looks for posts that have waited too long.
const WATCH: Duration = Duration::from_millis(100);

impl Log {
    pub fn start(
        store: &Store,
        options: &LogOptions,
        clock: &Clock,
        listener: Arc<dyn CommitListener>,
    ) -> StoreResult<Self> {
        let count = if store.write_gate().is_single() { 1 } else { options.lanes.max(1) };
        let lanes = (0..count)
            .map(|number| {
                let queue = Arc::new(LaneQueue::new(options.queue, options.queue_bytes));
                let mut worker = LaneWorker {
                    store: store.clone(),
                    gate: store.write_gate(),
                    conn: None,
                    clock: clock.clone(),
                    listener: listener.clone(),
                    queue: queue.clone(),
                    batch: options.batch.max(1),
                };
                let thread = spawn(format!("log-{number}"), move || worker.work())?;
                Ok(Lane { queue, thread: Mutex::new(Some(thread)) })
            })
            .collect::<StoreResult<Vec<Lane>>>()?;
        let deadline = store.deadline();
        let queues: Vec<_> = lanes.iter().map(|lane| Arc::downgrade(&lane.queue)).collect();
        let watch = spawn("log-watch".to_owned(), move || {
            loop {
                std::thread::park_timeout(WATCH);
                let queues: Vec<_> = queues.iter().filter_map(std::sync::Weak::upgrade).collect();
                if queues.is_empty() {
                    return;
                }
                queues.iter().for_each(|queue| queue.expire(deadline));
            }
        })?;
        Ok(Self { lanes, deadline, watch })
    }

    /// The post stands in the queue when this returns, so posts of one author keep the order of the calls. `answer` is called once,
    /// within the store's deadline: `Posted` after the commit; `Refused` by a rule, or with `log_full`; `Unavailable` when nothing
    /// was stored; `OutcomeUnknown` when nobody knows, which the same nonce settles.
    pub fn post(&self, post: NewEntry, answer: PostAnswer) {
        let lane = usize::try_from(post.room.0.unsigned_abs()).unwrap_or(0) % self.lanes.len().max(1);
        match self.lanes.get(lane) {
            Some(lane) => lane.queue.push(post, answer),
            None => answer(Err(StoreError::Unavailable)),
        }
    }

    pub(super) fn lanes(&self) -> impl Iterator<Item = &LaneQueue> {
        self.lanes.iter().map(|lane| &*lane.queue)
    }
}

fn spawn(name: String, work: impl FnOnce() + Send + 'static) -> StoreResult<std::thread::JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name)
        .spawn(work)
        .map_err(|e| StoreError::Setup(format!("cannot start a thread: {e}")))
}

impl Drop for Log {
    fn drop(&mut self) {
        for lane in &self.lanes {
            lane.queue.close();
        }
        // A thread that hangs in a frozen database must not delay the end of the process.
        let until = Instant::now() + self.deadline;
        for lane in &self.lanes {
            let thread = lane.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(thread) = thread {
                while !thread.is_finished() && Instant::now() < until {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        }
        self.watch.thread().unpark();
    }
}

struct LaneWorker {
    store: Store,
    gate: WriteGate,
    conn: Option<Db>,
    clock: Clock,
    listener: Arc<dyn CommitListener>,
    queue: Arc<LaneQueue>,
    batch: usize,
}

impl LaneWorker {
    fn work(&mut self) {
        let mut pacer = CommitPacer::new();
        while let Some(posts) = self.queue.take(self.batch) {
            let begun = Instant::now();
            // A panic must not end the lane: the authors of this batch get `OutcomeUnknown`, and the lane goes on.
            let committed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                self.commit_all(&posts.iter().collect::<Vec<_>>())
            }));
            if committed.is_err() {
                self.conn = None;
                tracing::error!("a batch of posts panicked");
            }
            let took = begun.elapsed();
            self.queue.finish(committed.unwrap_or_default());
            if let Some(conn) = &mut self.conn {
                self.gate.bound_wal(conn);
            }
            let rest = pacer.committed(posts.len(), took, self.listener.is_shared(), Instant::now());
            // Posts that did not fit into a full batch wait already.
            if !rest.is_zero() && posts.len() < self.batch {
                self.queue.metrics.rested();
                std::thread::sleep(rest);
            }
        }
    }

    /// The outcome of each post, in order. Committed entries are published when this returns.
    fn commit_all(&mut self, posts: &[&NewEntry]) -> Vec<StoreResult<Posted>> {
        match self.commit(posts) {
            Ok(outcomes) => outcomes.into_iter().map(|outcome| outcome.map_err(StoreError::Refused)).collect(),
            Err(Failure { error, .. }) if !error.is_transient() && posts.len() > 1 => {
                // A post that the database refuses must not fail the others.
                posts.iter().flat_map(|post| self.commit_all(&[post])).collect()
            }
            Err(failure) => {
                self.queue.metrics.failed(posts.len());
                self.store.batch_failed(&failure.error, posts.len());
                posts.iter().map(|_| Err(failure.for_author())).collect()
            }
        }
    }

    /// Repeats the batch once on a new connection when the old one was lost. The nonces show which posts are stored, so a commit
    /// whose answer got lost is resolved here and not by the author.
    fn commit(&mut self, posts: &[&NewEntry]) -> Result<Vec<Result<Posted, Refusal>>, Failure> {
        match self.try_commit(posts) {
            Err(first) if first.error.is_connection_lost() || first.error.is_worth_repeating() => {
                self.conn = None;
                self.try_commit(posts)
                    .map_err(|second| Failure { at_commit: first.at_commit || second.at_commit, ..second })
            }
            result => result,
        }
    }

    fn try_commit(&mut self, posts: &[&NewEntry]) -> Result<Vec<Result<Posted, Refusal>>, Failure> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.connect().map_err(Failure::before_commit)?,
        };
        let gate = self.gate.clone();
        let _permit = gate.lock();
        let (now, begun) = (self.clock.now(), Instant::now());
        if let Db::Postgres(pg) = &mut conn {
            // A lost connection leaves open whether it is committed; any other error says that it is not.
            let plain = plain::append(pg, posts, now).map_err(|error| {
                let error = StoreError::from(error);
                Failure { at_commit: error.is_connection_lost(), error }
            })?;
            if let Some(plan) = plain {
                self.queue.metrics.committed(CommitPath::Plain, begun.elapsed(), &plan.outcomes);
                self.conn = Some(conn);
                self.publish(posts, &plan, now);
                return Ok(plan.outcomes);
            }
        }
        let (plan, path) = prepare(&mut conn, posts, now).map_err(|error| {
            let _ = conn.batch_execute("ROLLBACK");
            Failure::before_commit(error)
        })?;
        if !answers_follow_commits() {
            std::thread::spawn(move || conn.batch_execute("COMMIT"));
            self.publish(posts, &plan, now);
            return Ok(plan.outcomes);
        }
        if let Err(error) = conn.batch_execute("COMMIT") {
            // The connection is in an unknown state, and so may be the batch.
            return Err(Failure { at_commit: StoreError::leaves_commit_open(&error), error: error.into() });
        }
        self.queue.metrics.committed(path, begun.elapsed(), &plan.outcomes);
        self.conn = Some(conn);
        self.publish(posts, &plan, now);
        Ok(plan.outcomes)
    }

    fn connect(&self) -> StoreResult<Db> {
        let mut conn = self.store.connect()?;
        match &mut conn {
            Db::Postgres(pg) => pg.batch_execute(postgres::SETTINGS)?,
            Db::Sqlite(sqlite) => sqlite.batch_execute(sqlite::SETTINGS)?,
        }
        Ok(conn)
    }

    fn publish(&self, posts: &[&NewEntry], plan: &BatchPlan, now: Timestamp) {
        let mut inserts: Vec<_> = plan.inserts.iter().collect();
        inserts.sort_by_key(|insert| (posts.get(insert.post).map(|post| post.room), insert.seq));
        let mut batches = EntryBatchBuilder::default();
        for insert in inserts {
            if let Some(post) = posts.get(insert.post) {
                batches.push(entry(post, insert, now));
            }
        }
        batches.finish().into_iter().for_each(|batch| self.listener.committed(batch));
    }
}

fn entry<'a>(post: &'a NewEntry, insert: &super::plan::Insert, now: Timestamp) -> EntryRef<'a> {
    EntryRef {
        room: post.room,
        seq: insert.seq,
        author: Some(post.account),
        nonce: Some(post.nonce.as_str()),
        body: &post.body,
        at: now,
        acl_version: insert.acl_version,
    }
}

/// Does everything up to the commit.
fn prepare(conn: &mut Db, posts: &[&NewEntry], now: Timestamp) -> StoreResult<(BatchPlan, CommitPath)> {
    let mut rooms: Vec<RoomId> = posts.iter().map(|post| post.room).collect();
    rooms.sort_unstable();
    rooms.dedup();
    conn.batch_execute(if matches!(conn, Db::Sqlite(_)) { "BEGIN IMMEDIATE" } else { "BEGIN" })?;
    if let Db::Sqlite(sqlite) = conn
        && let Some(plan) = sqlite::plain(sqlite, posts, now)?
    {
        return Ok((plan, CommitPath::Plain));
    }
    let (heads, facts) = match conn {
        Db::Postgres(pg) => (postgres::heads(pg, &rooms)?, postgres::facts(pg, posts, now)?),
        Db::Sqlite(sqlite) => (sqlite::heads(sqlite, &rooms)?, sqlite::facts(sqlite, posts, now)?),
    };
    let plan = plan(posts, &heads, &facts, now);
    if !plan.inserts.is_empty() {
        match conn {
            Db::Postgres(pg) => postgres::write(pg, posts, &plan.inserts, &plan.heads, now)?,
            Db::Sqlite(sqlite) => sqlite::write(sqlite, posts, &plan.inserts, &plan.heads, now)?,
        }
    }
    Ok((plan, CommitPath::Exact))
}

struct Failure {
    error: StoreError,
    /// The commit was under way.
    at_commit: bool,
}

impl Failure {
    fn before_commit(error: StoreError) -> Self {
        Self { error, at_commit: false }
    }

    fn for_author(&self) -> StoreError {
        match (self.at_commit, self.error.is_transient()) {
            (true, _) => StoreError::OutcomeUnknown,
            (false, true) => StoreError::Unavailable,
            (false, false) => StoreError::Setup("the log refused a post".to_owned()),
        }
    }
}
