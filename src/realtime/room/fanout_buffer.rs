//! How often a room speaks. A fan-out costs its thread a wake-up and a write for each connection, whatever it carries, so
//! in a busy room what comes close behind one is held and goes out with the next. What a fan-out costs is measured: from
//! the first push until the thread has come to the end of all that was queued by then, so a thread that others keep busy
//! makes it dearer. The owner of a buffer measures and hands the time in. Pure.
//!
//! - While the thread is not through with a fan-out, no other begins: it would only stand behind it.
//! - The gap follows the part of its thread that all rooms on it would take if they told each entry alone. While that is little
//!   nothing waits at all, and neither does a room that has little part in it. Where the fan-outs fill their thread in spite of
//!   their gaps, the gaps grow.
//! - Waiting ends early when it brings nothing: when everybody whom the last fan-out had something from has spoken again as those
//!   do who waited to hear it, soon or at about the same time; or when so much is held that the writes cost little beside
//!   what they carry.

mod load;

use std::time::Duration;

pub use self::load::Load;
use crate::domain::{AccountId, EntryBatch};
use crate::testing::failpoints::{Failpoint, planted};

/// Entries that may wait, and bytes of their text; one more and all go.
const MAX_HELD: usize = 500;
const MAX_BYTES: usize = EntryBatch::BYTES;

/// Up to this part of their thread the rooms tell each entry at once; the gap then grows until the part is the second.
const WANTED: [f64; 2] = [0.2, 0.5];
/// A room's own part in that: one that has less than the first gains nothing by waiting.
const OWN: [f64; 2] = [0.05, 0.15];
const GAP: Duration = Duration::from_millis(16);
/// The gap grows further while the fan-outs take this part of their thread, up to the longest.
const TAKEN: [f64; 2] = [0.4, 0.8];
const LONGEST_GAP: Duration = Duration::from_millis(30);
/// Timers count milliseconds: a gap shorter than half of one is none.
const SHORTEST_GAP: Duration = Duration::from_micros(500);
/// What a fan-out may cost for each entry. So few entries wait behind a cheap one, and more are gathered on a busy thread.
const WORTH: Duration = Duration::from_micros(40);
/// A fan-out to so few that comes after such a silence is not worth being measured: that takes a turn of the thread.
const FEW_LISTENERS: usize = 16;
const SILENCE: Duration = Duration::from_millis(5);
/// Who waited for a fan-out speaks again within so many times what it costs, though not sooner and not later than this.
const SOON: u32 = 3;
const SOONEST: Duration = Duration::from_millis(4);
const LATEST: Duration = Duration::from_millis(8);
/// Authors that are told apart; with more in a fan-out somebody is always still to speak.
const MOST_AUTHORS: usize = 64;

#[derive(Debug, Default)]
pub struct FanoutBuffer {
    held: Vec<EntryBatch>,
    /// When the first of them came.
    held_since: Duration,
    entries: usize,
    bytes: usize,
    authors: Authors,
    /// When the fan-out began that its thread is not through with.
    under_way: Option<Duration>,
    /// When the last one began, and what it had.
    last: Duration,
    last_entries: usize,
    last_authors: Authors,
    /// What the last ones cost, the newest most.
    cost: Duration,
    /// Which part of the thread their entries would have taken, each told alone.
    part: f64,
    /// The same of all rooms on the thread.
    load: Load,
    /// Before this nothing goes out by itself.
    next: Duration,
    /// Somebody has been told when to come back.
    scheduled: bool,
}

/// What is to be done with what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlushDecision {
    Flush,
    /// Come back after so long.
    After(Duration),
    /// Somebody will come back.
    Scheduled,
    Nothing,
}

/// Who wrote something, up to a bound; each once.
#[derive(Debug, Default)]
struct Authors {
    known: Vec<AccountId>,
    too_many: bool,
}

impl Authors {
    fn add(&mut self, author: AccountId) {
        if let Err(place) = self.known.binary_search(&author) {
            if self.known.len() < MOST_AUTHORS {
                self.known.insert(place, author);
            } else {
                self.too_many = true;
            }
        }
    }

    fn has_all_of(&self, others: &Self) -> bool {
        !others.too_many && others.known.iter().all(|author| self.known.binary_search(author).is_ok())
    }
}

/// `now` is the time on any clock that only goes forward.
impl FanoutBuffer {
    /// Of a room on the thread whose load this is.
    pub fn new(load: Load) -> Self {
        Self { load, ..Self::default() }
    }

    /// Entries that follow on those that are held.
    pub fn hold(&mut self, batches: Vec<EntryBatch>, now: Duration) -> FlushDecision {
        for batch in &batches {
            self.entries += batch.len();
            self.bytes += batch.json().len();
            batch.authors().iter().for_each(|author| self.authors.add(*author));
        }
        if self.held.is_empty() {
            (self.held, self.held_since) = (batches, now);
        } else {
            self.held.extend(batches);
        }
        if self.entries > MAX_HELD || self.bytes > MAX_BYTES || planted(Failpoint::NoGap) {
            FlushDecision::Flush
        } else if self.under_way.is_some() {
            FlushDecision::Scheduled
        } else {
            self.decision(now)
        }
    }

    /// Who was told to come back is here. What was to be told may have gone out meanwhile, and something else be held.
    pub fn on_timer(&mut self, now: Duration) -> FlushDecision {
        self.scheduled = false;
        if self.under_way.is_some() { FlushDecision::Scheduled } else { self.decision(now) }
    }

    /// The thread has come to the end of what was queued when this was scheduled, behind a fan-out.
    pub fn fanout_done(&mut self, now: Duration) -> FlushDecision {
        if let Some(begun) = self.under_way.take() {
            self.cost = (self.cost + now.saturating_sub(begun)) / 2;
            self.load.took(begun, now);
            self.next = self.last + self.gap(now);
        }
        self.decision(now)
    }

    fn decision(&mut self, now: Duration) -> FlushDecision {
        if self.held.is_empty() {
            return FlushDecision::Nothing;
        }
        let wait = self.next.saturating_sub(now);
        let entries = u32::try_from(self.entries).unwrap_or(u32::MAX);
        let is_worth_it = WORTH.saturating_mul(entries) >= self.cost;
        if wait.is_zero() || is_worth_it || self.have_answered(now) {
            FlushDecision::Flush
        } else if std::mem::replace(&mut self.scheduled, true) {
            FlushDecision::Scheduled
        } else {
            FlushDecision::After(wait)
        }
    }

    /// At a steady rate everybody has spoken again some time, too, and others go on.
    fn have_answered(&self, now: Duration) -> bool {
        let (since_last, held_for) = (now.saturating_sub(self.last), now.saturating_sub(self.held_since));
        let is_soon = since_last <= self.cost.saturating_mul(SOON).clamp(SOONEST, LATEST);
        (is_soon || held_for <= since_last / 2) && self.authors.has_all_of(&self.last_authors)
    }

    /// From the begin of the last fan-out to the next.
    fn gap(&self, now: Duration) -> Duration {
        let of_thread = self.load.parts(now);
        let longest = GAP + (LONGEST_GAP - GAP).mul_f64(within(TAKEN, of_thread.taken));
        let gap = longest.mul_f64(within(WANTED, of_thread.wanted.max(self.part)) * within(OWN, self.part));
        if gap < SHORTEST_GAP { Duration::ZERO } else { gap }
    }

    /// What is held, to be told now to so many. Whoever tells it says when the thread is through with it, if it
    /// [is under way](Self::is_under_way).
    pub fn take(&mut self, now: Duration, listeners: usize) -> Vec<EntryBatch> {
        if !self.held.is_empty() {
            // The entries of the last fan-out filled the time until this one.
            let between = now.saturating_sub(self.last);
            let entries = u32::try_from(self.last_entries).unwrap_or(u32::MAX);
            let wanted = self.cost.saturating_mul(entries);
            self.load.wants(wanted, now);
            let part = wanted.as_secs_f64() / between.max(Duration::from_micros(1)).as_secs_f64();
            self.part = (self.part + part.min(1.0)) / 2.0;
            let is_close = between < SILENCE;
            (self.last, self.last_entries) = (now, self.entries);
            self.last_authors = std::mem::take(&mut self.authors);
            // One that is under way is measured from its begin: the thread is through with neither.
            if listeners > FEW_LISTENERS || is_close {
                self.under_way.get_or_insert(now);
            }
        }
        (self.entries, self.bytes) = (0, 0);
        std::mem::take(&mut self.held)
    }

    /// The thread is not through with a fan-out that is measured.
    pub fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    pub fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }
}

/// Where a part stands between two: 0 up to the first, 1 from the second on.
fn within([none, all]: [f64; 2], part: f64) -> f64 {
    ((part - none) / (all - none)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests;
