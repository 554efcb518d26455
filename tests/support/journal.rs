//! The notes of clients during outages: one JSON object a line, appended as it happens, in a file that no fault
//! touches. The checker knows nothing but these lines and the database.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalLine {
    /// Microseconds since the journal was begun, by a clock that is never set back.
    pub at: u64,
    /// The number of the client: a person can have several.
    pub client: u32,
    pub account: i64,
    #[serde(flatten)]
    pub event: JournalEvent,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum JournalEvent {
    /// A connection was opened with this session. Requests over HTTP count as one too.
    Connected {
        connection: u64,
        session: i64,
    },
    Closed {
        connection: u64,
        code: u16,
    },
    /// Everything above `after` is to come.
    Joined {
        connection: u64,
        room: i64,
        after: i64,
    },
    /// A join that was sent at `asked` was refused.
    NotJoined {
        connection: u64,
        room: i64,
        code: String,
        asked: u64,
    },
    Received {
        connection: u64,
        room: i64,
        seq: i64,
        author: Option<i64>,
        nonce: Option<String>,
        body: Option<String>,
    },
    /// The server said that the room is no longer the member's.
    Removed {
        connection: u64,
        room: i64,
    },
    Sent {
        connection: u64,
        room: i64,
        nonce: String,
        body: String,
    },
    /// `asked` is the time of the post that this answers.
    Acked {
        connection: u64,
        room: i64,
        nonce: String,
        seq: i64,
        asked: u64,
    },
    Refused {
        connection: u64,
        room: i64,
        nonce: String,
        code: String,
        asked: u64,
    },
    /// No answer will come.
    Unanswered {
        connection: u64,
        room: i64,
        nonce: String,
    },
    /// Somebody begins to take `member` out of the room, and later hears that it is done.
    RemovalAsked {
        room: i64,
        member: i64,
    },
    RemovalAcked {
        room: i64,
        member: i64,
    },
    ReturnAsked {
        room: i64,
        member: i64,
    },
    ReturnAcked {
        room: i64,
        member: i64,
    },
    EndAsked {
        session: i64,
    },
    EndAcked {
        session: i64,
    },
}

/// The open file. Shared by all clients of one run.
pub struct Recorder {
    path: PathBuf,
    file: Mutex<File>,
    begun: Instant,
}

impl Recorder {
    pub fn create(path: &Path) -> Self {
        let file = File::options().append(true).create_new(true).open(path).expect("the journal can be begun");
        Self { path: path.to_owned(), file: Mutex::new(file), begun: Instant::now() }
    }

    pub fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).expect("not that long")
    }

    pub fn note(&self, client: u32, account: i64, event: JournalEvent) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock, so that the lines stand in the order of their times.
        let line = JournalLine { at: self.now(), client, account, event };
        let mut text = serde_json::to_string(&line).expect("a line is JSON");
        text.push('\n');
        file.write_all(text.as_bytes()).expect("the journal can be written");
    }

    /// All of it, from the file.
    pub fn lines(&self) -> Vec<JournalLine> {
        let text = std::fs::read_to_string(&self.path).expect("the journal can be read");
        text.lines().map(|line| serde_json::from_str(line).expect("a line of ours")).collect()
    }
}
