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
const LONGEST_GRACE_MS: i64 = 10;
const LONGEST_WAIT_MS: i64 = LONGEST_GAP_MS + LONGEST_GRACE_MS;
/// Entries that may wait, and bytes of their text; one more and all go.
const MAX_HELD: usize = 500;
const MAX_BYTES: usize = Run::BYTES;

#[derive(Debug)]
pub struct Pace {
    held: Vec<Run>,
    entries: usize,
    bytes: usize,
    /// Before this nothing goes out by itself. From here on whatever comes goes out with what is held,
    next: Timestamp,
    /// and if nothing comes for so long, in milliseconds, what is held goes alone: who is told of his own post in the same
    /// moment is written to once.
    grace_ms: i64,
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
    Nothing,
}

impl Default for Pace {
    fn default() -> Self {
        Self { held: Vec::new(), entries: 0, bytes: 0, next: Timestamp(i64::MIN), grace_ms: 0, arranged: false }
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
        if self.next <= now || self.entries > MAX_HELD || self.bytes > MAX_BYTES {
            Turn::Tell
        } else if self.arranged {
            Turn::Arranged
        } else {
            self.arrange(self.wait(now).min(LONGEST_WAIT_MS))
        }
    }

    /// Who was told to come back is here. What he was to tell may have gone out meanwhile, and something else be held.
    pub fn came_back(&mut self, now: Timestamp) -> Turn {
        self.arranged = false;
        match self.wait(now) {
            _ if self.held.is_empty() => Turn::Nothing,
            // A clock that was set back must not make anybody wait for longer.
            wait if wait <= 0 || wait > LONGEST_WAIT_MS => Turn::Tell,
            wait => self.arrange(wait),
        }
    }

    /// Until what is held goes even if nothing comes.
    fn wait(&self, now: Timestamp) -> i64 {
        self.next.0.saturating_add(self.grace_ms).saturating_sub(now.0)
    }

    fn arrange(&mut self, wait: i64) -> Turn {
        self.arranged = true;
        Turn::Later(wait)
    }

    /// What is held, to be told now in a room of so many members.
    pub fn take(&mut self, members: usize, now: Timestamp) -> Vec<Run> {
        if !self.held.is_empty() {
            let more = self.entries.min(MOST_FOR_ENTRIES_MS) + members / MEMBERS_PER_MS;
            let more = i64::try_from(more).unwrap_or(LONGEST_GAP_MS);
            let gap = (GAP_MS + more).min(LONGEST_GAP_MS);
            self.next = now.plus_ms(gap);
            self.grace_ms = (gap / 2).min(LONGEST_GRACE_MS);
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
        assert_eq!(pace.hold(entry(2), Timestamp(1001)), Turn::Later(2));
        assert_eq!(pace.hold(entry(3), Timestamp(1001)), Turn::Arranged);
        assert_eq!(pace.came_back(Timestamp(1003)), Turn::Tell);
        assert_eq!(seqs(&pace.take(2, Timestamp(1003))), [2, 3]);
        assert!(!pace.is_holding());
        assert_eq!(pace.hold(entry(4), Timestamp(1006)), Turn::Tell);
    }

    #[test]
    fn what_comes_after_the_gap_takes_what_is_held_with_it() {
        let mut pace = Pace::default();
        pace.hold(entry(1), Timestamp(1000));
        pace.take(2, Timestamp(1000));
        assert_eq!(pace.hold(entry(2), Timestamp(1001)), Turn::Later(2));
        assert_eq!(pace.hold(entry(3), Timestamp(1002)), Turn::Tell);
        assert_eq!(seqs(&pace.take(2, Timestamp(1002))), [2, 3]);
        // Who was told to come back finds nothing, or comes back once more for what is new.
        assert_eq!(pace.came_back(Timestamp(1003)), Turn::Nothing);
        assert_eq!(pace.hold(entry(4), Timestamp(1004)), Turn::Later(2));
        assert_eq!(pace.hold(entry(5), Timestamp(1005)), Turn::Tell);
        pace.take(2, Timestamp(1005));
        assert_eq!(pace.hold(entry(6), Timestamp(1006)), Turn::Arranged);
        assert_eq!(pace.came_back(Timestamp(1006)), Turn::Later(3));
        assert_eq!(pace.came_back(Timestamp(1009)), Turn::Tell);
    }

    #[test]
    fn a_larger_room_and_a_busier_one_speak_less_often() {
        // With half of the gap again, in case more comes.
        let cases = [(1, 2, 3), (4, 2, 7), (400, 2, 13), (1, 200, 18), (1, 600, 42), (1, 1_000_000, 60)];
        for (entries, members, wait) in cases {
            let mut pace = Pace::default();
            pace.hold((0..entries).flat_map(entry).collect(), Timestamp(0));
            pace.take(members, Timestamp(0));
            assert_eq!(pace.hold(entry(2), Timestamp(0)), Turn::Later(wait));
        }
    }

    #[test]
    fn neither_a_clock_that_is_set_back_nor_a_flood_makes_them_wait() {
        let mut pace = Pace::default();
        pace.hold(entry(1), Timestamp(10_000_000));
        pace.take(2, Timestamp(10_000_000));
        assert_eq!(pace.hold(entry(2), Timestamp(0)), Turn::Later(LONGEST_WAIT_MS));
        assert_eq!(pace.came_back(Timestamp(60)), Turn::Tell);
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
