//! The time from which the list of ended sessions is read, so that a node that slept, or could not reach its database, misses
//! none of them. Pure.

use crate::domain::Timestamp;

/// Commits do not become visible in the order of their times.
const OVERLAP_MS: i64 = 30_000;
/// The list forgets what is older than an hour; this leaves air for the reading.
const REACHES_BACK_MS: i64 = 50 * 60_000;

#[derive(Debug, Clone, Copy)]
pub struct RevocationCursor {
    /// When the list was last read with success.
    read_at: Timestamp,
}

impl RevocationCursor {
    pub fn new(now: Timestamp) -> Self {
        Self { read_at: now }
    }

    pub fn since(&self) -> Timestamp {
        self.read_at.plus_ms(-OVERLAP_MS)
    }

    /// Notes a successful read that began at this time.
    pub fn read(&mut self, begun: Timestamp) {
        self.read_at = self.read_at.max(begun);
    }

    /// The list may have forgotten something since the last read.
    pub fn is_lost(&self, now: Timestamp) -> bool {
        self.read_at.plus_ms(REACHES_BACK_MS) < now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_happened_since_the_last_reading_is_read() {
        let mut revocation_cursor = RevocationCursor::new(Timestamp(1_000_000));
        assert_eq!(revocation_cursor.since(), Timestamp(970_000));
        revocation_cursor.read(Timestamp(1_600_000));
        assert_eq!(revocation_cursor.since(), Timestamp(1_570_000));
        revocation_cursor.read(Timestamp(1_500_000));
        assert_eq!(revocation_cursor.since(), Timestamp(1_570_000), "a clock that is set back makes nothing new");
    }

    #[test]
    fn after_most_of_an_hour_the_list_is_not_enough() {
        let revocation_cursor = RevocationCursor::new(Timestamp(0));
        assert!(!revocation_cursor.is_lost(Timestamp(49 * 60_000)));
        assert!(revocation_cursor.is_lost(Timestamp(51 * 60_000)));
    }
}
