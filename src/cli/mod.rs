//! The commands of the one binary.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "commands speak to the person who typed them")]

mod accounts;
mod bench_fixture;
mod bus_key;
mod check_config;
mod demo;
mod jobs;
mod migrate;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;

#[derive(Parser)]
#[command(name = "entremise", version, about = "A client portal with live rooms")]
struct Arguments {
    /// A TOML file with settings; the environment wins over it.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve,
    /// Run a sample office on SQLite; nothing leaves this machine.
    Demo(demo::DemoArguments),
    /// Bring the database's schema up to date.
    Migrate,
    /// Say whether the configuration is good, and what it means.
    CheckConfig,
    /// Make an account that manages accounts.
    CreateAdmin(accounts::AccountArguments),
    /// Make an account that invites clients.
    CreateBroker(accounts::AccountArguments),
    /// The keys with which nodes sign what they tell each other.
    #[command(subcommand)]
    BusKey(bus_key::BusKeyCommand),
    /// The jobs that run after requests, and by the clock.
    #[command(subcommand)]
    Jobs(jobs::JobsCommand),
    /// Fill the database for the load program in `bench/`.
    #[command(hide = true)]
    BenchFixture(bench_fixture::FixtureArguments),
}

pub fn run() -> ExitCode {
    keep_openssl_until_the_end();
    let arguments = Arguments::parse();
    if let Command::Demo(demo) = &arguments.command {
        return finish(demo::run(demo));
    }
    let config = match Config::load(arguments.config.as_deref(), |name| std::env::var(name).ok()) {
        Ok(config) => config,
        Err(errors) => return finish(Err(errors.to_string())),
    };
    finish(match arguments.command {
        Command::Serve => serve::run(&config),
        Command::Demo(_) => Ok(()),
        Command::Migrate => migrate::run(&config),
        Command::CheckConfig => check_config::run(&config),
        Command::CreateAdmin(arguments) => accounts::create(&config, &arguments, crate::domain::Role::Admin),
        Command::CreateBroker(arguments) => accounts::create(&config, &arguments, crate::domain::Role::Broker),
        Command::BusKey(command) => bus_key::run(&config, &command),
        Command::Jobs(command) => jobs::run(&config, &command),
        Command::BenchFixture(arguments) => bench_fixture::run(&config, &arguments),
    })
}

/// A thread of the pool may be opening a connection through TLS while the process ends. OpenSSL must then not be torn down under it,
/// which it would be by its own handler at exit: the process would end by a segmentation fault.
fn keep_openssl_until_the_end() {
    const NO_ATEXIT: u64 = 0x0008_0000;
    #[expect(unsafe_code, reason = "the library has no safe way, and this is its first call")]
    // SAFETY: no other thread runs yet, and null settings are the documented default.
    unsafe {
        openssl_sys::OPENSSL_init_ssl(NO_ATEXIT, std::ptr::null());
    }
}

fn finish(result: Result<(), String>) -> ExitCode {
    crate::telemetry::flush();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_well_formed() {
        super::Arguments::command().debug_assert();
    }
}
