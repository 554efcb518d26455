//! Entremise: a client portal with live rooms. `docs/ARCHITECTURE.md` says how the parts work together.
//!
//! Imports point down this ladder, never up:
//! `cli → server → http → realtime → jobs → app → store, adapters → domain`; `config`, `telemetry` and `testing` stand beside it.

pub mod adapters;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod http;
pub mod jobs;
pub mod realtime;
pub mod server;
pub mod store;
pub mod telemetry;
pub mod testing;
