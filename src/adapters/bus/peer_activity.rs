//! Whether other nodes post to rooms that are followed here.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::Recent;

/// How long a message counts.
const MEMORY: Duration = Duration::from_millis(100);
/// Messages within that time that count as peer activity: 200 a second. A node that posts now and then makes nobody wait.
const MANY: f64 = 20.0;

#[derive(Debug)]
pub(super) struct PeerActivity {
    messages: Mutex<Recent>,
}

impl PeerActivity {
    pub fn new() -> Self {
        Self { messages: Mutex::new(Recent::new(MEMORY)) }
    }

    /// Another node has published so many messages.
    pub fn posted(&self, messages: usize, now: Instant) {
        self.add(messages, now);
    }

    pub fn is_posting(&self, now: Instant) -> bool {
        self.add(0, now) >= MANY
    }

    fn add(&self, messages: usize, now: Instant) -> f64 {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).add(messages, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_told_of_many_messages_just_now_is_company() {
        let begun = Instant::now();
        let after = |ms| begun + Duration::from_millis(ms);
        let peer_activity = PeerActivity::new();
        assert!(!peer_activity.is_posting(begun), "nobody yet");
        for second in 0..5 {
            peer_activity.posted(10, after(second * 1_000));
            assert!(!peer_activity.is_posting(after(second * 1_000)), "ten a second");
        }
        for nth in 0..100 {
            peer_activity.posted(3, after(5_000 + 10 * nth));
        }
        assert!(peer_activity.is_posting(after(6_000)), "three hundred a second");
        assert!(!peer_activity.is_posting(after(6_300)), "and then nothing");
    }
}
