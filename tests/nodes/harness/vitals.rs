//! What the system says of a process: its memory, its descriptors, its threads.

use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy)]
pub struct Vitals {
    process: u32,
    /// Resident now, in KiB.
    pub resident: usize,
    /// The most that was resident since the last [`Vitals::forget_peak`], in KiB.
    pub peak: usize,
    pub descriptors: usize,
    pub threads: usize,
}

impl Vitals {
    pub fn of(process: u32) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
        let number = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).expect("the system counts it");
            line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("a number")
        };
        let descriptors = std::fs::read_dir(format!("/proc/{process}/fd")).expect("it is our process").count();
        let (resident, peak, threads) = (number("VmRSS:"), number("VmHWM:"), number("Threads:"));
        Self { process, resident, peak, descriptors, threads }
    }

    /// The peak begins anew.
    pub fn forget_peak(self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.process), "5").expect("it is our process");
    }
}

/// Waits until the node has no more descriptors than `baseline` had, and a few for its pool.
pub async fn resettle(now: impl Fn() -> Vitals, baseline: Vitals) -> Vitals {
    const POOL: usize = 8;
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let vitals = now();
        if vitals.descriptors <= baseline.descriptors + POOL {
            return vitals;
        }
        assert!(Instant::now() < until, "descriptors are left: {vitals:?} after {baseline:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The long profile was asked for: what takes minutes in place of seconds.
pub fn is_long() -> bool {
    std::env::var("TEST_LONG").is_ok_and(|value| value == "1")
}
