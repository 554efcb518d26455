//! Pauses between failed runs.

/// Milliseconds between the failed run `tries` (from 1) and the next: 30 s, doubling, at most one hour, and up to a fifth more,
/// so that what failed together is not repeated together.
pub(super) fn backoff_ms(tries: i32) -> i64 {
    let pause = base_ms(tries);
    let mut byte = [0_u8; 1];
    // Without randomness the pause is the shortest.
    let _ = getrandom::fill(&mut byte);
    pause + pause / 5 * i64::from(byte[0]) / 255
}

fn base_ms(tries: i32) -> i64 {
    let doublings = tries.saturating_sub(1).clamp(0, 7);
    (30_000_i64 << doublings).min(3_600_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let seconds: Vec<i64> = (1..=9).map(|tries| base_ms(tries) / 1000).collect();
        assert_eq!(seconds, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(base_ms(i32::MAX), 3_600_000);
    }

    #[test]
    fn pauses_differ_by_up_to_a_fifth() {
        let pauses: std::collections::BTreeSet<i64> = (0..200).map(|_| backoff_ms(1)).collect();
        assert!(pauses.len() > 10, "{pauses:?}");
        assert!(pauses.iter().all(|pause| (30_000..=36_000).contains(pause)), "{pauses:?}");
    }
}
