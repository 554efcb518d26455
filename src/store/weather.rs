//! Whether the database does its work, told in the log when that ends and when it begins again, and not at every attempt.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{StoreError, StoreResult};

/// It is well again when nothing has failed for so long: one call may succeed while others still fail.
const CALM: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(super) struct Weather {
    bad: AtomicBool,
    since: Mutex<Option<Since>>,
}

#[derive(Debug, Clone, Copy)]
struct Since {
    first: Instant,
    last: Instant,
    failures: u64,
}

/// What is worth a line.
#[derive(Debug, PartialEq)]
enum Turn {
    Bad,
    Good { after: Duration, failures: u64 },
}

impl Weather {
    pub(super) fn note<T>(&self, result: &StoreResult<T>) {
        match result {
            Ok(_) | Err(StoreError::Refused(_)) => self.succeeded(),
            Err(error) => self.failed(error),
        }
    }

    pub(super) fn failed(&self, error: &StoreError) {
        if error.is_weather() && self.turns_bad(Instant::now()) == Some(Turn::Bad) {
            tracing::warn!(%error, "the database does not do its work, what needs it is refused");
        }
    }

    pub(super) fn succeeded(&self) {
        if self.bad.load(Ordering::Relaxed)
            && let Some(Turn::Good { after, failures }) = self.turns_good(Instant::now())
        {
            let duration_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
            tracing::info!(duration_ms, failures, "the database does its work again");
        }
    }

    fn turns_bad(&self, now: Instant) -> Option<Turn> {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = since.is_none().then_some(Turn::Bad);
        let known = since.get_or_insert(Since { first: now, last: now, failures: 0 });
        known.last = now;
        known.failures += 1;
        self.bad.store(true, Ordering::Relaxed);
        turn
    }

    fn turns_good(&self, now: Instant) -> Option<Turn> {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let Since { first, failures, .. } = since.take_if(|since| now.saturating_duration_since(since.last) >= CALM)?;
        self.bad.store(false, Ordering::Relaxed);
        Some(Turn::Good { after: now.saturating_duration_since(first), failures })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_begins_once_and_ends_once() {
        let (weather, begun) = (Weather::default(), Instant::now());
        let at = |seconds| begun + Duration::from_secs(seconds);
        assert_eq!(weather.turns_good(at(0)), None);
        assert_eq!(weather.turns_bad(at(1)), Some(Turn::Bad));
        assert_eq!(weather.turns_bad(at(2)), None);
        assert_eq!(weather.turns_good(at(3)), None, "some calls succeed while others fail");
        assert_eq!(weather.turns_bad(at(4)), None);
        assert_eq!(weather.turns_good(at(9)), Some(Turn::Good { after: Duration::from_secs(8), failures: 3 }));
        assert_eq!(weather.turns_good(at(10)), None);
        assert_eq!(weather.turns_bad(at(11)), Some(Turn::Bad));
    }

    #[test]
    fn a_rule_of_ours_is_no_weather() {
        let weather = Weather::default();
        weather.note::<()>(&Err(crate::domain::Code::RoomUnknown.into()));
        weather.note::<()>(&Err(StoreError::Setup("a fault".to_owned())));
        assert!(!weather.bad.load(Ordering::Relaxed));
        weather.note::<()>(&Err(StoreError::Unavailable));
        assert!(weather.bad.load(Ordering::Relaxed));
    }
}
