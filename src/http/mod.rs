//! HTTP: a handler for each route, the tables of routes, and the guards. A handler parses, calls one operation of `app`, and writes
//! its result as JSON; the rules are below.

mod answer;
mod api;
mod archive;
mod assets;
mod body;
mod connections;
mod describe;
mod document;
mod error;
mod guard;
mod health;
mod idempotency;
mod metrics;
mod openapi;
mod pages;
mod route;
mod routes;
mod scrape;
mod socket;
mod state;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use api::messages::page_of;
pub use connections::{ConnectionPermit, Connections};
pub use error::ApiError;
pub use guard::application;
pub use metrics::HttpMetrics;
pub use route::{Csrf, Layout, Route, Throttle, Who};
pub use routes::routes;
pub use scrape::configure_metrics;
pub use state::{HttpState, SiteSettings};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use state::{language_of, token_of};
