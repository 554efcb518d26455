//! Runs that were heard before their turn.

use std::collections::BTreeMap;

use crate::domain::{Run, Seq};

/// Entries that may wait for a gap to be filled or for newer members, and what their text may take. Beyond, they are read
/// again from the database.
pub const MAX_PENDING: usize = 1024;
pub const MAX_PENDING_BYTES: usize = 4 * 1024 * 1024;

#[derive(Default)]
pub(super) struct Pending {
    by_first: BTreeMap<Seq, Run>,
    entries: usize,
    bytes: usize,
}

impl Pending {
    pub fn entries(&self) -> usize {
        self.entries
    }

    /// Of the text.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn is_empty(&self) -> bool {
        self.by_first.is_empty()
    }

    /// The run that begins here.
    pub fn at(&self, seq: Seq) -> Option<&Run> {
        self.by_first.get(&seq)
    }

    pub fn first(&self) -> Option<&Run> {
        self.by_first.first_key_value().map(|(_, run)| run)
    }

    pub fn keep(&mut self, run: Run) {
        // Two that begin with the same entry say the same, as far as both go.
        if self.by_first.get(&run.first()).is_some_and(|known| known.last() >= run.last()) {
            return;
        }
        self.take(run.first());
        self.entries += run.len();
        self.bytes += run.json().len();
        self.by_first.insert(run.first(), run);
        while self.entries > MAX_PENDING || self.bytes > MAX_PENDING_BYTES {
            // The farthest goes: what is next in line must always find a place.
            let Some((last, _)) = self.by_first.last_key_value() else { return };
            self.take(*last);
        }
    }

    pub fn take(&mut self, first: Seq) -> Option<Run> {
        let run = self.by_first.remove(&first)?;
        self.entries -= run.len();
        self.bytes -= run.json().len();
        Some(run)
    }

    /// Drops what begins before this entry. A run that goes beyond it is not cut up: it is in the database.
    pub fn drop_before(&mut self, seq: Seq) {
        while let Some((first, _)) = self.by_first.first_key_value().filter(|(first, _)| **first < seq) {
            self.take(*first);
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
