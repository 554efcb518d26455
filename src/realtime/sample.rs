//! The metrics of the actors at one moment, as a scrape shows them.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::metrics::{FanoutMetrics, LiveMetrics, RoomsSample, SessionsSample};
use super::{Realtime, hub, room};
use crate::telemetry::metrics::{Counter, Label, Page, Queue, Source};

/// How long a scrape waits for the hub.
const PATIENCE: Duration = Duration::from_millis(500);

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
        let answer = tokio::time::timeout(PATIENCE, self.hub.send(hub::SampleSessions)).await;
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
            Queue::new("hub", self.hub_waiting, hub::MAILBOX),
            Queue::new("room", self.rooms.most_waiting, room::MAILBOX),
            Queue::new("room_pending", self.rooms.most_pending, room::MAX_PENDING),
            Queue::new("room_pending_bytes", self.rooms.most_pending_bytes, room::MAX_PENDING_BYTES),
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
