//! How often a room speaks. What comes soon after a fan-out waits for the next one and goes out with it in one frame: a
//! busy room then costs a wake-up and a write for each connection a few hundred times a second, whatever is written there,
//! and in a room where people talk nothing ever waits. Pure.

use crate::domain::{Run, Timestamp};

/// Between two fan-outs at least, in milliseconds: so many, one more for each entry of the first up to a bound, and one more for
/// so many members, on whatever node they are: else a room that is spread over two nodes would speak more often.
const GAP_MS: i64 = 1;
const MOST_FOR_ENTRIES_MS: usize = 8;
const MEMBERS_PER_MS: usize = 20;
const LONGEST_GAP_MS: i64 = 50;
/// Entries that may wait, and bytes of their text; one more and all go.
const MAX_HELD: usize = 500;
const MAX_BYTES: usize = Run::BYTES;

#[derive(Debug)]
pub struct Pace {
    held: Vec<Run>,
    entries: usize,
    bytes: usize,
    /// Before this nothing goes out by itself.
    next: Timestamp,
    /// Somebody has been told when to come back.
    arranged: bool,
}

/// What is to be done with what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Tell,
    /// Come back after so many milliseconds.
    Later(i64),
    /// Somebody will come back.
    Arranged,
}

impl Default for Pace {
    fn default() -> Self {
        Self { held: Vec::new(), entries: 0, bytes: 0, next: Timestamp(i64::MIN), arranged: false }
    }
}

impl Pace {
    /// Entries that follow on those that are held.
    pub fn hold(&mut self, runs: Vec<Run>, now: Timestamp) -> Turn {
        for run in &runs {
            self.entries += run.len();
            self.bytes += run.json().len();
        }
        if self.held.is_empty() {
            self.held = runs;
        } else {
            self.held.extend(runs);
        }
        // A clock that was set back must not make anybody wait for longer.
        let wait = self.next.0.saturating_sub(now.0).min(LONGEST_GAP_MS);
        if wait <= 0 || self.entries > MAX_HELD || self.bytes > MAX_BYTES {
            Turn::Tell
        } else if std::mem::replace(&mut self.arranged, true) {
            Turn::Arranged
        } else {
            Turn::Later(wait)
        }
    }

    /// Who was told to come back is here.
    pub fn came_back(&mut self) {
        self.arranged = false;
    }

    /// What is held, to be told now in a room of so many members.
    pub fn take(&mut self, members: usize, now: Timestamp) -> Vec<Run> {
        if !self.held.is_empty() {
            let more = self.entries.min(MOST_FOR_ENTRIES_MS) + members / MEMBERS_PER_MS;
            let more = i64::try_from(more).unwrap_or(LONGEST_GAP_MS);
            self.next = now.plus_ms((GAP_MS + more).min(LONGEST_GAP_MS));
        }
        (self.entries, self.bytes) = (0, 0);
        std::mem::take(&mut self.held)
    }

    pub fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Entry, EntryKind, RoomId, Seq};

    fn entry(seq: i64) -> Vec<Run> {
        let (room, kind) = (RoomId(1), EntryKind::Message);
        let (author, nonce, body, data) = (None, None, None, None);
        Run::of(&[Entry { room, seq: Seq(seq), kind, author, nonce, body, data, at: Timestamp(0), acl_version: 1 }])
    }

    fn seqs(runs: &[Run]) -> Vec<i64> {
        runs.iter().flat_map(Run::entries).map(|entry| entry.seq.0).collect()
    }

    #[test]
    fn the_first_goes_at_once_and_those_that_come_soon_after_it_go_together() {
        let mut pace = Pace::default();
        assert_eq!(pace.hold(entry(1), Timestamp(1000)), Turn::Tell);
        assert_eq!(seqs(&pace.take(2, Timestamp(1000))), [1]);
        assert_eq!(pace.hold(entry(2), Timestamp(1001)), Turn::Later(1));
        assert_eq!(pace.hold(entry(3), Timestamp(1001)), Turn::Arranged);
        pace.came_back();
        assert_eq!(seqs(&pace.take(2, Timestamp(1002))), [2, 3]);
        assert!(!pace.is_holding());
        assert_eq!(pace.hold(entry(4), Timestamp(1005)), Turn::Tell);
    }

    #[test]
    fn a_larger_room_and_a_busier_one_speak_less_often() {
        let cases = [(1, 2, 2), (4, 2, 5), (400, 2, 9), (1, 200, 12), (1, 600, 32), (1, 1_000_000, 50)];
        for (entries, members, gap) in cases {
            let mut pace = Pace::default();
            pace.hold((0..entries).flat_map(entry).collect(), Timestamp(0));
            pace.take(members, Timestamp(0));
            assert_eq!(pace.hold(entry(2), Timestamp(0)), Turn::Later(gap));
        }
    }

    #[test]
    fn neither_a_clock_that_is_set_back_nor_a_flood_makes_them_wait() {
        let mut pace = Pace::default();
        pace.hold(entry(1), Timestamp(10_000_000));
        pace.take(2, Timestamp(10_000_000));
        assert_eq!(pace.hold(entry(2), Timestamp(0)), Turn::Later(LONGEST_GAP_MS));
        let flood = (3..503).flat_map(entry).collect();
        assert_eq!(pace.hold(flood, Timestamp(0)), Turn::Tell);
        pace.take(2, Timestamp(0));
        let long = |seq| {
            entry(seq).iter().flat_map(Run::entries).map(|e| Entry { body: Some("x".repeat(9_000)), ..e }).collect()
        };
        let long: Vec<Entry> = (503..523).flat_map::<Vec<Entry>, _>(long).collect();
        assert_eq!(
            pace.hold(Run::of(&long), Timestamp(0)),
            Turn::Tell,
            "more would not fit into the queues of the sessions"
        );
    }

    #[test]
    fn taking_nothing_does_not_put_off_what_comes_next() {
        let mut pace = Pace::default();
        assert!(pace.take(2, Timestamp(5)).is_empty());
        assert_eq!(pace.hold(entry(1), Timestamp(5)), Turn::Tell);
    }
}
