//! The handle by which rooms and the hub reach a session: they never wait for it and never exceed its bound.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use actix::prelude::*;
use bytestring::ByteString;

use super::{Cutter, RoomLink, Unsent};
use crate::app::AppResult;
use crate::domain::{AccountId, Posted, RoomId, Seq, SessionId, Timestamp};
use crate::realtime::metrics::SessionsSample;
use crate::realtime::protocol::{Close, MemberView};
use crate::store::members::Membership;
use crate::testing::failpoints::full_queue_cuts;

/// About what one member takes in `joined`.
const MEMBER_BYTES: usize = 160;

/// One connection of this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub u64);

/// The contents of a session's queue.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub enum Outbound {
    /// The room has let the session in; its later frames come behind this.
    JoinGranted(Box<JoinGranted>),
    /// The outcome of a post.
    Posted {
        reference: u64,
        posting: Posting,
        result: AppResult<Posted>,
    },
    /// Entries that follow on each other, in one frame. Delivered if they are next in line for this session, see `catch_up`.
    Entries {
        room: RoomId,
        first: Seq,
        last: Seq,
        frame: ByteString,
    },
    /// Delivered if the session has joined the room, or if the frame belongs to no room.
    Frame {
        room: Option<RoomId>,
        frame: ByteString,
    },
    /// Delivered, and the session leaves the room. `version` is a member set without the person.
    Removed {
        room: RoomId,
        version: i64,
        frame: ByteString,
    },
    /// Delivered unless a later removal was, see `additions`.
    Added {
        room: RoomId,
        version: Option<i64>,
        frame: ByteString,
    },
    /// The answer to a frame that somebody else gave; the frame waits no longer.
    Answer(ByteString),
    Close(Close),
}

/// The identity of one of a session's posts.
#[derive(Debug, Clone, Copy)]
pub struct Posting {
    pub room: RoomId,
    pub number: u64,
}

/// The request of a session to join a room. It comes back with the answer.
#[derive(Debug, Clone, Copy)]
pub struct JoinRequest {
    pub reference: u64,
    /// The number of the session's join.
    pub join: u64,
    pub after: Option<Seq>,
    pub membership: Membership,
}

/// The answer of a room: the session receives every entry after `head`.
#[derive(Debug)]
pub struct JoinGranted {
    pub request: JoinRequest,
    pub room: RoomLink,
    pub head: Seq,
    pub members: Vec<MemberView>,
}

/// The session cannot be reached any more.
#[derive(Debug, PartialEq, Eq)]
pub struct Gone;

/// The messages of a session's mailbox.
pub trait SessionMailbox: Send + Sync {
    fn try_send(&self, outbound: Outbound) -> Result<(), Unsent>;

    fn is_open(&self) -> bool;
}

/// Cheap to keep: every room of a session has one.
#[derive(Clone)]
pub struct SessionHandle(Arc<SessionTarget<dyn SessionMailbox>>);

/// The mailbox's address stands in here and is never cloned: a clone takes memory of its own, and the bound of a mailbox holds
/// for each clone apart.
pub struct SessionTarget<M: ?Sized> {
    pub key: SessionKey,
    pub account: AccountId,
    pub session: SessionId,
    shared: Arc<SharedState>,
    mailbox: M,
}

/// The state that a session shares with its handles.
pub struct SharedState {
    /// Bytes of the frames that wait in the queue.
    queued: AtomicUsize,
    /// How many they are.
    frames: AtomicUsize,
    limit: usize,
    cut: AtomicBool,
    cutter: Option<Arc<Cutter>>,
    /// When the last bytes of the peer arrived.
    alive_at: AtomicI64,
    /// Frames that wait for their answers.
    unanswered: AtomicUsize,
}

impl SharedState {
    pub fn new(limit: usize, cutter: Option<Arc<Cutter>>, now: Timestamp) -> Self {
        Self {
            queued: AtomicUsize::new(0),
            frames: AtomicUsize::new(0),
            limit,
            cut: AtomicBool::new(false),
            cutter,
            alive_at: AtomicI64::new(now.0),
            unanswered: AtomicUsize::new(0),
        }
    }

    pub fn taken(&self, outbound: &Outbound) {
        self.queued.fetch_sub(outbound.len(), Ordering::Relaxed);
        self.frames.fetch_sub(1, Ordering::Relaxed);
    }

    pub fn heard(&self, now: Timestamp) {
        self.alive_at.store(now.0, Ordering::Relaxed);
    }

    pub fn unanswered(&self, frames: usize) {
        self.unanswered.store(frames, Ordering::Relaxed);
    }

    pub fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }

    pub fn disarm(&self) {
        if let Some(cutter) = &self.cutter {
            cutter.disarm();
        }
    }
}

impl Outbound {
    fn len(&self) -> usize {
        match self {
            Self::Answer(frame)
            | Self::Entries { frame, .. }
            | Self::Frame { frame, .. }
            | Self::Removed { frame, .. }
            | Self::Added { frame, .. } => frame.len(),
            Self::JoinGranted(granted) => granted.members.len() * MEMBER_BYTES,
            // Their number is that of the frames that may wait for answers.
            Self::Posted { .. } | Self::Close(_) => 0,
        }
    }
}

impl std::ops::Deref for SessionHandle {
    type Target = SessionTarget<dyn SessionMailbox>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl SessionHandle {
    pub fn new(
        key: SessionKey,
        account: AccountId,
        session: SessionId,
        mailbox: impl SessionMailbox + 'static,
        shared: Arc<SharedState>,
    ) -> Self {
        Self(Arc::new(SessionTarget { key, account, session, shared, mailbox }))
    }

    /// Queues without waiting. A session over its bound is cut: it reads too slowly, and resumes when it comes back.
    pub fn push(&self, outbound: Outbound) -> Result<(), Gone> {
        if self.shared.cut.load(Ordering::Relaxed) {
            return Err(Gone);
        }
        let length = outbound.len();
        let queued = self.shared.queued.fetch_add(length, Ordering::Relaxed);
        if queued + length > self.shared.limit {
            return self.over_bound(length);
        }
        match self.send(outbound) {
            Ok(()) => Ok(()),
            Err(Unsent::Full) => self.over_bound(length),
            Err(Unsent::Closed) => Err(Gone),
        }
    }

    fn over_bound(&self, length: usize) -> Result<(), Gone> {
        if full_queue_cuts() {
            self.cut();
            return Err(Gone);
        }
        self.shared.queued.fetch_sub(length, Ordering::Relaxed);
        Ok(())
    }

    fn send(&self, outbound: Outbound) -> Result<(), Unsent> {
        // Counted before it can be taken out.
        self.shared.frames.fetch_add(1, Ordering::Relaxed);
        self.mailbox.try_send(outbound).inspect_err(|_| {
            self.shared.frames.fetch_sub(1, Ordering::Relaxed);
        })
    }

    /// Ends the connection whatever its actor is doing.
    pub fn cut(&self) {
        if !self.shared.cut.swap(true, Ordering::Relaxed) {
            tracing::info!(session.key = self.key.0, "cut a connection that does not read");
            // An actor that can still be reached sends the reason; otherwise the socket just ends.
            let _ = self.send(Outbound::Close(Close::SlowReader));
            if let Some(cutter) = &self.shared.cutter {
                cutter.cut();
            }
        }
    }

    /// Adds the depth of its queue.
    pub fn add_to(&self, sample: &mut SessionsSample) {
        let bytes = self.shared.queued.load(Ordering::Relaxed);
        sample.bytes += bytes;
        sample.most_frames = sample.most_frames.max(self.shared.frames.load(Ordering::Relaxed));
        sample.most_bytes = sample.most_bytes.max(bytes);
        sample.most_unanswered = sample.most_unanswered.max(self.shared.unanswered.load(Ordering::Relaxed));
        sample.behind += usize::from(bytes > self.shared.limit / 2);
    }

    pub fn is_gone(&self) -> bool {
        !self.mailbox.is_open() || self.shared.cut.load(Ordering::Relaxed)
    }

    /// Has the peer been silent for longer than the heartbeat allows?
    pub fn is_silent(&self, since: Timestamp) -> bool {
        self.shared.alive_at.load(Ordering::Relaxed) < since.0
    }
}
