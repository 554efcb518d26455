//! The store against both databases.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test may stop at the first surprise"
)]

#[path = "../support/mod.rs"]
mod support;

mod access_column;
mod architecture;
mod compiled;
mod files;
mod first_build;
mod guarantees;
mod migrations;
mod shape;
mod words;
