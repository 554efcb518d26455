//! How often a room speaks. A fan-out costs its thread a wake-up and a write for each connection, whatever it carries, so
//! in a busy room what comes close behind one is held and goes out with the next. What a fan-out costs is measured: from
//! the first push until the thread has come to the end of all that was queued by then, so a thread that others keep busy
//! makes it dearer. Whoever owns a pace measures and hands the time in. Pure.
//!
//! - While the thread is not through with a fan-out, no other begins: it would only stand behind it.
//! - The gap follows the part of its thread that the room would take if it told each entry alone. While that is little
//!   nothing waits at all.
//! - Waiting ends early when it brings nothing: when everybody whom the last fan-out had something from has spoken again, or
//!   when so much is held that the writes cost little beside what they carry.

use std::time::Duration;

use crate::domain::{AccountId, Run};
use crate::planted::{Fault, planted};

/// Entries that may wait, and bytes of their text; one more and all go.
const MAX_HELD: usize = 500;
const MAX_BYTES: usize = Run::BYTES;

/// Up to this part of its thread a room tells each entry at once; the gap then grows until the part is `FULL`.
const FREE: f64 = 0.2;
const FULL: f64 = 0.5;
/// Nobody waits for longer, whatever it costs.
const LONGEST_GAP: Duration = Duration::from_millis(12);
/// Timers count milliseconds: a gap shorter than half of one is none.
const SHORTEST_GAP: Duration = Duration::from_micros(500);
/// What a fan-out may cost for each entry. So few entries wait behind a cheap one, and more are gathered on a busy thread.
const WORTH: Duration = Duration::from_micros(40);
/// Authors that are told apart; with more in a fan-out somebody is always still to speak.
const MOST_AUTHORS: usize = 64;

#[derive(Debug, Default)]
pub struct Pace {
    held: Vec<Run>,
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
    /// Before this nothing goes out by itself.
    next: Duration,
    /// Somebody has been told when to come back.
    arranged: bool,
}

/// What is to be done with what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Tell,
    /// Come back after so long.
    Later(Duration),
    /// Somebody will come back.
    Arranged,
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
impl Pace {
    /// Entries that follow on those that are held.
    pub fn hold(&mut self, runs: Vec<Run>, now: Duration) -> Turn {
        for run in &runs {
            self.entries += run.len();
            self.bytes += run.json().len();
            run.authors().iter().for_each(|author| self.authors.add(*author));
        }
        if self.held.is_empty() {
            self.held = runs;
        } else {
            self.held.extend(runs);
        }
        if self.entries > MAX_HELD || self.bytes > MAX_BYTES || planted(Fault::NoGap) {
            Turn::Tell
        } else if self.under_way.is_some() {
            Turn::Arranged
        } else {
            self.turn(now)
        }
    }

    /// Who was told to come back is here. What was to be told may have gone out meanwhile, and something else be held.
    pub fn came_back(&mut self, now: Duration) -> Turn {
        self.arranged = false;
        if self.under_way.is_some() { Turn::Arranged } else { self.turn(now) }
    }

    /// The thread has come to the end of what was queued when this was arranged, behind a fan-out.
    pub fn is_through(&mut self, now: Duration) -> Turn {
        if let Some(begun) = self.under_way.take() {
            self.cost = (self.cost + now.saturating_sub(begun)) / 2;
            self.next = self.last + self.gap();
        }
        self.turn(now)
    }

    fn turn(&mut self, now: Duration) -> Turn {
        if self.held.is_empty() {
            return Turn::Nothing;
        }
        let wait = self.next.saturating_sub(now);
        let entries = u32::try_from(self.entries).unwrap_or(u32::MAX);
        let is_worth_it = WORTH.saturating_mul(entries) >= self.cost;
        if wait.is_zero() || is_worth_it || self.authors.has_all_of(&self.last_authors) {
            Turn::Tell
        } else if std::mem::replace(&mut self.arranged, true) {
            Turn::Arranged
        } else {
            Turn::Later(wait)
        }
    }

    /// From the begin of the last fan-out to the next.
    fn gap(&self) -> Duration {
        let busy = ((self.part - FREE) / (FULL - FREE)).clamp(0.0, 1.0);
        let gap = LONGEST_GAP.mul_f64(busy);
        if gap < SHORTEST_GAP { Duration::ZERO } else { gap }
    }

    /// What is held, to be told now. Whoever tells it says when the thread is through with it.
    pub fn take(&mut self, now: Duration) -> Vec<Run> {
        if !self.held.is_empty() {
            // The entries of the last fan-out filled the time until this one.
            let between = now.saturating_sub(self.last).max(Duration::from_micros(1)).as_secs_f64();
            let entries = u32::try_from(self.last_entries).unwrap_or(u32::MAX);
            let part = self.cost.as_secs_f64() * f64::from(entries) / between;
            self.part = (self.part + part.min(1.0)) / 2.0;
            (self.last, self.last_entries) = (now, self.entries);
            self.last_authors = std::mem::take(&mut self.authors);
            // One that is under way is measured from its begin: the thread is through with neither.
            self.under_way.get_or_insert(now);
        }
        (self.entries, self.bytes) = (0, 0);
        std::mem::take(&mut self.held)
    }

    pub fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }
}

#[cfg(test)]
mod tests;
