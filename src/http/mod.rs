//! HTTP: the route table, what guards it, and a handler per route. Handlers parse, call one operation of `app`, and write
//! its result as JSON; rules live below.

mod api;
mod assets;
mod body;
mod connections;
mod error;
mod guard;
mod headers;
mod health;
mod idempotency;
mod metrics;
mod pages;
mod routes;
mod socket;
mod state;
mod unread;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use api::messages::page_of;
pub use connections::{ConnectionPermit, Connections};
pub use error::ApiError;
pub use guard::guard;
pub use metrics::{HttpMetrics, configure_metrics};
pub use routes::{ROUTES, Route, Who, configure};
pub use state::{HttpState, SiteSettings};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use state::{language_of, token_of};
