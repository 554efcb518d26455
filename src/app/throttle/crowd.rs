//! Attempts that wait behind others of their own network.

use super::Attempts;
use super::gate::AttemptCounter;

/// A place among the waiting attempts, given back however the wait ends.
pub(super) struct Waits<'a> {
    pub attempts: &'a Attempts,
    pub counters: &'a [AttemptCounter],
    pub listed: bool,
}

impl Waits<'_> {
    pub fn list(&mut self) {
        if !std::mem::replace(&mut self.listed, true) {
            self.attempts.gate().waits(self.counters, true);
        }
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        if self.listed {
            self.attempts.gate().waits(self.counters, false);
        }
    }
}
