//! Logs. `docs/LOGGING.md` says what belongs into them and what must never be there.
//!
//! They go to the standard error output: what a command prints for people stays readable on the other one.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use super::log_lines::{QUEUE, ToQueue};
use crate::config::{LogFormat, Telemetry};

#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("the log filter cannot be read: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("logs were already set up: {0}")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
    #[error("no thread for the logs: {0}")]
    Thread(std::io::Error),
}

/// Before the process ends: the last lines leave.
pub fn flush() {
    QUEUE.flush();
}

/// For the whole process, once, before anything is worth logging.
pub fn init(settings: &Telemetry) -> Result<(), TelemetryError> {
    let filter = EnvFilter::builder().parse(&settings.log_filter)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(ToQueue(&QUEUE));
    match settings.log_format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).finish().with(PeersMistakes).try_init()?,
        LogFormat::Json => lines.json().flatten_event(true).finish().with(PeersMistakes).try_init()?,
    }
    let write = || QUEUE.work(std::io::stderr());
    std::thread::Builder::new().name("log-lines".to_owned()).spawn(write).map_err(TelemetryError::Thread)?;
    log_panics();
    Ok(())
}

/// Keeps what a peer does wrong from looking like an error of ours. The HTTP crate says at level ERROR that a request could not be
/// read, which anybody who scans a network causes; it was answered with 400, and an operator has nothing to do.
struct PeersMistakes;

impl<S: Subscriber> Layer<S> for PeersMistakes {
    fn event_enabled(&self, event: &Event<'_>, _context: Context<'_, S>) -> bool {
        let metadata = event.metadata();
        if *metadata.level() != Level::ERROR || metadata.target() != "actix_http::h1::dispatcher" {
            return true;
        }
        let mut words = Words::default();
        event.record(&mut words);
        if !words.0.starts_with("stream error: ") {
            return true;
        }
        // Not the words themselves: they may quote what the peer sent.
        tracing::debug!("a peer sent no HTTP that can be read, or went away in the middle of a request");
        false
    }
}

/// The message of an event.
#[derive(Default)]
struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

/// How often a thread panicked since the process began. The hook is the process's, and so is the number.
pub(super) fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

static PANICS: AtomicU64 = AtomicU64::new(0);

/// Where it happened, not what it says: the text of a panic can quote what somebody wrote.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        let backtrace = std::backtrace::Backtrace::capture();
        let thread = std::thread::current();
        let thread_name = thread.name().unwrap_or_default();
        if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
            tracing::error!(panic.location = location, thread.name = thread_name, panic.backtrace = %backtrace, "a thread panicked");
        } else {
            tracing::error!(panic.location = location, thread.name = thread_name, "a thread panicked");
        }
    }));
}
