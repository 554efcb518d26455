//! The log of the servers in a test's process: errors go to the test's own output, and all of it is kept once a test asks.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, reload};

static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();
static IS_KEPT: AtomicBool = AtomicBool::new(false);
static KEPT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// From now on an error that a server logs is seen beside the failure of the test.
pub fn show_errors() {
    FILTER.get_or_init(|| {
        let (filter, handle) = reload::Layer::new(EnvFilter::new("error"));
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(Lines);
        tracing_subscriber::registry().with(filter).with(lines).init();
        handle
    });
}

/// From now on everything is kept, for [`kept`].
pub fn keep_all() {
    show_errors();
    IS_KEPT.store(true, Ordering::SeqCst);
    let filter = FILTER.get().expect("it was just installed");
    filter.reload(EnvFilter::new("info,entremise=trace")).expect("the subscriber lasts as long as the process");
}

pub fn kept() -> String {
    String::from_utf8(KEPT.lock().unwrap().clone()).expect("a log is text")
}

struct Lines;

struct NodeLogLine {
    is_error: bool,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = NodeLogLine;

    fn make_writer(&'a self) -> NodeLogLine {
        NodeLogLine { is_error: true }
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> NodeLogLine {
        NodeLogLine { is_error: *meta.level() == Level::ERROR }
    }
}

impl Write for NodeLogLine {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.is_error {
            std::io::stderr().write_all(bytes)?;
        }
        if IS_KEPT.load(Ordering::SeqCst) {
            KEPT.lock().unwrap().extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
