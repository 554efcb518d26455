//! What an operator sees: logs and metrics. Stands beside the ladder; anyone may use it, and it knows nobody.

mod log_lines;
mod logs;
pub mod metrics;

use logs::panics;
pub use logs::{TelemetryError, flush, init};
