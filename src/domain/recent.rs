//! How much there was of late.

use std::time::{Duration, Instant};

/// A count of which what is long ago is forgotten: after `memory` a third of it is left. At a steady rate it is what came
/// within `memory`.
#[derive(Debug)]
pub struct Recent {
    memory: Duration,
    count: f64,
    at: Option<Instant>,
}

impl Recent {
    pub fn new(memory: Duration) -> Self {
        Self { memory, count: 0.0, at: None }
    }

    /// The count with so many more that came just now.
    pub fn add(&mut self, more: usize, now: Instant) -> f64 {
        let since = self.at.replace(now).map_or(Duration::MAX, |at| now.saturating_duration_since(at));
        let faded = (-since.as_secs_f64() / self.memory.as_secs_f64()).exp();
        self.count = self.count * faded + f64::from(u32::try_from(more).unwrap_or(u32::MAX));
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_a_steady_rate_it_is_what_came_within_its_memory_and_soon_after_nothing() {
        let mut recent = Recent::new(Duration::from_millis(100));
        let begun = Instant::now();
        let counts = (0..1_000).map(|ms| recent.add(3, begun + Duration::from_millis(ms)));
        let steady = counts.last().unwrap();
        assert!((295.0..=305.0).contains(&steady), "{steady}");
        let afterwards = recent.add(0, begun + Duration::from_millis(2_000));
        assert!(afterwards < 0.1, "{afterwards}");
    }
}
