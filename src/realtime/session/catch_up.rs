//! The progress of one session in one room: first the missed entries, read from the database, then the live ones. Pure.
//!
//! The session is subscribed before its history is read, so live entries may arrive too early. They are dropped: the
//! session notes the number of the last and reads on until it is reached. So nothing grows, and the entries of a connection are
//! contiguous whatever the room does.

use crate::domain::Seq;
use crate::testing::failpoints::is_subscribed_first;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatchUp {
    /// The last entry that was sent on this connection.
    cursor: Seq,
    /// The newest entry known to exist.
    seen: Seq,
    reading: bool,
}

/// The treatment of live entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Live {
    Send,
    /// The entries were sent already, or will be read.
    Drop,
    /// Entries are missing before it: read from the cursor.
    Read {
        after: Seq,
    },
}

/// The next step after a page was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterPage {
    Read { after: Seq },
    CaughtUp,
}

impl CatchUp {
    /// Starts reading if `cursor` is behind `head`.
    pub fn start(cursor: Seq, head: Seq) -> Self {
        Self { cursor, seen: head, reading: cursor < head }
    }

    pub fn is_reading(&self) -> bool {
        self.reading
    }

    pub fn cursor(&self) -> Seq {
        self.cursor
    }

    /// The entries `first` to `last` were committed, without a hole between them.
    pub fn live(&mut self, first: Seq, last: Seq) -> Live {
        if !is_subscribed_first() {
            return self.live_after_history(last);
        }
        if last <= self.cursor {
            return Live::Drop;
        }
        self.seen = self.seen.max(last);
        if self.reading {
            Live::Drop
        } else if first == self.cursor.next() {
            self.cursor = last;
            Live::Send
        } else {
            self.reading = true;
            Live::Read { after: self.cursor }
        }
    }

    /// The planted fault: as if it were subscribed only now that the history is there.
    fn live_after_history(&mut self, last: Seq) -> Live {
        if self.reading {
            return Live::Drop;
        }
        self.cursor = last;
        Live::Send
    }

    /// `last` is the last entry of the page that was just sent, `None` if the page was empty.
    pub fn page(&mut self, last: Option<Seq>) -> AfterPage {
        match last {
            Some(last) => self.cursor = self.cursor.max(last),
            // The database has nothing more, whatever was announced.
            None => self.seen = self.cursor,
        }
        if self.cursor < self.seen {
            AfterPage::Read { after: self.cursor }
        } else {
            self.reading = false;
            AfterPage::CaughtUp
        }
    }
}

#[cfg(test)]
mod tests;
