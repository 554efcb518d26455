//! How often codes may be asked for and tried. Counted by the database's clock, for all nodes, and for addresses without an
//! account just the same.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::app::throttle::{account_key, address_key, pair_key};
use crate::domain::{EmailAddress, Origin, Timestamp};
use crate::store::throttles::{self, Limit};
use crate::store::{Db, StoreResult};

const MINUTE_MS: i64 = 60_000;
/// Codes for one address, asked for from one network. Beyond it nothing is sent, and the last one stays good.
const CODES: Limit = Limit { count: 3, window_ms: 15 * MINUTE_MS };
/// Codes for anybody, asked for from one network.
const CODES_OF_NETWORK: Limit = Limit { count: 10, window_ms: 60 * MINUTE_MS };
/// Codes for one address, from wherever: nobody's mailbox is flooded, and guesses stay few.
const CODES_OF_ACCOUNT: Limit = Limit { count: 10, window_ms: 60 * MINUTE_MS };
/// Wrong codes for one address from one network; a new code gives as many again.
const TRIES: Limit = Limit { count: 5, window_ms: 15 * MINUTE_MS };
/// Tries for anybody from one network.
const TRIES_OF_NETWORK: Limit = Limit { count: 60, window_ms: 60 * MINUTE_MS };

/// Askers whom a node remembers to have refused; one more is looked up in the database.
const MAX_REMEMBERED: usize = 4096;
/// A node asks the database again after so long: another may have sent a new code meanwhile.
const REMEMBERED_MS: u32 = 5_000;

/// What this node has refused a moment ago. It is refused again without a look at the database: a flood costs next to nothing.
#[derive(Default)]
pub struct LatelyRefused(Mutex<HashMap<String, Lately>>);

struct Lately {
    remembered_until: Timestamp,
    /// When the counter's window ends.
    refused_until: Timestamp,
}

impl LatelyRefused {
    /// The milliseconds to wait, if one of these was refused a moment ago.
    fn wait(&self, keys: &[&str], now: Timestamp) -> Option<u32> {
        let refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = keys.iter().filter_map(|key| refused.get(*key)).filter(|lately| lately.remembered_until > now);
        let until = found.map(|lately| lately.refused_until).max()?;
        Some(u32::try_from(until.0 - now.0).unwrap_or(1))
    }

    fn note(&self, key: &str, wait: u32, now: Timestamp) {
        let mut refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() >= MAX_REMEMBERED {
            refused.retain(|_, lately| lately.remembered_until > now);
        }
        if refused.len() < MAX_REMEMBERED {
            let remembered_until = now.plus_ms(i64::from(wait.min(REMEMBERED_MS)));
            refused.insert(key.to_owned(), Lately { remembered_until, refused_until: now.plus_ms(i64::from(wait)) });
        }
    }

    fn forget(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// The counters of one asker.
#[derive(Clone)]
pub(super) struct Counters {
    codes: String,
    codes_of_network: String,
    codes_of_account: String,
    tries: String,
    tries_of_network: String,
}

/// What is done with a request for a code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Admission {
    Send,
    /// Too many codes were sent to this address: nothing leaves, and what was sent stays good.
    Withhold,
    /// Too many were asked for from here: for this address, or for any.
    Ignore {
        any: bool,
    },
}

impl Counters {
    pub fn of(email: &EmailAddress, origin: &Origin) -> Self {
        Self {
            codes: pair_key("reset", origin, email.as_str()),
            codes_of_network: address_key("reset", origin),
            codes_of_account: account_key("reset", email.as_str()),
            tries: pair_key("reset_try", origin, email.as_str()),
            tries_of_network: address_key("reset_try", origin),
        }
    }

    /// What is refused counts nowhere else: who asks again and again for themselves takes nothing from their neighbours.
    /// A device on which the account signed in before does not stand in line with strangers.
    pub fn admit_request(&self, conn: &mut Db, is_known: bool, now: Timestamp) -> StoreResult<Admission> {
        if throttles::is_full(conn, &self.codes_of_network, CODES_OF_NETWORK, now)? {
            return Ok(Admission::Ignore { any: true });
        }
        if throttles::hit(conn, &self.codes, CODES, now)?.is_err() {
            return Ok(Admission::Ignore { any: false });
        }
        if throttles::hit(conn, &self.codes_of_network, CODES_OF_NETWORK, now)?.is_err() {
            return Ok(Admission::Ignore { any: true });
        }
        let admitted = is_known || throttles::hit(conn, &self.codes_of_account, CODES_OF_ACCOUNT, now)?.is_ok();
        Ok(if admitted { Admission::Send } else { Admission::Withhold })
    }

    /// Was a request like this one ignored a moment ago?
    pub fn is_ignored(&self, lately: &LatelyRefused, now: Timestamp) -> bool {
        lately.wait(&[&self.codes, &self.codes_of_network], now).is_some()
    }

    pub fn remember(&self, admission: &Admission, lately: &LatelyRefused, now: Timestamp) {
        match admission {
            Admission::Ignore { any: true } => lately.note(&self.codes_of_network, REMEMBERED_MS, now),
            Admission::Ignore { any: false } => lately.note(&self.codes, REMEMBERED_MS, now),
            Admission::Send => lately.forget(&self.tries),
            Admission::Withhold => {}
        }
    }

    /// The milliseconds to wait, if a try like this one was refused a moment ago.
    pub fn refused_try(&self, lately: &LatelyRefused, now: Timestamp) -> Option<u32> {
        lately.wait(&[&self.tries, &self.tries_of_network], now)
    }

    /// `wait`: as [`Counters::admit_try`] said.
    pub fn remember_try(&self, wait: u32, lately: &LatelyRefused, now: Timestamp) {
        lately.note(&self.tries, wait, now);
    }

    /// A new code comes with tries of its own, and a right one needs none any more.
    pub fn forget_tries(&self, conn: &mut Db) -> StoreResult<()> {
        throttles::forget(conn, &self.tries)
    }

    /// The milliseconds to wait after one try too many.
    pub fn admit_try(&self, conn: &mut Db, now: Timestamp) -> StoreResult<Result<(), u32>> {
        let of_network = throttles::hit(conn, &self.tries_of_network, TRIES_OF_NETWORK, now)?;
        match of_network {
            Ok(()) => throttles::hit(conn, &self.tries, TRIES, now),
            refused => Ok(refused),
        }
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
