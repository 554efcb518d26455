use super::Timestamp;

/// A token bucket: `burst` at once, then `per_second`.
#[derive(Debug, Clone)]
pub struct Bucket {
    per_second: i64,
    burst: i64,
    /// In thousandths of a token, so that integers suffice.
    level: i64,
    filled_at: Timestamp,
}

impl Bucket {
    pub fn new(per_second: i64, burst: i64, now: Timestamp) -> Self {
        Self { per_second: per_second.max(1), burst: burst.max(1), level: burst.max(1) * 1000, filled_at: now }
    }

    /// All that was taken is back: it knows no more than a new one.
    pub fn is_full(&self, now: Timestamp) -> bool {
        self.level_at(now) >= self.burst * 1000
    }

    fn level_at(&self, now: Timestamp) -> i64 {
        let elapsed_ms = (now.0 - self.filled_at.0).clamp(0, 3_600_000);
        (self.level + elapsed_ms * self.per_second).min(self.burst * 1000)
    }

    /// Takes one token; the milliseconds until there is one if there is none.
    pub fn take(&mut self, now: Timestamp) -> Result<(), u32> {
        self.level = self.level_at(now);
        self.filled_at = now;
        if self.level >= 1000 {
            self.level -= 1000;
            Ok(())
        } else {
            let missing = 1000 - self.level;
            Err(u32::try_from(missing / self.per_second + 1).unwrap_or(1000))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lets_a_burst_through_then_a_rate() {
        let mut bucket = Bucket::new(10, 3, Timestamp(0));
        assert!((0..3).all(|_| bucket.take(Timestamp(0)).is_ok()));
        assert_eq!(bucket.take(Timestamp(0)), Err(101));
        assert_eq!(bucket.take(Timestamp(99)), Err(2));
        assert!(bucket.take(Timestamp(101)).is_ok());
        assert!(bucket.take(Timestamp(101)).is_err());
        assert!(!bucket.is_full(Timestamp(300)));
        assert!(bucket.is_full(Timestamp(500)));
    }
}
