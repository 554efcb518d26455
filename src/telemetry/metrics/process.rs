//! The process as the system sees it, under the names that every Prometheus client uses. Read from `/proc`; where there is
//! none, nothing is told.

use std::fmt;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use super::instruments::float;
use super::page::{Page, Queue, Source};
use crate::telemetry::log_lines::{BYTES, LINES, QUEUE};
use crate::telemetry::panics;

/// Times in `/proc` are in hundredths of a second on every Linux that we run on (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

pub struct ProcessMetrics {
    started: f64,
}

impl ProcessMetrics {
    /// Now is when it started.
    pub fn started_now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: since.as_secs_f64() }
    }
}

impl Source for ProcessMetrics {
    fn queues(&self) -> Vec<Queue> {
        let depth = QUEUE.depth();
        vec![Queue::new("log_lines", depth.lines, LINES), Queue::new("log_lines_bytes", depth.bytes, BYTES)]
    }

    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        page.gauges("entremise_build_info", "Always 1; what runs is in the label.", [(version, 1_u32)])?;
        page.counter("entremise_panics_total", "Faults of ours that ended a thread's work.", panics())?;
        let help = "Lines of the logs that were left out because nobody read them fast enough.";
        page.counter("entremise_log_lines_dropped_total", help, QUEUE.depth().dropped)?;
        page.gauge("process_start_time_seconds", "When the process started, in seconds since 1970.", self.started)?;
        if let Some(cpu) = cpu_seconds() {
            page.time_spent("process_cpu_seconds_total", "Processor time spent, in seconds.", cpu)?;
        }
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let read = |name: &str| status.lines().find_map(|line| number_after(line.strip_prefix(name)?));
        if let Some(kibibytes) = read("VmRSS:") {
            page.gauge("process_resident_memory_bytes", "Memory in use.", kibibytes * 1024)?;
        }
        if let Some(kibibytes) = read("VmSize:") {
            page.gauge("process_virtual_memory_bytes", "Memory reserved.", kibibytes * 1024)?;
        }
        if let Some(threads) = read("Threads:") {
            page.gauge("process_threads", "Threads of the process.", threads)?;
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            // Reading them takes one itself.
            page.gauge("process_open_fds", "Open descriptors.", open.count().saturating_sub(1))?;
        }
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let limit = limits.lines().find_map(|line| number_after(line.strip_prefix("Max open files")?));
        if let Some(limit) = limit {
            page.gauge("process_max_fds", "Descriptors that the process may have open.", limit)?;
        }
        Ok(())
    }
}

fn number_after(rest: &str) -> Option<u64> {
    rest.split_whitespace().next()?.parse().ok()
}

fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name stands in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Some(float(ticks) / TICKS_PER_SECOND)
}
