//! The store's counters: calls, their waits and durations, and their errors.

use std::fmt;
use std::time::{Duration, Instant};

use super::executor::Priority;
use super::read_queue::MAX_WAITING;
use super::{Store, StoreError, StoreErrorKind, StoreResult};
use crate::telemetry::metrics::{Counter, Counters, Histogram, Label, Level, Page, Queue, SECONDS, Source};

/// The bound of calls that can wait is higher: all members of many rooms may read at the same moment.
const LOW_QUEUES: usize = 16;

#[derive(Debug)]
pub struct StoreMetrics {
    /// Queued calls, by priority.
    high: Level,
    normal: Level,
    low: Level,
    /// The bound of the queues of high and normal priority.
    limit: usize,
    pub(super) waited: Histogram,
    read: Histogram,
    write: Histogram,
    errors: Counters<StoreErrorKind>,
    pub(super) connect_failures: Counter,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum StoreCall {
    Read,
    Write,
}

impl StoreMetrics {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            high: Level::default(),
            normal: Level::default(),
            low: Level::default(),
            limit,
            waited: Histogram::of_time(SECONDS),
            read: Histogram::of_time(SECONDS),
            write: Histogram::of_time(SECONDS),
            errors: Counters::default(),
            connect_failures: Counter::default(),
        }
    }

    pub(super) fn waiting(&self, priority: Priority) -> &Level {
        match priority {
            Priority::High => &self.high,
            Priority::Normal => &self.normal,
            Priority::Low => &self.low,
        }
    }

    pub(super) fn limit(&self, priority: Priority) -> usize {
        match priority {
            Priority::High | Priority::Normal => self.limit,
            Priority::Low => self.limit.saturating_mul(LOW_QUEUES),
        }
    }

    pub(super) fn called<T>(&self, call: StoreCall, asked: Instant, result: &StoreResult<T>) {
        let took: Duration = asked.elapsed();
        match call {
            StoreCall::Read => self.read.took(took),
            StoreCall::Write => self.write.took(took),
        }
        if let Err(error) = result {
            self.failed(error);
        }
    }

    pub(super) fn failed(&self, error: &StoreError) {
        if let Some(kind) = error.kind() {
            self.errors.one(kind);
        }
    }
}

impl Label for StoreErrorKind {
    const NAME: &'static str = "kind";

    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn text(self) -> &'static str {
        self.as_str()
    }
}

impl Source for Store {
    fn queues(&self) -> Vec<Queue> {
        let metrics = self.metrics();
        let of = |name, priority| Queue::new(name, metrics.waiting(priority).get(), metrics.limit(priority));
        vec![
            of("database_calls_first", Priority::High),
            of("database_calls", Priority::Normal),
            of("database_calls_last", Priority::Low),
            Queue::new("database_turns", self.waiting_turns(), MAX_WAITING),
        ]
    }

    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        let metrics = self.metrics();
        page.distributions(
            "entremise_database_call_seconds",
            "From asking the database to its answer, the wait for a thread included.",
            [([("call", "read")], metrics.read.read()), ([("call", "write")], metrics.write.read())],
        )?;
        page.histogram("entremise_database_wait_seconds", "How long a call waited for a thread.", &metrics.waited)?;
        page.counted("entremise_database_errors_total", "Calls and batches that failed, by reason.", &metrics.errors)?;
        page.counter(
            "entremise_database_connect_failures_total",
            "Connections that could not be made.",
            metrics.connect_failures.get(),
        )?;
        let (open, idle, limit) = self.connections();
        page.gauge("entremise_database_connections", "Connections of the pool that are open.", open)?;
        page.gauge("entremise_database_connections_idle", "Those of them that nobody uses.", idle)?;
        page.gauge("entremise_database_connections_limit", "Connections that the pool may open.", limit)
    }
}
