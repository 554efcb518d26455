//! How often codes may be asked for and tried. The database's clock counts, for all nodes, and for addresses without an account
//! as for those with one.

use crate::app::LatelyRefused;
use crate::app::throttle::{account_key, address_key, device_key, pair_key};
use crate::domain::{EmailAddress, Limit, Origin, Timestamp};
use crate::store::throttles;
use crate::store::{Db, StoreResult};

const MINUTE_MS: i64 = 60_000;
/// Codes for one address from one network. Beyond it nothing is sent, and the last code stays valid.
const CODES: Limit = Limit { count: 3, window_ms: 15 * MINUTE_MS };
/// Codes for all addresses from one network.
const CODES_OF_NETWORK: Limit = Limit { count: 10, window_ms: 60 * MINUTE_MS };
/// Codes for one address from all networks, so that no mailbox is flooded and guesses stay few.
const CODES_OF_ACCOUNT: Limit = Limit { count: 10, window_ms: 60 * MINUTE_MS };
/// Links for one address whose codes are used up. No stranger can use a link up, so one in the mailbox is enough.
const LINKS_OF_ACCOUNT: Limit = Limit { count: 1, window_ms: 60 * MINUTE_MS };
/// Wrong codes for one address from one network; a new code gives as many tries again.
const TRIES: Limit = Limit { count: 5, window_ms: 15 * MINUTE_MS };
/// Tries for all addresses from one network.
const TRIES_OF_NETWORK: Limit = Limit { count: 60, window_ms: 60 * MINUTE_MS };

/// A node asks the database again after this time: another node may have sent a new code meanwhile.
const REMEMBERED_MS: u32 = 5_000;

/// The counters of one asker.
#[derive(Clone)]
pub(super) struct ResetCounters {
    codes: String,
    tries: String,
    links_of_account: String,
    /// Counters that strangers share. A device on which the account signed in before has counters of its own.
    shared: Option<SharedCounters>,
}

#[derive(Clone)]
struct SharedCounters {
    codes_of_network: String,
    codes_of_account: String,
    tries_of_network: String,
}

/// The outcome of a request for a code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Admission {
    Send,
    /// Too many codes were sent to this address: none leaves, and the last one stays valid.
    Withhold,
    /// Too many were asked for from here: for this address, or for any.
    Ignore {
        any: bool,
    },
}

impl ResetCounters {
    /// `device`: one on which the account signed in before.
    pub fn of(email: &EmailAddress, origin: &Origin, device: Option<&str>) -> Self {
        let email = email.as_str();
        let links_of_account = account_key("reset_link", email);
        match device {
            Some(device) => Self {
                codes: device_key("reset", device, email),
                tries: device_key("reset_try", device, email),
                links_of_account,
                shared: None,
            },
            None => Self {
                codes: pair_key("reset", origin, email),
                tries: pair_key("reset_try", origin, email),
                links_of_account,
                shared: Some(SharedCounters {
                    codes_of_network: address_key("reset", origin),
                    codes_of_account: account_key("reset", email),
                    tries_of_network: address_key("reset_try", origin),
                }),
            },
        }
    }

    /// A refused request counts nowhere else: a person who asks again and again uses up nothing of their neighbours' share.
    pub fn admit_request(&self, conn: &mut Db, now: Timestamp) -> StoreResult<Admission> {
        let Some(shared) = &self.shared else {
            let admitted = throttles::hit(conn, &self.codes, CODES, now)?.is_ok();
            return Ok(if admitted { Admission::Send } else { Admission::Ignore { any: false } });
        };
        if throttles::is_full(conn, &shared.codes_of_network, CODES_OF_NETWORK, now)? {
            return Ok(Admission::Ignore { any: true });
        }
        if throttles::hit(conn, &self.codes, CODES, now)?.is_err() {
            return Ok(Admission::Ignore { any: false });
        }
        if throttles::hit(conn, &shared.codes_of_network, CODES_OF_NETWORK, now)?.is_err() {
            return Ok(Admission::Ignore { any: true });
        }
        let admitted = throttles::hit(conn, &shared.codes_of_account, CODES_OF_ACCOUNT, now)?.is_ok();
        Ok(if admitted { Admission::Send } else { Admission::Withhold })
    }

    /// Whether a link may be sent instead of the code.
    pub fn admit_link(&self, conn: &mut Db, now: Timestamp) -> StoreResult<bool> {
        Ok(throttles::hit(conn, &self.links_of_account, LINKS_OF_ACCOUNT, now)?.is_ok())
    }

    /// Whether this node ignored the same request a moment ago.
    pub fn is_ignored(&self, lately: &LatelyRefused, now: Timestamp) -> bool {
        lately.wait(&self.with(|shared| &shared.codes_of_network, &self.codes), now).is_some()
    }

    pub fn remember(&self, admission: &Admission, lately: &LatelyRefused, now: Timestamp) {
        match admission {
            Admission::Ignore { any } => {
                let of_network = self.shared.as_ref().filter(|_| *any).map(|shared| &shared.codes_of_network);
                lately.note(of_network.unwrap_or(&self.codes), REMEMBERED_MS, now);
            }
            Admission::Send => lately.forget(&self.tries),
            Admission::Withhold => {}
        }
    }

    /// The milliseconds to wait, if a try like this one was refused a moment ago.
    pub fn refused_try(&self, lately: &LatelyRefused, now: Timestamp) -> Option<u32> {
        lately.wait(&self.with(|shared| &shared.tries_of_network, &self.tries), now)
    }

    /// `wait` is the answer of [`ResetCounters::admit_try`].
    pub fn remember_try(&self, wait: u32, lately: &LatelyRefused, now: Timestamp) {
        lately.note(&self.tries, wait, now);
    }

    /// Gives the tries back: a new code has tries of its own, and after a right one none are needed.
    pub fn forget_tries(&self, conn: &mut Db) -> StoreResult<()> {
        throttles::forget(conn, &self.tries)
    }

    /// The milliseconds to wait after one try too many.
    pub fn admit_try(&self, conn: &mut Db, now: Timestamp) -> StoreResult<Result<(), u32>> {
        if let Some(shared) = &self.shared
            && let Err(wait) = throttles::hit(conn, &shared.tries_of_network, TRIES_OF_NETWORK, now)?
        {
            return Ok(Err(wait));
        }
        throttles::hit(conn, &self.tries, TRIES, now)
    }

    fn with<'a>(&'a self, shared: impl Fn(&'a SharedCounters) -> &'a String, own: &'a str) -> Vec<&'a str> {
        std::iter::once(own).chain(self.shared.iter().map(|of| shared(of).as_str())).collect()
    }
}
