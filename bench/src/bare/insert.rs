//! Rows per second, so and so many to a commit.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use clap::Args;
use serde::Serialize;

use super::rows::{BareRow, Rows};
use super::{BarePlace, Kind};
use crate::fixture::Fixture;
use crate::process::Watched;
use crate::report::{self, InMs, Latency, Printed, rounded, rounded_option};

#[derive(Debug, Clone, Args)]
pub struct InsertArgs {
    #[command(flatten)]
    pub place: BarePlace,
    /// Rows in one commit
    #[arg(long, default_value_t = 128)]
    pub rows: usize,
    /// Connections, each with rooms and a thread of its own; SQLite has one writer
    #[arg(long, default_value_t = 1)]
    pub connections: usize,
}

#[derive(Debug, Serialize)]
struct InsertReport {
    mode: &'static str,
    database: String,
    rows_per_commit: usize,
    connections: usize,
    foreign_keys: bool,
    body_bytes: usize,
    seconds: f64,
    rows: u64,
    #[serde(serialize_with = "rounded")]
    rows_per_s: f64,
    commit_ms: InMs,
    #[serde(serialize_with = "rounded_option")]
    postgres_cpu_s: Option<f64>,
    /// This program's own, on SQLite the database's with it.
    #[serde(serialize_with = "rounded")]
    own_cpu_s: f64,
    #[serde(serialize_with = "rounded")]
    cpu_s_per_100k_rows: f64,
    #[serde(serialize_with = "rounded")]
    other_cpu_s: f64,
}

/// The work of one connection within the measured time.
struct Done {
    rows: u64,
    commits: Latency,
}

pub fn run(args: &InsertArgs) -> Result<Printed> {
    let place = &args.place;
    ensure!((1..=10_000).contains(&args.rows), "--rows must be 1 to 10000");
    ensure!((1..=64).contains(&args.connections), "--connections must be 1 to 64");
    ensure!(place.kind()? == Kind::Postgres || args.connections == 1, "SQLite has one writer");
    ensure!((0.1..=3600.0).contains(&place.seconds), "--seconds must be 0.1 to 3600");
    let fixture = Fixture::read(&place.fixture)?;
    place.clear()?;
    let watched = Watched { postgres: place.postgres_pid, ..Watched::default() };
    let from = Instant::now() + Duration::from_secs_f64(place.warmup);
    let to = from + Duration::from_secs_f64(place.seconds);
    let (done, used) = thread::scope(|scope| {
        let running: Vec<_> = (0..args.connections)
            .map(|nth| {
                let fixture = &fixture;
                scope.spawn(move || one_connection(args, fixture, nth, from, to))
            })
            .collect();
        thread::sleep(from.saturating_duration_since(Instant::now()));
        let before = watched.sample()?;
        thread::sleep(to.saturating_duration_since(Instant::now()));
        let used = watched.sample()?.since(before);
        let done = running.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a thread panicked"))?);
        Ok::<_, anyhow::Error>((done.collect::<Result<Vec<Done>>>()?, used))
    })?;

    let mut commits = Latency::new()?;
    done.iter().try_for_each(|done| commits.add(&done.commits))?;
    let rows: u64 = done.iter().map(|done| done.rows).sum();
    let cpu = used.load_cpu_s + used.postgres_cpu_s.unwrap_or(0.0);
    let report = InsertReport {
        mode: "bare insert",
        database: format!("{:?}", place.kind()?).to_lowercase(),
        rows_per_commit: args.rows,
        connections: args.connections,
        foreign_keys: place.foreign_keys,
        body_bytes: place.body_bytes,
        seconds: place.seconds,
        rows,
        rows_per_s: rows as f64 / place.seconds,
        commit_ms: commits.in_ms(),
        postgres_cpu_s: used.postgres_cpu_s,
        own_cpu_s: used.load_cpu_s,
        cpu_s_per_100k_rows: cpu * 1e5 / rows.max(1) as f64,
        other_cpu_s: (used.machine_cpu_s - cpu).max(0.0),
    };
    report::print(&report, rows > 0)
}

fn one_connection(args: &InsertArgs, fixture: &Fixture, nth: usize, from: Instant, to: Instant) -> Result<Done> {
    let mut connection = args.place.open()?;
    let mut rows = Rows::new(fixture, args.place.body_bytes, nth, args.connections)?;
    let mut batch: Vec<BareRow> = (0..args.rows).map(|_| BareRow::default()).collect();
    let mut done = Done { rows: 0, commits: Latency::new()? };
    loop {
        rows.fill(&mut batch)?;
        let begin = Instant::now();
        if begin >= to {
            return Ok(done);
        }
        connection.insert(&batch)?;
        let end = Instant::now();
        if (from..to).contains(&end) {
            done.rows += batch.len() as u64;
            done.commits.record(u64::try_from((end - begin).as_micros())?);
        }
    }
}
