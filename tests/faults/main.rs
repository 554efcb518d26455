//! The fault suite: several processes of the server, their database and their Redis, all of which die, hang and come back,
//! under clients that write down what they are told. A checker that knows only these journals and the database says
//! whether every promise was kept. `planted` shows that it would say so if one were not.

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
#[path = "../nodes/harness/mod.rs"]
mod harness;
mod stage;

mod checker;
mod commits;
mod deaths;
mod nonces;
mod order;
mod outages;
mod planted;
mod removal;
mod resume;
mod silence;
mod verdict;
