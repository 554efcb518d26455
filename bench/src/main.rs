//! `entremise-bench`: the load program. See `bench/README.md` for how to run it and for the unit of every field.
//!
//! It shares its two cores with the server it measures, so it is built to be light: one thread (unless asked for more),
//! its own RFC 6455 framing over reused buffers, and a scanner that reads the frequent frames without a JSON parser.
#![cfg_attr(test, allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used))]

mod bare;
mod cli;
mod connect;
mod drive;
mod events;
mod fixture;
mod frame;
mod idle;
mod letter;
mod load;
mod pg;
mod process;
mod reconnect;
mod report;
mod resume;
mod shard;
mod socket;
mod suite;
mod verify;
mod wire;

#[cfg(test)]
mod fake_server;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use clap::Parser;

use crate::bare::Bare;
use crate::cli::{BenchCommand, Cli};
use crate::report::Printed;

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("entremise-bench: the run FAILED its verification; see the JSON line");
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("entremise-bench: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Runs the command and prints its one line; false if what was delivered is not what was acknowledged.
fn run(cli: &Cli) -> anyhow::Result<bool> {
    let Printed { line, passed } = match &cli.command {
        BenchCommand::Load(args) => load::run(args)?.print()?,
        BenchCommand::Idle(args) => idle::run(args)?.print()?,
        BenchCommand::Reconnect(args) => reconnect::run(args)?.print()?,
        BenchCommand::Bare(Bare::Insert(args)) => bare::insert::run(args)?,
        BenchCommand::Bare(Bare::Commit(args)) => bare::commit::run(args)?,
        BenchCommand::Resume(args) => resume::run(args)?,
        BenchCommand::Suite(suite) => return suite::run(suite),
        BenchCommand::Bare(Bare::Broadcast(args)) => {
            bare::broadcast::run(args)?;
            return Ok(true);
        }
    };
    println!("{line}");
    Ok(passed)
}
