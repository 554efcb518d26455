//! The pause between two pipelines to Redis. Every pipeline wakes Redis and each listening node, so a busy node gathers events for
//! a few milliseconds; the events of a quiet node never wait. Pure.

use std::time::{Duration, Instant};

use crate::domain::Recent;

/// The time for which an event counts.
const MEMORY: Duration = Duration::from_millis(10);
/// So many events within that time are worth a millisecond of rest.
const EVENTS_PER_MS: f64 = 4.0;
const LONGEST_REST_MS: f64 = 5.0;

#[derive(Debug)]
pub(super) struct PublishPacer {
    events: Recent,
}

impl PublishPacer {
    pub fn new() -> Self {
        Self { events: Recent::new(MEMORY) }
    }

    /// The pause after a pipeline of so many events.
    pub fn said(&mut self, events: usize, now: Instant) -> Duration {
        let rest_ms = (self.events.add(events, now) / EVENTS_PER_MS).min(LONGEST_REST_MS);
        // Timers are no finer.
        if rest_ms < 1.0 { Duration::ZERO } else { Duration::from_secs_f64(rest_ms / 1000.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last of many rests, where so many events are published every so many milliseconds.
    fn rest_ms(events: usize, every_ms: u64) -> u128 {
        let mut pacer = PublishPacer::new();
        let begun = Instant::now();
        let rests = (0..100).map(|n| pacer.said(events, begun + Duration::from_millis(n * every_ms)).as_millis());
        rests.last().unwrap()
    }

    #[test]
    fn who_speaks_rarely_never_waits_and_who_speaks_often_collects() {
        assert_eq!((rest_ms(1, 1000), rest_ms(3, 1000), rest_ms(1, 4)), (0, 0, 0));
        assert_eq!((rest_ms(1, 2), rest_ms(4, 1000)), (1, 1));
        assert_eq!((rest_ms(1, 1), rest_ms(10, 4)), (2, 5));
        assert_eq!(rest_ms(100, 1), 5, "the rest is bounded");
    }

    #[test]
    fn a_flood_is_soon_forgotten() {
        let (mut pacer, begun) = (PublishPacer::new(), Instant::now());
        pacer.said(50, begun);
        assert!(!pacer.said(1, begun + Duration::from_millis(10)).is_zero());
        assert!(pacer.said(1, begun + Duration::from_millis(60)).is_zero());
    }
}
