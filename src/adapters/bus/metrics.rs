//! The counters of the bus.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::BusHealth;
use super::verify::Rejection;
use crate::telemetry::metrics::{Counter, Counters, Histogram, Label, Page, SECONDS};

#[derive(Debug)]
pub(super) struct BusMetrics {
    pub(super) sent: Counter,
    pub(super) heard: Counter,
    pub(super) not_understood: Counter,
    pub(super) refused: Counters<Rejection>,
    pub(super) dropped: Counters<Dropped>,
    pub(super) connections: Counter,
    round_trip: Histogram,
    begun: Instant,
    /// When the own probe was last heard, or the bus was made.
    probe_heard: Mutex<Instant>,
}

/// Why an event was not told to the other nodes; they find it in the database.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Dropped {
    QueueFull,
    /// Nobody to tell it to, or the connection broke while it was told.
    Broken,
}

impl BusMetrics {
    pub(super) fn new() -> Self {
        let begun = Instant::now();
        Self {
            sent: Counter::default(),
            heard: Counter::default(),
            not_understood: Counter::default(),
            refused: Counters::default(),
            dropped: Counters::default(),
            connections: Counter::default(),
            round_trip: Histogram::of_time(SECONDS),
            begun,
            probe_heard: Mutex::new(begun),
        }
    }

    /// The content of a probe: the time of its sending.
    pub(super) fn probe(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub(super) fn probe_came_back(&self, sent: u64) {
        let took = self.begun.elapsed().saturating_sub(Duration::from_micros(sent));
        self.round_trip.took(took);
        *self.probe_heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(super) fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        page.histogram(
            "entremise_bus_round_trip_seconds",
            "How long a probe of this node took through Redis and back, once a second.",
            &self.round_trip,
        )?;
        let age = self.probe_heard.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
        page.gauge("entremise_bus_probe_age_seconds", "Since a probe last came back.", age.as_secs_f64())?;
        page.counter("entremise_bus_events_sent_total", "Events told to the other nodes.", self.sent.get())?;
        page.counter("entremise_bus_events_heard_total", "Events heard from the other nodes.", self.heard.get())?;
        page.counter(
            "entremise_bus_events_not_understood_total",
            "Events of another version, or damaged; the rooms look into the database.",
            self.not_understood.get(),
        )?;
        page.counted(
            "entremise_bus_messages_refused_total",
            "Messages that no node of this installation said, or not now, or not there.",
            &self.refused,
        )?;
        page.counted(
            "entremise_bus_events_dropped_total",
            "Events that the other nodes were not told; they find them in the database.",
            &self.dropped,
        )?;
        page.counter("entremise_bus_connections_total", "Times that Redis was reached.", self.connections.get())
    }
}

/// One of them is 1.
pub(super) fn write_state(page: &mut Page<'_>, health: BusHealth) -> fmt::Result {
    let states = [("alone", BusHealth::Alone), ("connected", BusHealth::Connected), ("broken", BusHealth::Broken)];
    page.gauges(
        "entremise_bus_state",
        "1 for the state that the bus is in.",
        states.map(|(name, state)| ([("state", name)], u32::from(state == health))),
    )
}

impl Label for Dropped {
    const NAME: &'static str = "reason";

    fn all() -> &'static [Self] {
        &[Self::QueueFull, Self::Broken]
    }

    fn text(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::Broken => "broken",
        }
    }
}
