//! Mode `reconnect`: every socket drops at once, every room goes on meanwhile, everybody comes back at once with the last
//! `seq` that they have. How long until all are caught up?

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use tokio::time::sleep;

use crate::cli::ReconnectArgs;
use crate::drive;
use crate::fixture::{Fixture, FixtureSeat};
use crate::letter::Letters;
use crate::process;
use crate::report::{self, InMs, Latency, Printed, Usage, millis};
use crate::shard::{Settings, Shard};
use crate::socket::Conn;
use crate::verify::Findings;

/// Posts of one room that wait for their answers, below the server's limit of 256.
const WAVE: usize = 64;

/// How a line begins after which the program waits.
pub const HELD: &str = "held: ";

#[derive(Debug, Serialize)]
pub struct ReconnectReport {
    mode: &'static str,
    pub sockets: usize,
    missed: usize,
    body_bytes: usize,
    pub posted: u64,
    pub delivered: u64,
    /// From the start of the reconnects to the last socket that has everything.
    pub caught_up_ms: f64,
    /// The same, per socket.
    socket_ms: InMs,
    refused: BTreeMap<String, u64>,
    closed: BTreeMap<String, u64>,
    #[serde(flatten)]
    pub findings: Findings,
    pub unanswered: usize,
    #[serde(flatten)]
    usage: Usage,
}

impl ReconnectReport {
    pub fn passed(&self) -> bool {
        self.findings.none() && self.unanswered == 0 && self.posted > 0
    }

    pub fn print(&self) -> Result<Printed> {
        report::print(self, self.passed())
    }
}

pub fn run(args: &ReconnectArgs) -> Result<ReconnectReport> {
    ensure!((1..=100_000).contains(&args.missed), "--missed must be 1 to 100000");
    ensure!(args.body_bytes <= 10_000, "--body-bytes is at most 10000, the server's limit");
    let targets = args.common.targets()?;
    let seats = Fixture::read(&args.common.fixture)?.seats(&targets, args.rooms, args.members)?;
    let sockets = seats.len();
    let posters = posters(&seats);
    process::allow_sockets(sockets + posters.len())?;
    let watched = args.common.watched();
    let base = watched.sample()?;
    let settings = Settings {
        epoch: Instant::now(),
        letters: Letters::new(args.body_bytes),
        retries: true,
        until_heard: false,
        connecting: args.common.connecting,
    };
    let limit = args.common.connect_timeout();
    drive::block_on(async {
        let shard = Shard::new(settings, seats)?;
        shard.measure(0..u64::MAX);
        eprintln!("opening {sockets} sockets");
        let tasks = drive::start(&shard, &shard.conns);
        drive::wait_live(&shard, &shard.conns, limit).await?;

        if args.hold {
            hold("sockets are live")?;
        }
        eprintln!("dropping all of them");
        for task in tasks {
            task.abort();
            // The connection closes when the task is gone, not when it is told to go.
            let _ = task.await;
        }
        shard.conns.iter().for_each(|conn| conn.detach());
        post_meanwhile(&shard, posters, args.missed, limit, args.common.drain()).await?;

        if args.hold {
            hold("everybody misses something")?;
        }
        eprintln!("reconnecting");
        shard.connecting.add_permits(sockets);
        let before = watched.sample()?;
        let start_us = shard.now_us();
        drive::start(&shard, &shard.conns);
        drive::wait_live(&shard, &shard.conns, limit).await?;
        let used = watched.sample()?.since(before);
        let mut socket = Latency::new()?;
        let mut last_us = 0;
        for live_us in shard.conns.iter().filter_map(|conn| conn.live_us.get()) {
            socket.record(live_us.saturating_sub(start_us));
            last_us = last_us.max(live_us.saturating_sub(start_us));
        }
        drive::drain(&shard, args.common.drain()).await;
        let stats = shard.stats.borrow();
        Ok(ReconnectReport {
            mode: "reconnect",
            sockets,
            missed: args.missed,
            body_bytes: args.body_bytes,
            posted: stats.posted_total,
            delivered: stats.delivered_total,
            caught_up_ms: millis(Duration::from_micros(last_us)),
            socket_ms: socket.in_ms(),
            refused: stats.refused.clone(),
            closed: stats.closed.clone(),
            findings: stats.findings.clone(),
            unanswered: shard.open.get(),
            usage: Usage::new(base, used, stats.delivered_total, sockets),
        })
    })
}

/// Says where it is and waits for a line: whoever reads it may kill the server meanwhile.
fn hold(at: &str) -> Result<()> {
    eprintln!("{HELD}{at}");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("waiting for a line")?;
    Ok(())
}

/// One socket per room that posts without listening.
fn posters(seats: &[FixtureSeat]) -> Vec<FixtureSeat> {
    let mut seen = HashSet::new();
    let firsts = seats.iter().filter(|seat| seen.insert(seat.rooms.clone()));
    firsts.map(|seat| FixtureSeat { joins: false, ..seat.clone() }).collect()
}

async fn post_meanwhile(
    shard: &Rc<Shard>,
    posters: Vec<FixtureSeat>,
    missed: usize,
    connect: Duration,
    answers: Duration,
) -> Result<()> {
    let posters: Vec<Rc<Conn>> = posters.into_iter().map(|seat| shard.conn(seat)).collect::<Result<_>>()?;
    let tasks = drive::start(shard, &posters);
    drive::wait_live(shard, &posters, connect).await?;
    eprintln!("posting {missed} messages into each of {} rooms", posters.len());
    let mut left = missed;
    while left > 0 {
        let wave = left.min(WAVE);
        left -= wave;
        for poster in &posters {
            (0..wave).for_each(|_| shard.post(poster));
        }
        let begin = Instant::now();
        while shard.open.get() > 0 {
            if begin.elapsed() > answers {
                bail!("{} posts are not answered", shard.open.get());
            }
            sleep(Duration::from_millis(2)).await;
        }
    }
    tasks.iter().for_each(|task| task.abort());
    for (task, poster) in tasks.into_iter().zip(&posters) {
        let _ = task.await;
        poster.detach();
    }
    Ok(())
}
