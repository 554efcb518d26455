//! Holds committed entries of a room for some milliseconds when its thread is busy. A fan-out costs its thread a wake-up and a
//! write for each connection, whatever it carries, so entries that come close behind one fan-out leave with the next. The cost
//! of a fan-out is measured, from the first push until the thread has worked off its queue: a busy thread makes it larger. The
//! owner of a buffer measures and hands the time in. Pure.
//!
//! - While the thread works on a fan-out, no other begins: it would only stand behind it.
//! - The gap between two fan-outs follows the share of the thread that all its rooms would take if they sent each entry alone. A
//!   small share means no gap at all, and so does a small share of the room itself. The gaps grow where the fan-outs fill their
//!   thread in spite of them.
//! - The wait ends early when it gains nothing: every author of the last fan-out has posted again, soon after it or at about the
//!   same time, as authors do who wait for each other; or so many entries are held that their writes cost little beside their text.

mod load;

use std::time::Duration;

pub use self::load::Load;
use crate::domain::{AccountId, EntryBatch};
use crate::testing::failpoints::fanout_waits;

/// Entries that may wait, and bytes of their text; one more and all go.
const MAX_HELD: usize = 500;
const MAX_BYTES: usize = EntryBatch::BYTES;

/// Up to the first share of their thread the rooms send each entry at once; the gap then grows until the second share.
const WANTED: [f64; 2] = [0.2, 0.5];
/// A room's own share: a room with less than the first gains nothing by waiting.
const OWN: [f64; 2] = [0.05, 0.15];
const GAP: Duration = Duration::from_millis(16);
/// The gap grows further, up to the longest, while the fan-outs take these shares of their thread.
const TAKEN: [f64; 2] = [0.4, 0.8];
const LONGEST_GAP: Duration = Duration::from_millis(30);
/// Timers count milliseconds: a gap shorter than half of one is none.
const SHORTEST_GAP: Duration = Duration::from_micros(500);
/// A fan-out may cost this much for each of its entries. Few entries wait behind a cheap fan-out, more on a busy thread.
const WORTH: Duration = Duration::from_micros(40);
/// A fan-out to so few sessions after such a silence is not measured: measuring takes a turn of the thread.
const FEW_LISTENERS: usize = 16;
const SILENCE: Duration = Duration::from_millis(5);
/// An author who waited for a fan-out posts again within so many times its cost, between these two bounds.
const SOON: u32 = 3;
const SOONEST: Duration = Duration::from_millis(4);
const LATEST: Duration = Duration::from_millis(8);
/// Authors that are told apart; a fan-out with more never ends a wait early.
const MOST_AUTHORS: usize = 64;

#[derive(Debug, Default)]
pub struct FanoutBuffer {
    held: Vec<EntryBatch>,
    /// When the first held entry came.
    held_since: Duration,
    entries: usize,
    bytes: usize,
    authors: Authors,
    /// When the fan-out began that the thread still works on.
    under_way: Option<Duration>,
    /// When the last fan-out began, and what it carried.
    last: Duration,
    last_entries: usize,
    last_authors: Authors,
    /// The average cost of the last fan-outs; the newest counts most.
    cost: Duration,
    /// The share of the thread that their entries would have taken, each sent alone.
    part: f64,
    /// The same for all rooms on the thread.
    load: Load,
    /// No fan-out begins by itself before this time.
    next: Duration,
    /// A timer runs.
    scheduled: bool,
}

/// The next step of the owner with the held entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlushDecision {
    Flush,
    /// Ask again after so long.
    After(Duration),
    /// A timer or the end of a fan-out asks again.
    Scheduled,
    Nothing,
}

/// Authors, each once, up to a bound.
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
    /// For a room on the thread with this load.
    pub fn new(load: Load) -> Self {
        Self { load, ..Self::default() }
    }

    /// Adds entries that follow on the held ones.
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
        if self.entries > MAX_HELD || self.bytes > MAX_BYTES || !fanout_waits() {
            FlushDecision::Flush
        } else if self.under_way.is_some() {
            FlushDecision::Scheduled
        } else {
            self.decision(now)
        }
    }

    /// The timer has ended. The entries that it was set for may have left meanwhile, and others be held.
    pub fn on_timer(&mut self, now: Duration) -> FlushDecision {
        self.scheduled = false;
        if self.under_way.is_some() { FlushDecision::Scheduled } else { self.decision(now) }
    }

    /// The thread has worked off everything that was queued behind the fan-out when this was scheduled.
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

    /// At a steady rate, too, every author posts again some time; that alone must not end the wait.
    fn have_answered(&self, now: Duration) -> bool {
        let (since_last, held_for) = (now.saturating_sub(self.last), now.saturating_sub(self.held_since));
        let is_soon = since_last <= self.cost.saturating_mul(SOON).clamp(SOONEST, LATEST);
        (is_soon || held_for <= since_last / 2) && self.authors.has_all_of(&self.last_authors)
    }

    /// The time between the beginnings of two fan-outs.
    fn gap(&self, now: Duration) -> Duration {
        let of_thread = self.load.parts(now);
        let longest = GAP + (LONGEST_GAP - GAP).mul_f64(within(TAKEN, of_thread.taken));
        let gap = longest.mul_f64(within(WANTED, of_thread.wanted.max(self.part)) * within(OWN, self.part));
        if gap < SHORTEST_GAP { Duration::ZERO } else { gap }
    }

    /// Gives the held entries for a fan-out to so many sessions. The owner calls `fanout_done` when the thread has worked it off,
    /// if it [is under way](Self::is_under_way).
    pub fn take(&mut self, now: Duration, listeners: usize) -> Vec<EntryBatch> {
        if !self.held.is_empty() {
            // The entries of the last fan-out stand for the time until this one.
            let between = now.saturating_sub(self.last);
            let entries = u32::try_from(self.last_entries).unwrap_or(u32::MAX);
            let wanted = self.cost.saturating_mul(entries);
            self.load.wants(wanted, now);
            let part = wanted.as_secs_f64() / between.max(Duration::from_micros(1)).as_secs_f64();
            self.part = (self.part + part.min(1.0)) / 2.0;
            let is_close = between < SILENCE;
            (self.last, self.last_entries) = (now, self.entries);
            self.last_authors = std::mem::take(&mut self.authors);
            // A fan-out that is still under way is measured from its beginning, with this one.
            if listeners > FEW_LISTENERS || is_close {
                self.under_way.get_or_insert(now);
            }
        }
        (self.entries, self.bytes) = (0, 0);
        std::mem::take(&mut self.held)
    }

    /// The thread still works on a fan-out that is measured.
    pub fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    pub fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }
}

/// Where a share stands between two bounds: 0 up to the first, 1 from the second on.
fn within([none, all]: [f64; 2], part: f64) -> f64 {
    ((part - none) / (all - none)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests;
