//! Metrics. A part of the server owns what it counts, in plain atomics made once ([`Counter`], [`Level`], [`Histogram`]);
//! two servers in one process share nothing. A scrape asks every part for its numbers ([`Source`]) and writes them
//! in Prometheus' text format ([`render`]). `docs/OPERATING.md` says what each number means; `docs/adr/011` why it is so.
//!
//! Counting is a relaxed addition: no lock, no allocation, no search for a label. Events of each message are counted per
//! batch where it can be.
//!
//! No label may hold what people bring with them (ids, addresses, titles): every value is known when the server starts, and
//! every series exists from the beginning, so that the first increase is seen too.

mod instruments;
mod page;
mod process;
mod spread;

#[cfg(test)]
mod tests;

pub use instruments::{Counter, Counters, Distribution, Histogram, Label, Level, SECONDS, SLOW_SECONDS};
pub use page::{Page, Queue, Source, render};
pub use process::ProcessMetrics;
pub use spread::Spread;

/// The media type of [`render`]'s text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
