//! The parts that all test binaries share.

#![allow(dead_code, unused_imports, unused_macros, reason = "each test binary uses a part of it")]

#[macro_use]
pub mod databases;
pub mod checker;
pub mod journal;
pub mod logs;
pub mod mailbox;
pub mod metrics;
pub mod person;
pub mod proxy;
pub mod services;
pub mod socket;
pub mod stalled_reader;
pub mod test_app;

pub use databases::{Counted, TestDatabase, postgres_database, sqlite_database};
pub use person::{HttpAnswer, Person};
pub use socket::Socket;
pub use stalled_reader::StalledReader;
pub use test_app::{Hand, PASSWORD, TestApp};
