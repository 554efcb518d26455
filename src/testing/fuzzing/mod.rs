//! The readers of strangers' bytes, each as a function that takes any bytes and stops where a promise is broken. `fuzz/` gives
//! them to libFuzzer; the test in [`replay`] gives them what was found there and some thousands of mutations. Only in tests
//! and in a build with the feature `fuzzing`; docs/TESTING.md says how to run it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a target stops at the first surprise, and is in no server"
)]

mod bus;
mod frames;
#[cfg(test)]
mod replay;
mod requests;
mod room;

/// A target: its name in `fuzz/`, the function, and something to begin with.
pub struct FuzzTarget {
    pub name: &'static str,
    pub batch: fn(&[u8]),
    pub seeds: &'static [&'static [u8]],
}

pub const TARGETS: &[FuzzTarget] = &[
    FuzzTarget { name: "client_frame", batch: frames::client_frame, seeds: frames::CLIENT_FRAMES },
    FuzzTarget { name: "heads", batch: frames::heads, seeds: frames::HEADS },
    FuzzTarget { name: "bus_event", batch: bus::event, seeds: bus::EVENTS },
    FuzzTarget { name: "bus_message", batch: bus::message, seeds: bus::MESSAGES },
    FuzzTarget { name: "room", batch: room::schedule, seeds: room::SCHEDULES },
    FuzzTarget { name: "page_query", batch: requests::page_query, seeds: requests::QUERIES },
    FuzzTarget { name: "credentials", batch: requests::credentials, seeds: requests::CREDENTIALS },
    FuzzTarget { name: "addresses", batch: requests::addresses, seeds: requests::ADDRESSES },
];

/// Runs the target of this name.
pub fn batch(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of this name");
    (target.batch)(bytes);
}
