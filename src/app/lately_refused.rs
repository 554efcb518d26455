//! The requests that this node refused a moment ago.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::Timestamp;

/// The refusals that a node remembers at most; the database knows the others.
const MAX_REMEMBERED: usize = 4096;
/// A node asks the database again after this time, because another node may have changed the answer.
const REMEMBERED_MS: u32 = 5_000;

/// The requests that this node refused a moment ago. It refuses them again without a call to the database, so that a flood costs
/// next to nothing.
#[derive(Default)]
pub struct LatelyRefused(Mutex<HashMap<String, Lately>>);

struct Lately {
    remembered_until: Timestamp,
    /// When the counter's window ends.
    refused_until: Timestamp,
}

impl LatelyRefused {
    /// The milliseconds to wait, if one of these was refused a moment ago.
    pub(super) fn wait(&self, keys: &[&str], now: Timestamp) -> Option<u32> {
        let refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = keys.iter().filter_map(|key| refused.get(*key)).filter(|lately| lately.remembered_until > now);
        let until = found.map(|lately| lately.refused_until).max()?;
        Some(u32::try_from(until.0 - now.0).unwrap_or(1))
    }

    pub(super) fn note(&self, key: &str, wait: u32, now: Timestamp) {
        let mut refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() >= MAX_REMEMBERED {
            refused.retain(|_, lately| lately.remembered_until > now);
        }
        if refused.len() < MAX_REMEMBERED {
            let remembered_until = now.plus_ms(i64::from(wait.min(REMEMBERED_MS)));
            refused.insert(key.to_owned(), Lately { remembered_until, refused_until: now.plus_ms(i64::from(wait)) });
        }
    }

    pub(super) fn forget(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    #[test]
    fn what_was_refused_is_remembered_for_a_moment_with_its_own_wait() {
        let lately = LatelyRefused::default();
        lately.note("key", 60_000, NOW);
        assert_eq!(lately.wait(&["key", "other"], NOW.plus_ms(1_000)), Some(59_000));
        assert_eq!(lately.wait(&["other"], NOW), None);
        assert_eq!(lately.wait(&["key"], NOW.plus_ms(5_000)), None, "the database is asked again");
        lately.note("key", 60_000, NOW);
        lately.forget("key");
        assert_eq!(lately.wait(&["key"], NOW), None);
    }

    #[test]
    fn no_flood_makes_it_grow_without_a_bound() {
        let lately = LatelyRefused::default();
        for number in 0..10_000 {
            lately.note(&format!("key {number}"), 60_000, NOW);
        }
        assert_eq!(lately.0.lock().unwrap().len(), MAX_REMEMBERED);
        lately.note("later", 60_000, NOW.plus_ms(6_000));
        assert_eq!(lately.0.lock().unwrap().len(), 1, "what is over makes room");
    }
}
