//! The metrics of a lane, counted once per batch.

use std::fmt;
use std::time::Duration;

use super::Log;
use crate::domain::{Posted, Refusal};
use crate::telemetry::metrics::{Counter, Counters, Distribution, Histogram, Label, Page, Queue, SECONDS, Source};

#[derive(Debug)]
pub(super) struct LaneMetrics {
    batch: Histogram,
    waited: Histogram,
    plain: Histogram,
    exact: Histogram,
    posts: Counters<PostOutcome>,
    rests: Counter,
}

/// The way in which a batch was committed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum CommitPath {
    /// In one round trip.
    Plain,
    /// Step by step: SQLite, and batches that are not plain.
    Exact,
}

/// The outcome of a post.
#[derive(Debug, Clone, Copy, PartialEq)]
enum PostOutcome {
    Stored,
    /// Its nonce was stored before.
    Repeated,
    Refused,
    /// The database refused it, or gave no answer.
    Failed,
    /// It waited too long, and its author got an error.
    Expired,
}

impl Default for LaneMetrics {
    fn default() -> Self {
        Self {
            batch: Histogram::of_numbers(&[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]),
            waited: Histogram::of_time(SECONDS),
            plain: Histogram::of_time(SECONDS),
            exact: Histogram::of_time(SECONDS),
            posts: Counters::default(),
            rests: Counter::default(),
        }
    }
}

impl LaneMetrics {
    /// The oldest post of the batch waited so long.
    pub fn taken(&self, posts: usize, waited: Duration) {
        self.batch.number(posts);
        self.waited.took(waited);
    }

    pub fn committed(&self, path: CommitPath, took: Duration, outcomes: &[Result<Posted, Refusal>]) {
        match path {
            CommitPath::Plain => self.plain.took(took),
            CommitPath::Exact => self.exact.took(took),
        }
        let posted = outcomes.iter().flatten();
        let (all, posted, repeated) =
            (outcomes.len(), posted.clone().count(), posted.filter(|posted| posted.repeated).count());
        self.posts.add(PostOutcome::Stored, posted - repeated);
        self.posts.add(PostOutcome::Repeated, repeated);
        self.posts.add(PostOutcome::Refused, all - posted);
    }

    pub fn rested(&self) {
        self.rests.one();
    }

    pub fn failed(&self, posts: usize) {
        self.posts.add(PostOutcome::Failed, posts);
    }

    pub fn expired(&self, posts: usize) {
        self.posts.add(PostOutcome::Expired, posts);
    }
}

impl Source for Log {
    fn queues(&self) -> Vec<Queue> {
        let of_lane = |(number, lane): (usize, &super::queue::LaneQueue)| {
            let (bytes, most_bytes) = lane.bytes();
            [
                Queue::new(format!("log_{number}"), lane.depth(), lane.limit()),
                Queue::new(format!("log_{number}_bytes"), bytes, most_bytes),
            ]
        };
        self.lanes().enumerate().flat_map(of_lane).collect()
    }

    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        let all = |of: fn(&LaneMetrics) -> &Histogram| -> Distribution {
            let lanes = self.lanes().map(|lane| of(&lane.metrics).read());
            lanes.reduce(|sum, lane| sum.plus(&lane)).unwrap_or_default()
        };
        let posts = PostOutcome::all().iter().map(|fate| {
            let count = self.lanes().map(|lane| lane.metrics.posts.get(*fate)).sum();
            ([(PostOutcome::NAME, fate.text())], count)
        });
        page.counters("entremise_posts_total", "Messages that reached the log, by what became of them.", posts)?;
        let batch = all(|lane| &lane.batch);
        page.distribution("entremise_log_batch_posts", "Messages in one transaction of the log.", batch)?;
        let waited = all(|lane| &lane.waited);
        page.distribution(
            "entremise_log_wait_seconds",
            "How long the oldest message of a batch waited in front of the log.",
            waited,
        )?;
        page.counter(
            "entremise_log_rests_total",
            "Transactions after which the log left a turn to the other nodes that post.",
            self.lanes().map(|lane| lane.metrics.rests.get()).sum(),
        )?;
        page.distributions(
            "entremise_log_commit_seconds",
            "From beginning a batch's transaction to the database's word that it is committed.",
            [([("way", "plain")], all(|lane| &lane.plain)), ([("way", "exact")], all(|lane| &lane.exact))],
        )
    }
}

impl Label for PostOutcome {
    const NAME: &'static str = "outcome";

    fn all() -> &'static [Self] {
        &[Self::Stored, Self::Repeated, Self::Refused, Self::Failed, Self::Expired]
    }

    fn text(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Repeated => "repeated",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }
}
