//! Logs when the database stops working and when it works again, and not every failed attempt.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{StoreError, StoreResult};

/// The outage has ended when nothing has failed for this time: one call may succeed while others still fail.
const QUIET_PERIOD: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(super) struct OutageTracker {
    ongoing: AtomicBool,
    since: Mutex<Option<Outage>>,
}

#[derive(Debug, Clone, Copy)]
struct Outage {
    first: Instant,
    last: Instant,
    failures: u64,
}

/// The changes that are logged.
#[derive(Debug, PartialEq)]
enum Transition {
    Began,
    Ended { after: Duration, failures: u64 },
}

impl OutageTracker {
    pub(super) fn note<T>(&self, result: &StoreResult<T>) {
        match result {
            Ok(_) | Err(StoreError::Refused(_)) => self.succeeded(),
            Err(error) => self.failed(error),
        }
    }

    pub(super) fn failed(&self, error: &StoreError) {
        if error.is_transient() && self.begin(Instant::now()) == Some(Transition::Began) {
            tracing::warn!(%error, "the database does not do its work, what needs it is refused");
        }
    }

    pub(super) fn succeeded(&self) {
        if self.ongoing.load(Ordering::Relaxed)
            && let Some(Transition::Ended { after, failures }) = self.end(Instant::now())
        {
            let duration_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
            tracing::info!(duration_ms, failures, "the database does its work again");
        }
    }

    fn begin(&self, now: Instant) -> Option<Transition> {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let transition = since.is_none().then_some(Transition::Began);
        let known = since.get_or_insert(Outage { first: now, last: now, failures: 0 });
        known.last = now;
        known.failures += 1;
        self.ongoing.store(true, Ordering::Relaxed);
        transition
    }

    fn end(&self, now: Instant) -> Option<Transition> {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let Outage { first, failures, .. } =
            since.take_if(|since| now.saturating_duration_since(since.last) >= QUIET_PERIOD)?;
        self.ongoing.store(false, Ordering::Relaxed);
        Some(Transition::Ended { after: now.saturating_duration_since(first), failures })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_begins_once_and_ends_once() {
        let (outage, begun) = (OutageTracker::default(), Instant::now());
        let at = |seconds| begun + Duration::from_secs(seconds);
        assert_eq!(outage.end(at(0)), None);
        assert_eq!(outage.begin(at(1)), Some(Transition::Began));
        assert_eq!(outage.begin(at(2)), None);
        assert_eq!(outage.end(at(3)), None, "some calls succeed while others fail");
        assert_eq!(outage.begin(at(4)), None);
        assert_eq!(outage.end(at(9)), Some(Transition::Ended { after: Duration::from_secs(8), failures: 3 }));
        assert_eq!(outage.end(at(10)), None);
        assert_eq!(outage.begin(at(11)), Some(Transition::Began));
    }

    #[test]
    fn a_rule_of_ours_is_no_outage() {
        let outage = OutageTracker::default();
        outage.note::<()>(&Err(crate::domain::Code::RoomUnknown.into()));
        outage.note::<()>(&Err(StoreError::Setup("a fault".to_owned())));
        assert!(!outage.ongoing.load(Ordering::Relaxed));
        outage.note::<()>(&Err(StoreError::Unavailable));
        assert!(outage.ongoing.load(Ordering::Relaxed));
    }
}
