//! The only place that knows Diesel. Functions here are named queries: they take a [`Db`] and domain types and
//! give domain types back. [`Store`] runs them off the actors' threads, under a deadline.

mod connection;
mod db;
mod erasure;
mod error;
mod executor;
mod files;
mod manager;
mod metrics;
mod migrate;
mod outage;
mod read_queue;
mod schema;
mod sql_types;

pub mod access;
pub mod access_links;
pub mod account_changes;
pub mod accounts;
pub mod bus_keys;
pub mod clients;
pub mod clock;
pub mod demo_mails;
pub mod idempotency;
pub mod invitations;
pub mod jobs;
pub mod log;
pub mod mails;
pub mod members;
pub mod names;
pub mod participants;
pub mod participation_requests;
pub mod password_resets;
pub mod rooms;
pub mod search;
pub mod secrets;
pub mod sessions;
pub mod setup_links;
pub mod throttles;
pub mod transaction_changes;
pub mod transactions;
mod wal;

pub use connection::{Store, StoreOptions};
pub use db::Db;
pub use error::{ConnectFailure, StoreError, StoreErrorKind, StoreResult};

use db::on;

/// Names the columns of a row once, because the type of such a tuple cannot be written by hand.
macro_rules! columns {
    ($($visibility:vis $name:ident = [$($column:path),+ $(,)?];)+) => {
        $($visibility const $name: ($($column,)+) = ($($column,)+);)+
    };
}
use columns;

#[cfg(test)]
pub(crate) mod testing;
