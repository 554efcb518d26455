//! Whether other nodes post to rooms that are followed here.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Who said nothing for so long is not counted.
const LASTS: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Company {
    begun: Instant,
    /// When another node last told of messages: microseconds after `begun`. 0: never.
    heard_us: AtomicU64,
}

impl Company {
    pub fn new(now: Instant) -> Self {
        Self { begun: now, heard_us: AtomicU64::new(0) }
    }

    /// Another node has told of messages.
    pub fn posted(&self, now: Instant) {
        self.heard_us.store(self.us(now).max(1), Ordering::Relaxed);
    }

    pub fn is_posting(&self, now: Instant) -> bool {
        let heard = self.heard_us.load(Ordering::Relaxed);
        heard > 0 && u128::from(self.us(now).saturating_sub(heard)) < LASTS.as_micros()
    }

    fn us(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.begun).as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_told_of_messages_within_the_last_second_is_company() {
        let begun = Instant::now();
        let after = |ms| begun + Duration::from_millis(ms);
        let company = Company::new(begun);
        assert!(!company.is_posting(begun), "nobody yet");
        company.posted(begun);
        assert!(company.is_posting(after(999)));
        assert!(!company.is_posting(after(1_001)));
        company.posted(after(5_000));
        assert!(company.is_posting(after(5_500)));
    }
}
