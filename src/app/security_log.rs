//! Security events for the operator of an installation, under one log target, `entremise::security`. They hold ids of accounts,
//! networks and outcomes; never a mail address, a name, a code or a token. `docs/LOGGING.md` lists the events; a test compares.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::{AccountId, Origin, Role};

pub const TARGET: &str = "entremise::security";

/// Lines about refused attempts in one second. A flood of attempts must not become a flood of lines; left-out lines are counted.
const REFUSALS_PER_SECOND: u32 = 20;

/// Networks share this many budgets, so that a flood from one hides the lines of few others.
const BUDGETS: usize = 64;
static REFUSALS: [Mutex<RefusalTally>; BUDGETS] =
    [const { Mutex::new(RefusalTally { since: None, written: 0, left_out: 0 }) }; BUDGETS];

struct RefusalTally {
    since: Option<Instant>,
    written: u32,
    left_out: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecurityOutcome {
    Done,
    /// A wrong password, code or link.
    Refused,
    /// Too many attempts: the password, code or link was not looked at.
    Limited,
}

impl SecurityOutcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Limited => "limited",
        }
    }
}

/// One event. `account` is the account it is about, if known; `by` is the actor, if that is somebody else.
#[derive(Clone, Copy)]
pub(super) struct SecurityEvent<'a> {
    pub name: &'static str,
    pub outcome: SecurityOutcome,
    pub account: Option<AccountId>,
    pub by: Option<AccountId>,
    pub from: Option<&'a Origin>,
    pub role: Option<Role>,
}

impl<'a> SecurityEvent<'a> {
    pub fn done(name: &'static str, account: AccountId) -> Self {
        Self { name, outcome: SecurityOutcome::Done, account: Some(account), by: None, from: None, role: None }
    }

    pub fn not_done(name: &'static str, outcome: SecurityOutcome, account: Option<AccountId>) -> Self {
        Self { name, outcome, account, by: None, from: None, role: None }
    }

    pub fn from(self, from: &'a Origin) -> Self {
        Self { from: Some(from), ..self }
    }

    pub fn by(self, by: AccountId) -> Self {
        Self { by: Some(by), ..self }
    }

    pub fn with(self, role: Role) -> Self {
        Self { role: Some(role), ..self }
    }

    pub fn write(self) {
        let network = self.from.and_then(|from| from.ip).map(|ip| ip.network().to_string());
        let Some(left_out) = admit(self.outcome, network.as_deref()) else { return };
        tracing::info!(
            target: TARGET,
            event = self.name,
            outcome = self.outcome.as_str(),
            account.id = self.account.map(|account| account.0),
            role = self.role.map(Role::as_str),
            by.id = self.by.map(|by| by.0),
            network = network.as_deref(),
            left_out = (left_out > 0).then_some(left_out),
            "security"
        );
    }
}

/// `None` leaves the line out. Otherwise the number of lines that were left out before it.
fn admit(outcome: SecurityOutcome, network: Option<&str>) -> Option<u64> {
    if outcome == SecurityOutcome::Done {
        return Some(0);
    }
    let mut hasher = DefaultHasher::new();
    network.hash(&mut hasher);
    let place = usize::try_from(hasher.finish()).unwrap_or_default() % BUDGETS;
    let mut refusals = REFUSALS.get(place)?.lock().unwrap_or_else(PoisonError::into_inner);
    refusals.admit(Instant::now())
}

impl RefusalTally {
    fn admit(&mut self, now: Instant) -> Option<u64> {
        if self.since.is_none_or(|since| now.duration_since(since) >= Duration::from_secs(1)) {
            (self.since, self.written) = (Some(now), 0);
        }
        if self.written >= REFUSALS_PER_SECOND {
            self.left_out += 1;
            return None;
        }
        self.written += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_counted_and_not_written() {
        let mut refusals = RefusalTally { since: None, written: 0, left_out: 0 };
        let begin = Instant::now();
        let written = (0..1000).filter(|_| refusals.admit(begin).is_some()).count();
        assert_eq!(written, 20);
        assert_eq!(refusals.admit(begin + Duration::from_secs(1)), Some(980));
        assert_eq!(refusals.admit(begin + Duration::from_secs(1)), Some(0));
    }
}
