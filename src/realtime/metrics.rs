//! The metrics of the actors. Rooms and sessions come and go by the thousand, so only their sums and the fullest are shown.

use std::borrow::Cow;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use super::protocol::Close;
use crate::domain::Code;
use crate::telemetry::metrics::{Counter, Counters, Histogram, Label, Level, SECONDS, Spread};

/// One event of a room in so many is timed.
const TIMED: usize = 8;

#[derive(Debug, Default)]
pub struct LiveMetrics {
    pub(super) open: Level,
    pub(super) opened: Counter,
    pub(super) ended: Counters<Ending>,
    pub(super) refusals: Counters<Code>,
    pub(super) fan_out: Spread<FanoutMetrics>,
    /// Entries that a room found missing and read.
    pub gap_reads: Counter,
    pub member_reads: Counter,
    /// Pages read for sessions that catch up, and the entries on them.
    pub pages: Counter,
    pub page_entries: Counter,
    /// Events that found a mailbox full; the database makes up for them.
    pub lost: Counters<Mailbox>,
}

#[derive(Debug)]
pub(super) struct FanoutMetrics {
    events: Level,
    pub deliveries: Counter,
    pub took: Histogram,
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ending {
    /// The server closed it.
    Closed(Close),
    /// The client closed it.
    Peer,
    /// It broke without a close frame.
    Lost,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mailbox {
    Hub,
    Room,
}

impl Default for FanoutMetrics {
    fn default() -> Self {
        Self { events: Level::default(), deliveries: Counter::default(), took: Histogram::of_time(SECONDS) }
    }
}

impl LiveMetrics {
    pub fn socket_opened(&self) {
        self.open.up();
        self.opened.one();
    }

    pub fn socket_ended(&self, ending: Ending) {
        self.open.down();
        self.ended.one(ending);
    }

    pub fn refused(&self, code: Code) {
        self.refusals.one(code);
    }

    /// Committed entries have arrived for a room. The time of one in many is noted, for [`LiveMetrics::fanned_out`].
    pub fn heard(&self) -> Option<Instant> {
        self.fan_out.here().events.up().is_multiple_of(TIMED).then(Instant::now)
    }

    /// The entries are in the queues of all sessions.
    pub fn fanned_out(&self, heard: Option<Instant>) {
        if let Some(heard) = heard {
            self.fan_out.here().took.took(heard.elapsed());
        }
    }

    pub fn delivered(&self, sessions: usize) {
        self.fan_out.here().deliveries.add(sessions);
    }
}

/// The figures of a room that are seen from outside of its actor.
#[derive(Debug)]
pub struct RoomBoard {
    /// Set by a sender that found the mailbox full.
    pub missed: AtomicBool,
    /// Events in its mailbox.
    pub waiting: Level,
    /// Entries that wait for a gap or for members, as of its last tick.
    pub pending: Level,
    /// Bytes of their text.
    pub pending_bytes: Level,
    /// Its sessions, as of its last tick.
    pub sessions: Level,
    pub metrics: Arc<LiveMetrics>,
}

impl RoomBoard {
    pub fn new(metrics: Arc<LiveMetrics>) -> Self {
        let [waiting, pending, pending_bytes, sessions] = <[Level; 4]>::default();
        Self { missed: AtomicBool::new(false), waiting, pending, pending_bytes, sessions, metrics }
    }

    pub fn stands(&self, sessions: usize, (pending, pending_bytes): (usize, usize)) {
        self.sessions.set(sessions);
        self.pending.set(pending);
        self.pending_bytes.set(pending_bytes);
    }
}

/// The figures of all rooms together.
#[derive(Debug, Clone, Copy, Default)]
pub struct RoomsSample {
    pub hosted: usize,
    pub sessions: usize,
    pub most_sessions: usize,
    pub most_waiting: usize,
    pub most_pending: usize,
    pub most_pending_bytes: usize,
}

/// The figures of all sessions together.
#[derive(Debug, Clone, Copy, Default, actix::MessageResponse)]
pub struct SessionsSample {
    pub bytes: usize,
    pub most_bytes: usize,
    pub most_frames: usize,
    pub most_unanswered: usize,
    /// With more than half of what may wait for them.
    pub behind: usize,
}

impl Ending {
    pub(super) fn code(self) -> Cow<'static, str> {
        match self {
            Self::Closed(why) => why.code().to_string().into(),
            Self::Peer | Self::Lost => "none".into(),
        }
    }
}

impl Label for Ending {
    const NAME: &'static str = "reason";

    fn all() -> &'static [Self] {
        static ALL: LazyLock<Vec<Ending>> =
            LazyLock::new(|| Close::ALL.map(Ending::Closed).into_iter().chain([Ending::Peer, Ending::Lost]).collect());
        &ALL
    }

    fn text(self) -> &'static str {
        match self {
            Self::Closed(why) => why.name(),
            Self::Peer => "peer",
            Self::Lost => "lost",
        }
    }
}

impl Label for Mailbox {
    const NAME: &'static str = "mailbox";

    fn all() -> &'static [Self] {
        &[Self::Hub, Self::Room]
    }

    fn text(self) -> &'static str {
        match self {
            Self::Hub => "hub",
            Self::Room => "room",
        }
    }
}
