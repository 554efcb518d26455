//! Group commit. A lane is a thread with a connection of its own: it takes all that waits, up to a batch, commits it in
//! one transaction, tells the world, and answers. Rooms are dealt to lanes by id, so that a room's posts keep their order.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;

use super::super::connection::WriteGate;
use super::super::{Db, Store, StoreError, StoreResult};
use super::plan::{Plan, plan};
use super::{postgres, sqlite};
use crate::domain::{
    AccountId, Clock, Code, Entry, EntryKind, MessageBody, Nonce, Posted, Refusal, RoomId, SessionId, Timestamp,
};
use crate::planted::{Fault, planted};

/// A message that somebody wants to post.
#[derive(Debug, Clone)]
pub struct NewPost {
    pub room: RoomId,
    pub account: AccountId,
    pub session: SessionId,
    pub nonce: Nonce,
    pub body: MessageBody,
}

#[derive(Debug, Clone)]
pub struct LogOptions {
    /// Threads, each with one connection. SQLite always has one: it has one writer.
    pub lanes: usize,
    /// Posts that may wait in front of one lane; one more is refused with `log_full`.
    pub queue: usize,
    /// Posts in one transaction.
    pub batch: usize,
}

/// Hears every committed batch of one room, in order, before its authors are answered.
pub type OnCommit = dyn Fn(RoomId, Vec<Arc<Entry>>) + Send + Sync;

/// The writer of posts. Dropping it ends its threads after what is queued.
pub struct Log {
    lanes: Vec<Lane>,
    deadline: Duration,
}

struct Lane {
    queue: Option<SyncSender<Waiting>>,
    depth: Arc<AtomicUsize>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

struct Waiting {
    post: NewPost,
    stage: Arc<AtomicU8>,
    answer: oneshot::Sender<StoreResult<Posted>>,
}

/// A post whose author gave up before its batch began is not stored; afterwards it may be.
const QUEUED: u8 = 0;
const BEGUN: u8 = 1;
const GIVEN_UP: u8 = 2;

impl Log {
    pub fn start(store: &Store, options: &LogOptions, clock: &Clock, on_commit: Arc<OnCommit>) -> StoreResult<Self> {
        let count = if store.write_gate().is_single() { 1 } else { options.lanes.max(1) };
        let lanes = (0..count)
            .map(|number| {
                let (queue, waiting) = sync_channel(options.queue.max(1));
                let depth = Arc::new(AtomicUsize::new(0));
                let mut worker = Worker {
                    store: store.clone(),
                    gate: store.write_gate(),
                    conn: None,
                    clock: clock.clone(),
                    on_commit: on_commit.clone(),
                    depth: depth.clone(),
                    batch: options.batch.max(1),
                };
                let thread = std::thread::Builder::new()
                    .name(format!("log-{number}"))
                    .spawn(move || worker.work(&waiting))
                    .map_err(|e| StoreError::Setup(format!("cannot start a thread: {e}")))?;
                Ok(Lane { queue: Some(queue), depth, thread: Mutex::new(Some(thread)) })
            })
            .collect::<StoreResult<Vec<Lane>>>()?;
        Ok(Self { lanes, deadline: store.deadline() })
    }

    /// Takes its place in the queue at once, before the answer is awaited: posts of one author keep the order of the calls.
    ///
    /// Answers after the commit. Refusals of ours come as `Refused`; `Busy` when the queue is full; `Unavailable` when
    /// nothing was stored; `OutcomeUnknown` when that cannot be said: the same nonce again settles it.
    pub fn post(&self, post: NewPost) -> impl Future<Output = StoreResult<Posted>> + use<> {
        let queued = self.enqueue(post);
        let deadline = self.deadline;
        async move {
            let (stage, answered) = queued?;
            match tokio::time::timeout(deadline, answered).await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err(StoreError::OutcomeUnknown),
                Err(_) => match stage.compare_exchange(QUEUED, GIVEN_UP, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) => Err(StoreError::Unavailable),
                    Err(_) => Err(StoreError::OutcomeUnknown),
                },
            }
        }
    }

    fn enqueue(&self, post: NewPost) -> StoreResult<(Arc<AtomicU8>, oneshot::Receiver<StoreResult<Posted>>)> {
        let lane = usize::try_from(post.room.0.unsigned_abs()).unwrap_or(0) % self.lanes.len().max(1);
        let Some((lane, queue)) = self.lanes.get(lane).and_then(|l| l.queue.as_ref().map(|q| (l, q))) else {
            return Err(StoreError::Unavailable);
        };
        let (answer, answered) = oneshot::channel();
        let stage = Arc::new(AtomicU8::new(QUEUED));
        lane.depth.fetch_add(1, Ordering::Relaxed);
        match queue.try_send(Waiting { post, stage: stage.clone(), answer }) {
            Ok(()) => Ok((stage, answered)),
            Err(refused) => {
                lane.depth.fetch_sub(1, Ordering::Relaxed);
                Err(match refused {
                    TrySendError::Full(_) => StoreError::Refused(Refusal::retry(Code::LogFull, 1000)),
                    TrySendError::Disconnected(_) => StoreError::Unavailable,
                })
            }
        }
    }

    /// How many posts wait in front of each lane.
    pub fn depths(&self) -> Vec<usize> {
        self.lanes.iter().map(|lane| lane.depth.load(Ordering::Relaxed)).collect()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        for lane in &mut self.lanes {
            lane.queue = None;
        }
        // A thread that hangs in a frozen database must not keep the process.
        let until = Instant::now() + self.deadline;
        for lane in &mut self.lanes {
            let thread = lane.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(thread) = thread {
                while !thread.is_finished() && Instant::now() < until {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        }
    }
}

struct Worker {
    store: Store,
    gate: WriteGate,
    conn: Option<Db>,
    clock: Clock,
    on_commit: Arc<OnCommit>,
    depth: Arc<AtomicUsize>,
    batch: usize,
}

impl Worker {
    fn work(&mut self, waiting: &Receiver<Waiting>) {
        while let Ok(first) = waiting.recv() {
            let mut batch = Vec::with_capacity(16);
            batch.push(first);
            while batch.len() < self.batch {
                match waiting.try_recv() {
                    Ok(next) => batch.push(next),
                    Err(_) => break,
                }
            }
            self.depth.fetch_sub(batch.len(), Ordering::Relaxed);
            batch.retain(|w| w.stage.compare_exchange(QUEUED, BEGUN, Ordering::AcqRel, Ordering::Acquire).is_ok());
            if !batch.is_empty() {
                // A panic here would end all posting: the batch is lost to its authors, the lane goes on.
                let committed =
                    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.commit_and_answer(batch)));
                if committed.is_err() {
                    self.conn = None;
                    tracing::error!("a batch of posts panicked");
                }
            }
        }
    }

    fn commit_and_answer(&mut self, batch: Vec<Waiting>) {
        let posts: Vec<&NewPost> = batch.iter().map(|w| &w.post).collect();
        match self.commit(&posts) {
            Ok(outcomes) => {
                for (waiting, outcome) in batch.into_iter().zip(outcomes) {
                    let _ = waiting.answer.send(outcome.map_err(StoreError::Refused));
                }
            }
            Err(Failure { error, .. }) if !error.is_weather() && batch.len() > 1 => {
                // One post that the database cannot take must not take the others with it.
                for waiting in batch {
                    self.commit_and_answer(vec![waiting]);
                }
            }
            Err(failure) => {
                tracing::warn!(error = %failure.error, posts = batch.len(), "a batch of posts was not committed");
                for waiting in batch {
                    let _ = waiting.answer.send(Err(failure.for_author()));
                }
            }
        }
    }

    /// Repeats the batch once on a new connection when the old one was lost: the nonces tell what is already stored, so
    /// that a commit whose answer got lost is resolved here and not by the author.
    fn commit(&mut self, posts: &[&NewPost]) -> Result<Vec<Result<Posted, Refusal>>, Failure> {
        match self.try_commit(posts) {
            Err(first) if first.error.is_connection_lost() || first.error.is_worth_repeating() => {
                self.conn = None;
                self.try_commit(posts)
                    .map_err(|second| Failure { at_commit: first.at_commit || second.at_commit, ..second })
            }
            result => result,
        }
    }

    fn try_commit(&mut self, posts: &[&NewPost]) -> Result<Vec<Result<Posted, Refusal>>, Failure> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.connect().map_err(Failure::before_commit)?,
        };
        let gate = self.gate.clone();
        let _turn = gate.turn();
        let now = self.clock.now();
        let plan = prepare(&mut conn, posts, now).map_err(|error| {
            let _ = conn.batch_execute("ROLLBACK");
            Failure::before_commit(error)
        })?;
        if planted(Fault::AckBeforeCommit) {
            std::thread::spawn(move || conn.batch_execute("COMMIT"));
            self.publish(posts, &plan, now);
            return Ok(plan.outcomes);
        }
        if let Err(error) = conn.batch_execute("COMMIT") {
            // The connection is in an unknown state, and so is the batch.
            return Err(Failure { error: error.into(), at_commit: true });
        }
        self.conn = Some(conn);
        self.publish(posts, &plan, now);
        Ok(plan.outcomes)
    }

    fn connect(&self) -> StoreResult<Db> {
        let mut conn = self.store.connect()?;
        if let Db::Postgres(pg) = &mut conn {
            pg.batch_execute(postgres::SETTINGS)?;
        }
        Ok(conn)
    }

    fn publish(&self, posts: &[&NewPost], plan: &Plan, now: Timestamp) {
        let mut inserts: Vec<_> = plan.inserts.iter().collect();
        inserts.sort_by_key(|insert| (posts.get(insert.post).map(|post| post.room), insert.seq));
        let mut rest = inserts.as_slice();
        while let Some(room) = rest.first().and_then(|insert| posts.get(insert.post)).map(|post| post.room) {
            let same = |insert: &&super::plan::Insert| posts.get(insert.post).is_some_and(|post| post.room == room);
            let count = rest.iter().take_while(|insert| same(insert)).count();
            let (these, others) = rest.split_at(count);
            let entries = these
                .iter()
                .filter_map(|insert| posts.get(insert.post).map(|post| Arc::new(entry(post, insert, now))))
                .collect();
            (self.on_commit)(room, entries);
            rest = others;
        }
    }
}

fn entry(post: &NewPost, insert: &super::plan::Insert, now: Timestamp) -> Entry {
    Entry {
        room: post.room,
        seq: insert.seq,
        kind: EntryKind::Message,
        author: Some(post.account),
        nonce: Some(post.nonce.as_str().to_owned()),
        body: Some(post.body.as_str().to_owned()),
        data: None,
        at: now,
        acl_version: insert.acl_version,
    }
}

/// Everything up to the commit.
fn prepare(conn: &mut Db, posts: &[&NewPost], now: Timestamp) -> StoreResult<Plan> {
    let mut rooms: Vec<RoomId> = posts.iter().map(|post| post.room).collect();
    rooms.sort_unstable();
    rooms.dedup();
    conn.batch_execute(if matches!(conn, Db::Sqlite(_)) { "BEGIN IMMEDIATE" } else { "BEGIN" })?;
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
    Ok(plan)
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
        match (self.at_commit, self.error.is_weather()) {
            (true, _) => StoreError::OutcomeUnknown,
            (false, true) => StoreError::Unavailable,
            (false, false) => StoreError::Setup("the log refused a post".to_owned()),
        }
    }
}
