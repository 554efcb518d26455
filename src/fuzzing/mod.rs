//! What reads bytes of strangers, each as a function that takes any bytes and stops where a promise is broken. `fuzz/` gives
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
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
    pub seeds: &'static [&'static [u8]],
}

pub const TARGETS: &[Target] = &[
    Target { name: "client_frame", run: frames::client_frame, seeds: frames::CLIENT_FRAMES },
    Target { name: "heads", run: frames::heads, seeds: frames::HEADS },
    Target { name: "bus_event", run: bus::event, seeds: bus::EVENTS },
    Target { name: "bus_message", run: bus::message, seeds: bus::MESSAGES },
    Target { name: "room", run: room::schedule, seeds: room::SCHEDULES },
    Target { name: "page_query", run: requests::page_query, seeds: requests::QUERIES },
    Target { name: "credentials", run: requests::credentials, seeds: requests::CREDENTIALS },
    Target { name: "addresses", run: requests::addresses, seeds: requests::ADDRESSES },
];

/// Runs the target of this name.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of this name");
    (target.run)(bytes);
}
