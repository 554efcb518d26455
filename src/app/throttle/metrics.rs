//! The metrics of attempts.

use std::fmt;

use super::{Attempts, MAX_SLOWED};
use crate::telemetry::metrics::{Page, Queue, Source};

impl Source for Attempts {
    fn queues(&self) -> Vec<Queue> {
        let slowed = MAX_SLOWED.saturating_sub(self.slowed.available_permits());
        vec![Queue::new("attempts_slowed", slowed, MAX_SLOWED)]
    }

    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        let refused = [
            ([("way", "memory")], self.metrics.refused.get()),
            ([("way", "database")], self.metrics.refused_by_database.get()),
        ];
        page.counters(
            "entremise_attempts_refused_total",
            "Attempts that came too soon, by where it was seen.",
            refused,
        )?;
        let help = "Attempts that had to wait because others failed on the same account.";
        page.counter("entremise_attempts_slowed_total", help, self.metrics.slowed.get())?;
        page.gauge("entremise_attempts_counters", "Counters of attempts in this node's memory.", self.counters())
    }
}

impl Attempts {
    fn counters(&self) -> i64 {
        i64::try_from(self.gate().len()).unwrap_or(i64::MAX)
    }
}
