//! Batches that came before the entries in front of them.

use std::collections::BTreeMap;

use crate::domain::{EntryBatch, Seq};

/// Entries that may wait for a gap to be filled or for newer members, and what their text may take. Beyond, they are read
/// again from the database.
pub const MAX_PENDING: usize = 1024;
pub const MAX_PENDING_BYTES: usize = 4 * 1024 * 1024;

#[derive(Default)]
pub(super) struct Pending {
    by_first: BTreeMap<Seq, EntryBatch>,
    entries: usize,
    bytes: usize,
}

impl Pending {
    pub fn entries(&self) -> usize {
        self.entries
    }

    /// Bytes of the text.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn is_empty(&self) -> bool {
        self.by_first.is_empty()
    }

    /// The batch that begins here.
    pub fn at(&self, seq: Seq) -> Option<&EntryBatch> {
        self.by_first.get(&seq)
    }

    pub fn first(&self) -> Option<&EntryBatch> {
        self.by_first.first_key_value().map(|(_, batch)| batch)
    }

    pub fn keep(&mut self, batch: EntryBatch) {
        // Two that begin with the same entry say the same, as far as both go.
        if self.by_first.get(&batch.first()).is_some_and(|known| known.last() >= batch.last()) {
            return;
        }
        self.take(batch.first());
        self.entries += batch.len();
        self.bytes += batch.json().len();
        self.by_first.insert(batch.first(), batch);
        while self.entries > MAX_PENDING || self.bytes > MAX_PENDING_BYTES {
            // The farthest goes: what is next in line must always find a place.
            let Some((last, _)) = self.by_first.last_key_value() else { return };
            self.take(*last);
        }
    }

    pub fn take(&mut self, first: Seq) -> Option<EntryBatch> {
        let batch = self.by_first.remove(&first)?;
        self.entries -= batch.len();
        self.bytes -= batch.json().len();
        Some(batch)
    }

    /// Drops what begins before this entry. A batch that goes beyond it is not cut up: it is in the database.
    pub fn drop_before(&mut self, seq: Seq) {
        while let Some((first, _)) = self.by_first.first_key_value().filter(|(first, _)| **first < seq) {
            self.take(*first);
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
