//! The counters of a run, and the one line that is printed at the end.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use serde::{Serialize, Serializer};

use crate::process::ProcessSample;
use crate::verify::Findings;

/// Latencies in microseconds with three digits, up to two minutes; of fixed size, however long a run takes.
#[derive(Debug)]
pub struct Latency(Histogram<u64>);

impl Latency {
    pub fn new() -> Result<Self> {
        Histogram::new_with_bounds(1, 120_000_000, 3).map(Self).context("histogram")
    }

    pub fn record(&mut self, micros: u64) {
        self.0.saturating_record(micros);
    }

    pub fn add(&mut self, other: &Self) -> Result<()> {
        self.0.add(&other.0).context("histograms differ")
    }

    pub fn in_ms(&self) -> InMs {
        let ms = |micros: u64| millis(Duration::from_micros(micros));
        InMs { p50: ms(self.0.value_at_quantile(0.5)), p99: ms(self.0.value_at_quantile(0.99)), max: ms(self.0.max()) }
    }
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct InMs {
    pub p50: f64,
    pub p99: f64,
    pub max: f64,
}

/// Counts of one thread. `posted` and `delivered` are those of the measured window, the totals those of the whole run.
#[derive(Debug)]
pub struct Stats {
    pub posted: u64,
    pub delivered: u64,
    pub posted_total: u64,
    pub delivered_total: u64,
    pub ack: Latency,
    pub delivery: Latency,
    /// Of deliveries on another node than the post came in on.
    pub across: Latency,
    /// How late the load program itself was, when posting at a rate.
    pub send_lag: Latency,
    /// Posts that were due but not sent, because too many were waiting for their answers.
    pub not_sent: u64,
    pub refused: BTreeMap<String, u64>,
    pub closed: BTreeMap<String, u64>,
    pub findings: Findings,
}

impl Stats {
    pub fn new() -> Result<Self> {
        Ok(Self {
            posted: 0,
            delivered: 0,
            posted_total: 0,
            delivered_total: 0,
            ack: Latency::new()?,
            delivery: Latency::new()?,
            across: Latency::new()?,
            send_lag: Latency::new()?,
            not_sent: 0,
            refused: BTreeMap::new(),
            closed: BTreeMap::new(),
            findings: Findings::default(),
        })
    }

    pub fn add(&mut self, other: &Self) -> Result<()> {
        self.posted += other.posted;
        self.delivered += other.delivered;
        self.posted_total += other.posted_total;
        self.delivered_total += other.delivered_total;
        self.not_sent += other.not_sent;
        self.ack.add(&other.ack)?;
        self.delivery.add(&other.delivery)?;
        self.across.add(&other.across)?;
        self.send_lag.add(&other.send_lag)?;
        self.findings.add(&other.findings);
        for (into, from) in [(&mut self.refused, &other.refused), (&mut self.closed, &other.closed)] {
            for (code, count) in from {
                *into.entry(code.clone()).or_default() += count;
            }
        }
        Ok(())
    }
}

pub fn count(counts: &mut BTreeMap<String, u64>, code: &str) {
    match counts.get_mut(code) {
        Some(count) => *count += 1,
        None => drop(counts.insert(code.to_owned(), 1)),
    }
}

/// The server's side of a run.
#[derive(Debug, Serialize)]
pub struct Usage {
    #[serde(serialize_with = "rounded_option")]
    pub server_cpu_s: Option<f64>,
    #[serde(serialize_with = "rounded_option")]
    pub postgres_cpu_s: Option<f64>,
    #[serde(serialize_with = "rounded_option")]
    pub redis_cpu_s: Option<f64>,
    #[serde(serialize_with = "rounded")]
    pub load_cpu_s: f64,
    /// The load program's share of the CPU that it and all that it measures used.
    #[serde(serialize_with = "rounded_option")]
    pub load_cpu_share: Option<f64>,
    /// The machine's other work. With much of it the figures are not worth much.
    #[serde(serialize_with = "rounded_option")]
    pub other_cpu_s: Option<f64>,
    /// Server nodes, PostgreSQL and Redis.
    #[serde(serialize_with = "rounded_option")]
    pub cpu_s_per_100k_deliveries: Option<f64>,
    pub server_rss_base_kib: Option<u64>,
    pub server_rss_kib: Option<u64>,
    #[serde(serialize_with = "rounded_option")]
    pub rss_kib_per_socket: Option<f64>,
}

impl Usage {
    /// `base`: before the first socket was opened; `used`: of the measured time.
    pub fn new(base: ProcessSample, used: ProcessSample, delivered: u64, sockets: usize) -> Self {
        let served = used.served_cpu_s();
        let per_socket = |base: u64, rss: u64| (rss as f64 - base as f64) / sockets.max(1) as f64;
        Self {
            server_cpu_s: used.server_cpu_s,
            postgres_cpu_s: used.postgres_cpu_s,
            redis_cpu_s: used.redis_cpu_s,
            load_cpu_s: used.load_cpu_s,
            load_cpu_share: served.map(|served| used.load_cpu_s / (served + used.load_cpu_s).max(1e-6)),
            other_cpu_s: served.map(|served| (used.machine_cpu_s - served - used.load_cpu_s).max(0.0)),
            cpu_s_per_100k_deliveries: served.filter(|_| delivered > 0).map(|cpu| cpu * 1e5 / delivered as f64),
            server_rss_base_kib: base.server_rss_kib,
            server_rss_kib: used.server_rss_kib,
            rss_kib_per_socket: base.server_rss_kib.zip(used.server_rss_kib).map(|(base, rss)| per_socket(base, rss)),
        }
    }
}

pub struct Printed {
    pub line: String,
    pub passed: bool,
}

pub fn print(report: &impl Serialize, passed: bool) -> Result<Printed> {
    Ok(Printed { line: serde_json::to_string(report).context("cannot print the report")?, passed })
}

pub fn millis(time: Duration) -> f64 {
    round(time.as_secs_f64() * 1e3)
}

fn round(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}

pub fn rounded<S: Serializer>(number: &f64, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_f64(round(*number))
}

pub fn rounded_option<S: Serializer>(number: &Option<f64>, out: S) -> Result<S::Ok, S::Error> {
    number.map(round).serialize(out)
}
