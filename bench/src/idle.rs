//! Mode `idle`: sockets that only listen, for the server's memory per socket.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde::Serialize;
use tokio::time::sleep;

use crate::cli::IdleArgs;
use crate::drive;
use crate::fixture::{Fixture, FixtureSeat};
use crate::letter::Letters;
use crate::process;
use crate::report::{self, Printed, Usage, rounded, rounded_option};
use crate::shard::{Settings, Shard};

/// By then the server has freed the memory of a burst of joins.
const SETTLE: Duration = Duration::from_secs(1);

#[derive(Debug, Serialize)]
pub struct IdleReport {
    mode: &'static str,
    pub sockets: usize,
    joins: usize,
    /// Sockets that were opened first, so that every room was there already when the others came.
    openers: usize,
    /// The memory of a later socket, without that of its rooms.
    #[serde(serialize_with = "rounded_option")]
    rss_kib_per_further_socket: Option<f64>,
    /// Sockets that were still live at the end.
    pub live: usize,
    #[serde(serialize_with = "rounded")]
    connect_s: f64,
    seconds: f64,
    refused: BTreeMap<String, u64>,
    closed: BTreeMap<String, u64>,
    #[serde(flatten)]
    usage: Usage,
}

impl IdleReport {
    pub fn passed(&self) -> bool {
        self.live == self.sockets
    }

    pub fn print(&self) -> Result<Printed> {
        report::print(self, self.passed())
    }
}

pub fn run(args: &IdleArgs) -> Result<IdleReport> {
    ensure!((1..=1000).contains(&args.joins), "--joins must be 1 to 1000");
    ensure!((0.1..=3600.0).contains(&args.seconds), "--seconds must be 0.1 to 3600");
    let targets = args.common.targets()?;
    let seats = Fixture::read(&args.common.fixture)?.idle_seats(&targets, args.sockets, args.joins)?;
    let (seats, openers) = openers_first(seats);
    let sockets = seats.len();
    process::allow_sockets(sockets)?;
    let watched = args.common.watched();
    let base = watched.sample()?;
    let epoch = Instant::now();
    let (letters, connecting) = (Letters::new(0), args.common.connecting);
    let settings = Settings { epoch, letters, retries: true, until_heard: false, connecting };
    eprintln!("opening {sockets} sockets in {} rooms each", args.joins);
    drive::block_on(async {
        let shard = Shard::new(settings, seats)?;
        let (first, others) = shard.conns.split_at(openers);
        drive::start(&shard, first);
        drive::wait_live(&shard, first, args.common.connect_timeout()).await?;
        eprintln!("{openers} are live, and with them every room");
        sleep(SETTLE).await;
        let opened = watched.sample()?;
        drive::start(&shard, others);
        drive::wait_live(&shard, &shard.conns, args.common.connect_timeout()).await?;
        let connect_s = epoch.elapsed().as_secs_f64();
        eprintln!("all live after {connect_s:.2} s; waiting");
        let before = watched.sample()?;
        sleep(Duration::from_secs_f64(args.seconds)).await;
        let end = watched.sample()?;
        let used = end.since(before);
        let grown = opened.server_rss_kib.zip(end.server_rss_kib).filter(|_| sockets > openers);
        let further = grown.map(|(then, now)| (now as f64 - then as f64) / (sockets - openers) as f64);
        let stats = shard.stats.borrow();
        Ok(IdleReport {
            mode: "idle",
            sockets,
            joins: args.joins,
            openers,
            rss_kib_per_further_socket: further,
            live: shard.conns.iter().filter(|conn| conn.live()).count(),
            connect_s,
            seconds: args.seconds,
            refused: stats.refused.clone(),
            closed: stats.closed.clone(),
            usage: Usage::new(base, used, 0, sockets),
        })
    })
}

/// Puts those in front who hear a room that nobody before them hears, and says how many they are.
fn openers_first(seats: Vec<FixtureSeat>) -> (Vec<FixtureSeat>, usize) {
    let mut heard = HashSet::new();
    let opens = |seat: &FixtureSeat| seat.rooms.iter().filter(|room| heard.insert(**room)).count() > 0;
    let (mut first, others): (Vec<FixtureSeat>, Vec<FixtureSeat>) = seats.into_iter().partition(opens);
    let openers = first.len();
    first.extend(others);
    (first, openers)
}
