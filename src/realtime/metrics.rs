//! The metrics of the actors. Rooms and sessions come and go by the thousand, so only their sums and the fullest are shown.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use super::Realtime;
use super::protocol::Close;
use crate::domain::Code;
use crate::telemetry::metrics::{Counter, Counters, Histogram, Label, Level, Page, Queue, SECONDS, Source, Spread};

/// One event of a room in so many is timed.
const TIMED: usize = 8;

#[derive(Debug, Default)]
pub struct LiveMetrics {
    open: Level,
    opened: Counter,
    ended: Counters<Ending>,
    refusals: Counters<Code>,
    fan_out: Spread<FanoutMetrics>,
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
struct FanoutMetrics {
    events: Level,
    deliveries: Counter,
    took: Histogram,
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

/// What can be seen of a room from outside of its actor.
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

/// What all rooms together show.
#[derive(Debug, Clone, Copy, Default)]
pub struct RoomsSample {
    pub hosted: usize,
    pub sessions: usize,
    pub most_sessions: usize,
    pub most_waiting: usize,
    pub most_pending: usize,
    pub most_pending_bytes: usize,
}

/// What all sessions together show.
#[derive(Debug, Clone, Copy, Default, actix::MessageResponse)]
pub struct SessionsSample {
    pub bytes: usize,
    pub most_bytes: usize,
    pub most_frames: usize,
    pub most_unanswered: usize,
    /// With more than half of what may wait for them.
    pub behind: usize,
}

/// The actors at one moment.
pub struct LiveSample {
    pub metrics: Arc<LiveMetrics>,
    pub rooms: RoomsSample,
    pub sessions: SessionsSample,
    pub hub_waiting: usize,
    /// The time until the answer of the hub, or until the wait ended.
    pub hub_answer: Duration,
    pub limits: LiveLimits,
}

#[derive(Debug, Clone, Copy)]
pub struct LiveLimits {
    pub session_bytes: usize,
    pub session_frames: usize,
    pub unanswered: usize,
}

impl Realtime {
    /// Asks the hub for its sessions, and looks at the rooms. A hub that does not answer is not waited for long.
    pub async fn sample(&self) -> LiveSample {
        let asked = Instant::now();
        let answer = tokio::time::timeout(Duration::from_millis(500), self.hub.send(super::hub::SampleSessions)).await;
        LiveSample {
            metrics: self.metrics.clone(),
            rooms: self.directory.sample(),
            sessions: answer.ok().and_then(Result::ok).unwrap_or_default(),
            hub_waiting: self.hub.depth(),
            hub_answer: asked.elapsed(),
            limits: LiveLimits {
                session_bytes: self.session_options.queue_bytes,
                session_frames: self.session_options.mailbox(),
                unanswered: self.session_options.pending_frames,
            },
        }
    }
}

impl Source for LiveSample {
    fn queues(&self) -> Vec<Queue> {
        vec![
            Queue::new("hub", self.hub_waiting, super::hub::MAILBOX),
            Queue::new("room", self.rooms.most_waiting, super::room::MAILBOX),
            Queue::new("room_pending", self.rooms.most_pending, super::room::MAX_PENDING),
            Queue::new("room_pending_bytes", self.rooms.most_pending_bytes, super::room::MAX_PENDING_BYTES),
            Queue::new("session_bytes", self.sessions.most_bytes, self.limits.session_bytes),
            Queue::new("session_frames", self.sessions.most_frames, self.limits.session_frames),
            Queue::new("session_unanswered", self.sessions.most_unanswered, self.limits.unanswered),
        ]
    }

    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        let LiveSample { metrics, rooms, sessions, .. } = self;
        let ended: Vec<_> = metrics.ended.iter().map(|(ending, count)| (ending.code(), ending.text(), count)).collect();
        page.gauge("entremise_sockets", "Connections that are open.", metrics.open.get())?;
        page.counter("entremise_sockets_opened_total", "Connections since the start.", metrics.opened.get())?;
        page.counters(
            "entremise_sockets_closed_total",
            "Connections that ended, by the code and the reason that they were closed with.",
            ended.iter().map(|(code, reason, count)| ([("code", &**code), ("reason", *reason)], *count)),
        )?;
        page.counted(
            "entremise_socket_refusals_total",
            "Frames refused, by the code of the refusal.",
            &metrics.refusals,
        )?;
        page.gauge(
            "entremise_sockets_behind",
            "Connections with over half of what may wait for them.",
            sessions.behind,
        )?;
        page.gauge("entremise_session_queue_bytes", "What waits for all connections together.", sessions.bytes)?;
        page.gauge("entremise_rooms", "Rooms that somebody hears on this node.", rooms.hosted)?;
        page.gauge("entremise_room_sessions", "Joins: connections in rooms, counted once per room.", rooms.sessions)?;
        page.gauge("entremise_room_sessions_max", "Connections in the fullest room.", rooms.most_sessions)?;
        let sum = |of: fn(&FanoutMetrics) -> &Counter| metrics.fan_out.iter().map(|place| of(place).get()).sum();
        page.counter(
            "entremise_deliveries_total",
            "Entries put into the queues of connections.",
            sum(|place| &place.deliveries),
        )?;
        let took = metrics.fan_out.iter().map(|place| place.took.read()).reduce(|all, one| all.plus(&one));
        page.distribution(
            "entremise_fan_out_seconds",
            "From the word that entries of a room are committed to their place in the last connection's queue; one in eight is timed.",
            took.unwrap_or_default(),
        )?;
        page.counters(
            "entremise_room_reads_total",
            "What rooms read from the database: entries that the bus did not bring, and members.",
            [([("what", "entries")], metrics.gap_reads.get()), ([("what", "members")], metrics.member_reads.get())],
        )?;
        page.counted(
            "entremise_events_lost_total",
            "Events that found a mailbox full; what they told is read from the database.",
            &metrics.lost,
        )?;
        page.counter("entremise_catch_up_pages_total", "Pages read for connections that resume.", metrics.pages.get())?;
        page.counter("entremise_catch_up_entries_total", "Entries on these pages.", metrics.page_entries.get())?;
        page.gauge(
            "entremise_hub_answer_seconds",
            "How long the hub took to answer this scrape.",
            self.hub_answer.as_secs_f64(),
        )
    }
}

impl Ending {
    fn code(self) -> Cow<'static, str> {
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
