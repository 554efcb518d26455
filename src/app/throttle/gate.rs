//! This node's memory of attempts. It refuses a flood without a call to the database, and admits no more at once than may still
//! fail. A plain struct; the time is a parameter.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::domain::{Limit, Timestamp};

/// Beyond this many counters, those without an attempt under way are dropped. The database has them too.
const MAX_COUNTERS: usize = 16_384;
/// Attempts that may wait behind one counter; one more is refused.
const MAX_WAITING: usize = 32;
/// The wait that a refused attempt is given.
const COME_BACK_MS: u32 = 1000;

/// A counter's key, and how often it may fail.
#[derive(Debug, Clone)]
pub struct AttemptCounter {
    pub key: String,
    pub limit: Limit,
}

#[derive(Default)]
pub struct Gate {
    counters: HashMap<String, GateCounter>,
}

struct GateCounter {
    window_started_at: Timestamp,
    failed: i64,
    in_flight: i64,
    waiting: usize,
    /// The database refused it until then.
    refused_until: Timestamp,
    left: Arc<Notify>,
}

pub enum Entered {
    /// The attempt is admitted, until [`Gate::leave`].
    In,
    /// The attempt is refused; after these milliseconds it may pass.
    Refused(u32),
    /// The admitted attempts may use up what may still fail: the caller waits until one has left, then asks again.
    Crowded(Arc<Notify>),
}

/// How an attempt left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    Wrong,
    /// The attempt was right, or ended without a result.
    Harmless,
}

impl Gate {
    /// Enters all of the counters, or none. `again`: the attempt got [`Entered::Crowded`] before, and waits.
    pub fn enter(&mut self, counters: &[AttemptCounter], again: bool, now: Timestamp) -> Entered {
        if self.counters.len() > MAX_COUNTERS {
            self.counters.retain(|_, seen| seen.in_flight > 0 || seen.waiting > 0);
        }
        let (mut refused, mut crowded) = (None, None);
        for counter in counters {
            let Some(seen) = self.counters.get_mut(&counter.key) else { continue };
            seen.roll(counter.limit, now);
            if let Some(ms) = seen.refuses(counter.limit, now) {
                refused = refused.max(Some(ms));
            } else if seen.failed + seen.in_flight >= counter.limit.count {
                if seen.waiting >= MAX_WAITING && !again {
                    refused = refused.max(Some(COME_BACK_MS));
                } else {
                    crowded = Some((counter.key.clone(), seen.left.clone()));
                }
            }
        }
        match (refused, crowded) {
            (Some(ms), _) => Entered::Refused(ms),
            (None, Some((_, left))) => Entered::Crowded(left),
            (None, None) => {
                for counter in counters {
                    let seen = self.counters.entry(counter.key.clone()).or_insert_with(|| GateCounter::new(now));
                    seen.in_flight += 1;
                }
                Entered::In
            }
        }
    }

    /// The attempt begins (`true`) or ends to wait behind these counters.
    pub fn waits(&mut self, counters: &[AttemptCounter], waits: bool) {
        for counter in counters {
            if let Some(seen) = self.counters.get_mut(&counter.key) {
                seen.waiting = if waits { seen.waiting + 1 } else { seen.waiting.saturating_sub(1) };
            }
        }
    }

    pub fn leave(&mut self, counters: &[AttemptCounter], how: Left, now: Timestamp) {
        for counter in counters {
            let Some(seen) = self.counters.get_mut(&counter.key) else { continue };
            seen.roll(counter.limit, now);
            seen.in_flight -= 1;
            if how == Left::Wrong {
                if seen.failed == 0 {
                    seen.window_started_at = now;
                }
                seen.failed += 1;
            }
            seen.left.notify_waiters();
            if seen.is_idle(now) {
                self.counters.remove(&counter.key);
            }
        }
    }

    /// Forgets the failures of this counter.
    pub fn forget(&mut self, key: &str) {
        if let Some(seen) = self.counters.get_mut(key) {
            seen.failed = 0;
        }
    }

    /// The database refuses this counter until then; no attempt needs to ask before.
    pub fn refuse_until(&mut self, key: &str, until: Timestamp, now: Timestamp) {
        let seen = self.counters.entry(key.to_owned()).or_insert_with(|| GateCounter::new(now));
        seen.refused_until = seen.refused_until.max(until);
    }

    pub fn len(&self) -> usize {
        self.counters.len()
    }
}

impl GateCounter {
    fn new(now: Timestamp) -> Self {
        Self {
            window_started_at: now,
            failed: 0,
            in_flight: 0,
            waiting: 0,
            refused_until: Timestamp(0),
            left: Arc::default(),
        }
    }

    fn roll(&mut self, limit: Limit, now: Timestamp) {
        // A clock that was set back must not refuse for longer than a window.
        let age = now.0 - self.window_started_at.0;
        if age >= limit.window_ms || age < 0 {
            self.window_started_at = now;
            self.failed = 0;
        }
        self.refused_until = self.refused_until.min(now.plus_ms(limit.window_ms));
    }

    fn refuses(&self, limit: Limit, now: Timestamp) -> Option<u32> {
        let full_until = if self.failed >= limit.count { self.window_started_at.plus_ms(limit.window_ms) } else { now };
        let wait = full_until.max(self.refused_until).0 - now.0;
        (wait > 0).then(|| u32::try_from(wait).unwrap_or(u32::MAX))
    }

    fn is_idle(&self, now: Timestamp) -> bool {
        self.failed == 0 && self.in_flight <= 0 && self.waiting == 0 && self.refused_until <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter(key: &str, count: i64) -> AttemptCounter {
        AttemptCounter { key: key.to_owned(), limit: Limit { count, window_ms: 20_000 } }
    }

    fn enter(gate: &mut Gate, counters: &[AttemptCounter], at: i64) -> &'static str {
        match gate.enter(counters, false, Timestamp(at)) {
            Entered::In => "in",
            Entered::Refused(_) => "refused",
            Entered::Crowded(_) => "crowded",
        }
    }

    #[test]
    fn what_failed_counts_for_its_window_and_what_was_right_for_nothing() {
        let (mut gate, office) = (Gate::default(), [counter("office", 3)]);
        for _ in 0..10 {
            assert_eq!(enter(&mut gate, &office, 0), "in");
            gate.leave(&office, Left::Harmless, Timestamp(0));
        }
        assert_eq!(gate.len(), 0, "nothing is kept of them");
        for _ in 0..3 {
            assert_eq!(enter(&mut gate, &office, 1000), "in");
            gate.leave(&office, Left::Wrong, Timestamp(1000));
        }
        assert!(matches!(gate.enter(&office, false, Timestamp(2000)), Entered::Refused(19_000)));
        assert_eq!(enter(&mut gate, &office, 20_999), "refused");
        assert_eq!(enter(&mut gate, &office, 21_000), "in");
    }

    #[test]
    fn no_more_are_in_at_once_than_may_still_fail() {
        let (mut gate, office) = (Gate::default(), [counter("office", 2)]);
        assert_eq!(enter(&mut gate, &office, 0), "in");
        assert_eq!(enter(&mut gate, &office, 0), "in");
        assert_eq!(enter(&mut gate, &office, 0), "crowded");
        gate.leave(&office, Left::Harmless, Timestamp(0));
        assert_eq!(enter(&mut gate, &office, 0), "in");
        gate.leave(&office, Left::Wrong, Timestamp(0));
        assert_eq!(enter(&mut gate, &office, 0), "crowded", "one failed, one is in");
        gate.leave(&office, Left::Wrong, Timestamp(0));
        assert_eq!(enter(&mut gate, &office, 0), "refused");
        gate.waits(&office, true);
        assert_eq!(enter(&mut gate, &office, 20_000), "in");
    }

    #[test]
    fn what_one_counter_refuses_counts_on_no_other() {
        let mut gate = Gate::default();
        let (pair, network) = (counter("pair", 1), counter("network", 3));
        let both = [pair, network.clone()];
        assert_eq!(enter(&mut gate, &both, 0), "in");
        gate.leave(&both, Left::Wrong, Timestamp(0));
        for _ in 0..100 {
            assert_eq!(enter(&mut gate, &both, 0), "refused");
        }
        for _ in 0..2 {
            assert_eq!(enter(&mut gate, std::slice::from_ref(&network), 0), "in");
            gate.leave(std::slice::from_ref(&network), Left::Wrong, Timestamp(0));
        }
        assert_eq!(enter(&mut gate, &[network], 0), "refused");
    }

    #[test]
    fn what_the_database_refused_is_refused_without_it_and_only_so_long() {
        let (mut gate, office) = (Gate::default(), [counter("office", 3)]);
        gate.refuse_until("office", Timestamp(5000), Timestamp(0));
        assert!(matches!(gate.enter(&office, false, Timestamp(1000)), Entered::Refused(4000)));
        assert_eq!(enter(&mut gate, &office, 5000), "in");
        gate.leave(&office, Left::Harmless, Timestamp(5000));
        // Another node's clock, or one that was set back.
        gate.refuse_until("office", Timestamp(9_000_000), Timestamp(0));
        assert!(matches!(gate.enter(&office, false, Timestamp(0)), Entered::Refused(20_000)));
    }

    #[test]
    fn a_flood_of_networks_takes_a_bounded_memory() {
        let mut gate = Gate::default();
        for number in 0..3 * MAX_COUNTERS {
            let one = [counter(&format!("network {number}"), 3)];
            assert_eq!(enter(&mut gate, &one, 0), "in");
            gate.leave(&one, Left::Wrong, Timestamp(0));
            assert!(gate.len() <= MAX_COUNTERS + 1);
        }
    }
}
