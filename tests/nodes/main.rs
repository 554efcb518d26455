//! Real processes of the server against PostgreSQL and Redis: several nodes, and what happens when a part dies, hangs or
//! is told to stop.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test may stop at the first surprise"
)]

#[path = "../support/mod.rs"]
#[macro_use]
mod support;

mod across;
mod changes;
mod commands;
mod database;
mod disk_full;
mod encrypted;
mod floods;
mod harness;
mod installations;
mod jobs;
mod killed;
mod logs;
mod mail;
mod metrics;
mod overload;
mod panics;
mod previous;
mod races;
mod redis;
mod revocation;
mod signed;
mod slow_readers;
mod sqlite;
mod starts;
mod stopping;
mod upgrades;
mod versions;
