//! Logs and metrics for operators. They stand beside the ladder: every layer may use them, and they import none.

mod log_lines;
mod logs;
pub mod metrics;

use logs::panics;
pub use logs::{TelemetryError, flush, init};
