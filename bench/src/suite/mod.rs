//! Suites: several measurements on one machine in one run, whose figures are told as ratios of each other. `scripts/bench`
//! builds the programs, starts PostgreSQL and Redis, and calls these.
//!
//! A suite owns nothing of what it measures: servers and load programs are processes of their own, each with a fresh
//! database. It prints Markdown on the standard output and writes every figure of every run into a JSON file.

mod bulk;
mod figures;
mod guarantees;
mod idle;
mod node;
mod nodes;
mod paper;
mod ratios;
mod reconnect;
mod redis;
mod scale;
mod stage;
mod table;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum Suite {
    /// The server beside the bare programs: throughput, CPU per delivery, latency of a commit
    Ratios(ratios::RatiosArgs),
    /// Sockets that only listen: memory of each
    Idle(idle::IdleSuiteArgs),
    /// Everybody dropped at once, and back
    Reconnect(reconnect::ReconnectSuiteArgs),
    /// More rooms, more members, more history: cost per delivery and per join
    Scale(scale::ScaleArgs),
    /// Two nodes joined by Redis beside one
    Nodes(nodes::NodesArgs),
    /// Guarantees switched off one at a time, and what each costs
    Guarantees(guarantees::GuaranteesArgs),
    /// The needs of more nodes, computed from the other measurements
    Paper(paper::PaperArgs),
}

/// The settings of every suite.
#[derive(Debug, Clone, Args)]
pub struct SuiteSetting {
    /// The server's program
    #[arg(long, default_value = "target/release/entremise")]
    pub server: PathBuf,
    /// A PostgreSQL to make databases in
    #[arg(long, env = "TEST_DATABASE_URL", hide_env_values = true)]
    pub postgres: Option<String>,
    /// A Redis to join nodes by
    #[arg(long, env = "TEST_REDIS_URL", hide_env_values = true)]
    pub redis: Option<String>,
    /// Where all figures go, as JSON
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// A page with a place for the tables, such as docs/PERFORMANCE.md
    #[arg(long)]
    pub into: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ValueEnum)]
pub enum Database {
    Postgres,
    Sqlite,
}

impl Database {
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
        }
    }
}

/// True if everything that was delivered was verified.
pub fn run(suite: &Suite) -> Result<bool> {
    match suite {
        Suite::Ratios(args) => ratios::run(args),
        Suite::Idle(args) => idle::run(args),
        Suite::Reconnect(args) => reconnect::run(args),
        Suite::Scale(args) => scale::run(args),
        Suite::Nodes(args) => nodes::run(args),
        Suite::Guarantees(args) => guarantees::run(args),
        Suite::Paper(args) => paper::run(args),
    }
}
