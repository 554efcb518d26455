//! The command line, and the rule that only this machine is ever loaded.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Parser, Subcommand};
use url::Url;

use crate::bare::Bare;
use crate::process::Watched;
use crate::suite::Suite;

/// Load program of Entremise: one JSON line on stdout, progress on stderr. Exit code 1: the verification failed.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: BenchCommand,
}

#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Post for a while, closed-loop or at a rate, and verify every delivery
    Load(LoadArgs),
    /// Open sockets that only listen, and measure the server's memory per socket
    Idle(IdleArgs),
    /// Drop every socket at once, post meanwhile, and time how long all take to catch up
    Reconnect(ReconnectArgs),
    /// Join a room again and again from a cursor, and time how long until it is live
    Resume(ResumeArgs),
    /// The yardstick: the same parts without what the server promises
    #[command(subcommand)]
    Bare(Bare),
    /// Several measurements in one run, and their ratios; scripts/bench calls it
    #[command(subcommand)]
    Suite(Suite),
}

#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Where the server is; repeat for more nodes. Loopback only
    #[arg(long = "url", default_value = "http://127.0.0.1:8080")]
    pub urls: Vec<String>,
    /// Accounts, tokens and rooms, written by `entremise bench-fixture`
    #[arg(long)]
    pub fixture: PathBuf,
    /// Process of a server node, for CPU and memory; repeat for more nodes
    #[arg(long = "server-pid")]
    pub server_pids: Vec<u32>,
    /// The postmaster; its whole process tree is counted
    #[arg(long)]
    pub postgres_pid: Option<u32>,
    /// Redis, for its CPU time
    #[arg(long)]
    pub redis_pid: Option<u32>,
    /// Seconds until all sockets must be open and live
    #[arg(long, default_value_t = 60)]
    pub connect_timeout: u64,
    /// Sockets that may be in their handshake at the same time
    #[arg(long, default_value_t = 64)]
    pub connecting: usize,
    /// Seconds to wait at the end for what is still on its way
    #[arg(long, default_value_t = 30)]
    pub drain: u64,
}

#[derive(Debug, Clone, Args)]
pub struct LoadArgs {
    #[command(flatten)]
    pub common: Common,
    /// Rooms to use (default: all of the fixture)
    #[arg(long)]
    pub rooms: Option<usize>,
    /// Sockets per room (default: one per member)
    #[arg(long)]
    pub members: Option<usize>,
    /// Sockets that hear several rooms each, and post into all of them in turn: one of every account with so many rooms
    #[arg(long, conflicts_with_all = ["rooms", "members"])]
    pub joins: Option<usize>,
    /// Closed loop: so many posts, of all sockets together, wait for their answer at any time
    #[arg(long, conflicts_with = "rate", required_unless_present = "rate")]
    pub in_flight: Option<usize>,
    /// Open loop: so many posts per second, of all sockets together
    #[arg(long)]
    pub rate: Option<f64>,
    /// Seconds that are measured
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
    /// Seconds of posting before the measured ones
    #[arg(long, default_value_t = 2.0)]
    pub warmup: f64,
    /// Length of a message; at least as long as the stamp that it carries (about 50)
    #[arg(long, default_value_t = 120)]
    pub body_bytes: usize,
    /// Sockets of each room that post; the others only listen (default: all post)
    #[arg(long, conflicts_with = "joins")]
    pub senders: Option<usize>,
    /// A post is under way until its author has heard it in the room too, not only until it is answered
    #[arg(long, conflicts_with = "rate")]
    pub until_heard: bool,
    /// Threads of the load program; a room stays on one
    #[arg(long, default_value_t = 1)]
    pub threads: usize,
}

#[derive(Debug, Clone, Args)]
pub struct IdleArgs {
    #[command(flatten)]
    pub common: Common,
    /// Sockets to open
    #[arg(long)]
    pub sockets: usize,
    /// Rooms that each of them joins
    #[arg(long, default_value_t = 1)]
    pub joins: usize,
    /// Seconds to stay idle before memory is read
    #[arg(long, default_value_t = 5.0)]
    pub seconds: f64,
}

#[derive(Debug, Clone, Args)]
pub struct ReconnectArgs {
    #[command(flatten)]
    pub common: Common,
    /// Rooms to use (default: all of the fixture)
    #[arg(long)]
    pub rooms: Option<usize>,
    /// Sockets per room (default: one per member)
    #[arg(long)]
    pub members: Option<usize>,
    /// Posts per room while everybody is away
    #[arg(long, default_value_t = 20)]
    pub missed: usize,
    /// Wait for a line on the standard input when all sockets are live, and again before they come back
    #[arg(long)]
    pub hold: bool,
    /// Length of a message
    #[arg(long, default_value_t = 120)]
    pub body_bytes: usize,
}

#[derive(Debug, Clone, Args)]
pub struct ResumeArgs {
    #[command(flatten)]
    pub common: Common,
    /// The number of the room in the fixture, from 0
    #[arg(long, default_value_t = 0)]
    pub room: usize,
    /// Entries that are missed each time; without it, the join is a first one and reads no history
    #[arg(long)]
    pub missed: Option<u64>,
    /// How often
    #[arg(long, default_value_t = 500)]
    pub times: usize,
}

/// A node: where to connect, and what to write into `Host`.
#[derive(Debug, Clone)]
pub struct Target {
    pub addr: SocketAddr,
    pub host: String,
}

impl Common {
    pub fn targets(&self) -> Result<Vec<Target>> {
        self.urls.iter().map(|url| target(url)).collect()
    }

    pub fn watched(&self) -> Watched {
        Watched { servers: self.server_pids.clone(), postgres: self.postgres_pid, redis: self.redis_pid }
    }

    pub fn connect_timeout(&self) -> Duration {
        Duration::from_secs(self.connect_timeout.clamp(1, 600))
    }

    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain.clamp(1, 600))
    }
}

impl LoadArgs {
    pub fn check(&self) -> Result<()> {
        ensure!((0.1..=3600.0).contains(&self.seconds), "--seconds must be 0.1 to 3600");
        ensure!((0.0..=600.0).contains(&self.warmup), "--warmup must be 0 to 600");
        ensure!((1..=64).contains(&self.threads), "--threads must be 1 to 64");
        ensure!(self.senders.is_none_or(|senders| senders > 0), "--senders must be 1 at least");
        ensure!(self.joins.is_none_or(|joins| (1..=255).contains(&joins)), "--joins must be 1 to 255");
        ensure!(self.body_bytes <= 10_000, "--body-bytes is at most 10000, the server's limit");
        if let Some(rate) = self.rate {
            ensure!((0.1..=1e6).contains(&rate), "--rate must be 0.1 to 1000000");
        }
        if let Some(count) = self.in_flight {
            ensure!((1..=1_000_000).contains(&count), "--in-flight must be 1 to 1000000");
        }
        Ok(())
    }
}

/// Load is for machines of one's own: any host but this one is refused, also a name that merely resolves elsewhere.
fn target(text: &str) -> Result<Target> {
    let url = Url::parse(text).with_context(|| format!("--url {text} is not a URL"))?;
    ensure!(url.scheme() == "http", "--url {text}: only http:// is supported");
    let host = url.host_str().with_context(|| format!("--url {text} has no host"))?;
    let port = url.port_or_known_default().unwrap_or(80);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let literal = bare.parse::<std::net::IpAddr>().is_ok();
    if !literal && bare != "localhost" {
        bail!("--url {text}: {bare} is not a loopback address; this program only ever loads this machine");
    }
    let addr = (bare, port)
        .to_socket_addrs()
        .with_context(|| format!("--url {text}: cannot resolve {bare}"))?
        .next()
        .with_context(|| format!("--url {text}: {bare} has no address"))?;
    if !addr.ip().is_loopback() {
        bail!("--url {text}: {} is not a loopback address; this program only ever loads this machine", addr.ip());
    }
    Ok(Target { addr, host: format!("{host}:{port}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_a_target() {
        for good in ["http://127.0.0.1:8080", "http://127.9.9.9", "http://localhost:1", "http://[::1]:8080/"] {
            assert!(target(good).is_ok(), "{good}");
        }
        for bad in
            ["http://10.0.0.1:8080", "http://0.0.0.0:80", "http://example.org", "https://127.0.0.1", "ftp://[::1]"]
        {
            assert!(target(bad).is_err(), "{bad}");
        }
        assert!(target("http://192.168.1.4").unwrap_err().to_string().contains("not a loopback address"));
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
