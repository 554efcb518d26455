//! One server in this process, spoken to as any client would: HTTP, pages and sockets.

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

mod access_links;
mod accounts;
mod activation;
mod assets;
mod attempts;
mod authz;
mod bad_input;
mod canonical_text;
mod clients;
mod connections;
mod docs;
mod failures;
mod fair_turns;
mod following;
mod forged_requests;
mod headers;
mod health;
mod inactive_clients;
mod interop;
mod invitation_forms;
mod invitations;
mod languages;
mod lock_order;
mod locks;
mod logs;
mod mail_limits;
mod mailbox;
mod me;
mod messages;
mod metrics;
mod participants;
mod participation;
mod password_resets;
mod previous;
mod proofs;
mod protocol;
mod repeating;
mod rfc6455;
mod rights;
mod rooms;
mod searching;
mod session_races;
mod sessions;
mod setup;
mod sign_in;
mod slow_bodies;
mod statements;
mod takeovers;
mod transactions;
mod withheld_codes;
