//! How long a commit of a single row takes: at a rate, or one after the other.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;
use serde::Serialize;

use super::BarePlace;
use super::rows::{BareRow, Rows};
use crate::fixture::Fixture;
use crate::process::Watched;
use crate::report::{self, InMs, Latency, Printed, rounded, rounded_option};

#[derive(Debug, Clone, Args)]
pub struct CommitArgs {
    #[command(flatten)]
    pub place: BarePlace,
    /// Commits per second; without it, the next begins when the last has ended
    #[arg(long)]
    pub rate: Option<f64>,
}

#[derive(Debug, Serialize)]
struct CommitReport {
    mode: &'static str,
    database: String,
    rate: Option<f64>,
    foreign_keys: bool,
    body_bytes: usize,
    seconds: f64,
    commits: u64,
    #[serde(serialize_with = "rounded")]
    commits_per_s: f64,
    /// From handing the row over to the end of its commit.
    commit_ms: InMs,
    /// From when it was due: a commit that had to wait for the one before it counts its waiting.
    from_due_ms: InMs,
    #[serde(serialize_with = "rounded_option")]
    postgres_cpu_s: Option<f64>,
    /// This program's own, on SQLite the database's with it.
    #[serde(serialize_with = "rounded")]
    own_cpu_s: f64,
    /// The processor time that both took.
    #[serde(serialize_with = "rounded")]
    cpu_us_of_a_commit: f64,
    #[serde(serialize_with = "rounded")]
    other_cpu_s: f64,
}

pub fn run(args: &CommitArgs) -> Result<Printed> {
    let place = &args.place;
    ensure!((0.1..=3600.0).contains(&place.seconds), "--seconds must be 0.1 to 3600");
    ensure!(args.rate.is_none_or(|rate| (0.1..=1e6).contains(&rate)), "--rate must be 0.1 to 1000000");
    let fixture = Fixture::read(&place.fixture)?;
    place.clear()?;
    let mut connection = place.open()?;
    let mut rows = Rows::new(&fixture, place.body_bytes, 0, 1)?;
    let mut row = [BareRow::default()];
    let (mut commit, mut from_due) = (Latency::new()?, Latency::new()?);
    let (mut made, mut commits) = (0_u64, 0_u64);
    let watched = Watched { postgres: place.postgres_pid, ..Watched::default() };
    let mut before = None;
    let start = Instant::now();
    let from = start + Duration::from_secs_f64(place.warmup);
    let to = from + Duration::from_secs_f64(place.seconds);
    loop {
        rows.fill(&mut row)?;
        let due = match args.rate {
            Some(rate) => start + Duration::from_secs_f64(made as f64 / rate),
            None => Instant::now(),
        };
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let begin = Instant::now();
        if begin >= to {
            break;
        }
        if begin >= from && before.is_none() {
            before = Some(watched.sample()?);
        }
        connection.insert(&row)?;
        let end = Instant::now();
        made += 1;
        if (from..to).contains(&end) {
            commits += 1;
            commit.record(u64::try_from((end - begin).as_micros())?);
            from_due.record(u64::try_from((end - due).as_micros())?);
        }
    }
    let now = watched.sample()?;
    let used = now.since(before.unwrap_or(now));
    let cpu = used.load_cpu_s + used.postgres_cpu_s.unwrap_or(0.0);
    let report = CommitReport {
        mode: "bare commit",
        database: format!("{:?}", place.kind()?).to_lowercase(),
        rate: args.rate,
        foreign_keys: place.foreign_keys,
        body_bytes: place.body_bytes,
        seconds: place.seconds,
        commits,
        commits_per_s: commits as f64 / place.seconds,
        commit_ms: commit.in_ms(),
        from_due_ms: from_due.in_ms(),
        postgres_cpu_s: used.postgres_cpu_s,
        own_cpu_s: used.load_cpu_s,
        cpu_us_of_a_commit: cpu * 1e6 / commits.max(1) as f64,
        other_cpu_s: (used.machine_cpu_s - cpu).max(0.0),
    };
    report::print(&report, commits > 0)
}
