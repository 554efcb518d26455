//! The only place that knows Diesel. Functions here are named queries: they take a [`Db`] and domain types and
//! give domain types back. [`Store`] runs them off the actors' threads, under a deadline.

mod connection;
mod db;
mod error;
mod executor;
mod migrate;
mod schema;
mod sql_types;

pub mod accounts;
// pub mod invitations;
// pub mod log;
// pub mod mails;
// pub mod members;
// pub mod participants;
// pub mod rooms;
// pub mod sessions;
// pub mod throttles;
// pub mod transactions;

pub use connection::{Backend, DatabaseUrl, Store, StoreOptions};
pub use db::Db;
pub use error::{StoreError, StoreResult};

use db::on;

/// `text` anywhere, with SQL's own wildcards taken literally.
fn like_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
