//! What people do, done by real browsers on the demo: the same command, the same pages, the same clicks.
//!
//! With `ENTREMISE_SCREENSHOTS=FOLDER` the main job also takes the pictures of the README.

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

mod browser;
mod demo;
mod stage;
mod wire;

mod api_docs;
mod calm_lists;
mod calm_room;
mod client_import;
mod client_records;
mod dead_links;
mod every_page;
mod first_paint;
mod forgotten;
mod forms;
mod given_access;
mod half_filled;
mod history;
mod invitations;
mod judgement;
mod keyboard;
mod main_job;
mod offline;
mod opened;
mod records;
mod removal;
mod renamed;
mod scrollbars;
mod signed_out;
mod small_screens;
mod texts;
mod traces;
