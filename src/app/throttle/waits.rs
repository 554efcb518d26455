//! How long an attempt from elsewhere waits. Pure.

/// Each failure beyond the limit makes attempts from elsewhere wait this much longer.
const WAIT_STEP_MS: i64 = 100;

/// The wait of an attempt on a subject with this many failures from all networks.
pub(super) fn wait_ms(failed: i64, free: i64, longest: i64) -> u64 {
    let over = failed.saturating_sub(free).saturating_add(1).max(0);
    u64::try_from(over.saturating_mul(WAIT_STEP_MS).min(longest)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::wait_ms;

    #[test]
    fn failures_from_elsewhere_make_wait_longer_and_never_too_long() {
        let waits: Vec<u64> =
            [0, 19, 20, 21, 30, 69, 70, 1_000_000, i64::MAX].map(|failed| wait_ms(failed, 20, 5000)).into();
        assert_eq!(waits, [0, 0, 100, 200, 1100, 5000, 5000, 5000, 5000]);
        assert_eq!(wait_ms(1_000_000, 20, 0), 0);
    }
}
