//! Lines of the log on their way to the standard error output. A thread of its own writes them: whoever reads that output may stop
//! reading, and no thread that serves people waits for it. Lines that do not fit into the queue are left out and counted.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

pub const LINES: usize = 8_192;
pub const BYTES: usize = 4 * 1024 * 1024;
/// A process that ends waits so long for its last lines.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub static QUEUE: LogLines = LogLines::new();

pub struct LogLines {
    state: Mutex<LineState>,
    arrived: Condvar,
    written: Condvar,
    dropped: AtomicU64,
}

struct LineState {
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
    is_writing: bool,
}

/// How full it is.
pub struct Depth {
    pub lines: usize,
    pub bytes: usize,
    pub dropped: u64,
}

impl LogLines {
    const fn new() -> Self {
        let state = LineState { waiting: VecDeque::new(), bytes: 0, is_writing: false };
        Self { state: Mutex::new(state), arrived: Condvar::new(), written: Condvar::new(), dropped: AtomicU64::new(0) }
    }

    fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        if state.waiting.len() >= LINES || state.bytes + line.len() > BYTES {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        state.bytes += line.len();
        state.waiting.push_back(line.to_vec());
        drop(state);
        self.arrived.notify_one();
    }

    /// Writes what comes, for ever.
    pub fn work(&self, mut out: impl Write) {
        loop {
            self.write_waiting(&mut out);
        }
    }

    /// Waits for lines and writes one.
    fn write_waiting(&self, out: &mut impl Write) {
        let mut state = self.lock();
        while state.waiting.is_empty() {
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let Some(line) = state.waiting.pop_front() else { return };
        state.bytes -= line.len();
        state.is_writing = true;
        drop(state);
        // Nobody could be told that this failed.
        let _ = out.write_all(&line);
        self.lock().is_writing = false;
        self.written.notify_all();
    }

    /// Waits until all is written, or for a moment.
    pub fn flush(&self) {
        let is_busy = |state: &mut LineState| state.is_writing || !state.waiting.is_empty();
        let _ = self.written.wait_timeout_while(self.lock(), LAST_WORDS, is_busy);
    }

    pub fn depth(&self) -> Depth {
        let state = self.lock();
        Depth { lines: state.waiting.len(), bytes: state.bytes, dropped: self.dropped.load(Ordering::Relaxed) }
    }

    fn lock(&self) -> MutexGuard<'_, LineState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writer to which the formatter gives each event, as one line.
pub struct ToQueue(pub &'static LogLines);

pub struct LogLine(&'static LogLines);

impl<'a> MakeWriter<'a> for ToQueue {
    type Writer = LogLine;

    fn make_writer(&'a self) -> LogLine {
        LogLine(self.0)
    }
}

impl Write for LogLine {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out_and_counted_and_the_rest_is_written_in_order() {
        static LOG: LogLines = LogLines::new();
        let mut line = LogLine(&LOG);
        for number in 0..LINES + 10 {
            writeln!(line, "{number}").unwrap();
        }
        assert_eq!((LOG.depth().lines, LOG.depth().dropped > 0), (LINES, true));
        let mut out = Vec::new();
        while LOG.depth().lines > 0 {
            LOG.write_waiting(&mut out);
        }
        LOG.flush();
        assert!(out.starts_with(b"0") && LOG.depth().bytes == 0);
        LOG.push(&vec![b'x'; BYTES + 1]);
        assert_eq!(LOG.depth().lines, 0, "nor by their bytes");
    }
}
