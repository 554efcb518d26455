//! Mode `idle`: sockets that only listen, for the server's memory per socket.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde::Serialize;
use tokio::time::sleep;

use crate::cli::IdleArgs;
use crate::drive;
use crate::fixture::Fixture;
use crate::letter::Letters;
use crate::process;
use crate::report::{self, Printed, Usage, rounded};
use crate::shard::{Settings, Shard};

#[derive(Debug, Serialize)]
pub struct IdleReport {
    mode: &'static str,
    pub sockets: usize,
    joins: usize,
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
    let sockets = seats.len();
    process::allow_sockets(sockets)?;
    let watched = args.common.watched();
    let base = watched.sample()?;
    let epoch = Instant::now();
    let settings = Settings { epoch, letters: Letters::new(0), retries: true, connecting: args.common.connecting };
    eprintln!("opening {sockets} sockets in {} rooms each", args.joins);
    drive::block_on(async {
        let shard = Shard::new(settings, seats)?;
        drive::start(&shard, &shard.conns);
        drive::wait_live(&shard, &shard.conns, args.common.connect_timeout()).await?;
        let connect_s = epoch.elapsed().as_secs_f64();
        eprintln!("all live after {connect_s:.2} s; waiting");
        let before = watched.sample()?;
        sleep(Duration::from_secs_f64(args.seconds)).await;
        let used = watched.sample()?.since(before);
        let stats = shard.stats.borrow();
        Ok(IdleReport {
            mode: "idle",
            sockets,
            joins: args.joins,
            live: shard.conns.iter().filter(|conn| conn.live()).count(),
            connect_s,
            seconds: args.seconds,
            refused: stats.refused.clone(),
            closed: stats.closed.clone(),
            usage: Usage::new(base, used, 0, sockets),
        })
    })
}
