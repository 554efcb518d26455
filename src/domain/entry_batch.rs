//! Entries of one room that follow on each other, as the text that clients are sent. The node that commits writes it once; from
//! there on it is carried as it is, to the connections of this node and over the bus to the others.

use std::borrow::Cow;

use bytestring::ByteString;
use serde::Deserialize;

use super::{AccountId, Entry, EntryKind, EntryRef, RoomId, Seq};

/// Either messages that were written under the same members, or one entry of another kind.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryBatch {
    room: RoomId,
    first: Seq,
    last: Seq,
    acl_version: i64,
    /// The authors of the messages.
    authors: Vec<AccountId>,
    /// The entries as JSON objects, with commas between them.
    json: ByteString,
    /// Anything but messages: a room must read what changed.
    change: Option<Box<Entry>>,
}

/// The fields that are read of an entry that is carried as text.
#[derive(Deserialize)]
struct EntryOutline<'a> {
    room: RoomId,
    seq: Seq,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    author: Option<AccountId>,
}

impl EntryOutline<'_> {
    fn is(&self, kind: EntryKind) -> bool {
        self.kind == kind.as_str()
    }
}

impl EntryBatch {
    /// A batch takes no further entry beyond either: it must find place in a frame, and in what may wait in a room.
    pub const BYTES: usize = 128 * 1024;
    pub const ENTRIES: usize = 512;

    /// Entries in rising order, in as few batches as can be.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<Self> {
        let mut batches = EntryBatchBuilder::default();
        entries.into_iter().for_each(|entry| batches.push(entry.borrowed()));
        batches.finish()
    }

    /// Entries that came as text: a JSON array. `None` unless it is a list of entries of this room that follow on each
    /// other, and no longer than a batch may be. Changes of members do not come so: a room must read them.
    pub fn parse(room: RoomId, acl_version: i64, array: &str) -> Option<Self> {
        let json = array.strip_prefix('[')?.strip_suffix(']').filter(|json| json.starts_with('{'))?;
        let entries: Vec<EntryOutline> = serde_json::from_str(array).ok()?;
        let (first, last) = (entries.first()?.seq, entries.last()?.seq);
        let mut expected = Some(first.0);
        for entry in &entries {
            let changes_members = entry.is(EntryKind::MemberAdded) || entry.is(EntryKind::MemberRemoved);
            if entry.room != room || changes_members || Some(entry.seq.0) != expected {
                return None;
            }
            expected = entry.seq.0.checked_add(1);
        }
        let mut authors = Vec::new();
        let messages = entries.iter().filter(|entry| entry.is(EntryKind::Message));
        messages.filter_map(|entry| entry.author).for_each(|author| note(&mut authors, author));
        let has_updates = entries.iter().any(|entry| entry.is(EntryKind::TransactionUpdated));
        let text = if has_updates { reread(array)? } else { json.into() };
        let batch = Self { room, first, last, acl_version, authors, json: text, change: None };
        // The last entry may stand out of the bound: a text of ten thousand characters that all had to be escaped.
        (batch.len() <= Self::ENTRIES && json.len() <= 2 * Self::BYTES).then_some(batch)
    }

    pub fn room(&self) -> RoomId {
        self.room
    }

    pub fn first(&self) -> Seq {
        self.first
    }

    pub fn last(&self) -> Seq {
        self.last
    }

    /// How many entries it is; never 0.
    #[expect(clippy::len_without_is_empty, reason = "there is no empty batch")]
    pub fn len(&self) -> usize {
        usize::try_from(self.last.0.saturating_sub(self.first.0)).unwrap_or(0).saturating_add(1)
    }

    /// The version of the members that all of it was written under.
    pub fn acl_version(&self) -> i64 {
        self.acl_version
    }

    pub fn authors(&self) -> &[AccountId] {
        &self.authors
    }

    /// The entries as JSON objects, with commas between them.
    pub fn json(&self) -> &str {
        &self.json
    }

    pub fn change(&self) -> Option<&Entry> {
        self.change.as_deref()
    }

    /// The entries themselves, read from the text.
    #[cfg(any(test, feature = "fuzzing"))]
    pub fn entries(&self) -> Vec<Entry> {
        let entries: Vec<Entry> = serde_json::from_str(&format!("[{}]", self.json)).unwrap_or_default();
        entries.into_iter().map(|entry| Entry { acl_version: self.acl_version, ..entry }).collect()
    }
}

/// Makes batches of entries that are given in rising order.
#[derive(Default)]
pub struct EntryBatchBuilder {
    finished: Vec<EntryBatch>,
    open: Option<OpenBatch>,
}

/// A batch of messages that may still grow.
struct OpenBatch {
    room: RoomId,
    first: Seq,
    last: Seq,
    acl_version: i64,
    authors: Vec<AccountId>,
    json: Vec<u8>,
    count: usize,
}

impl EntryBatchBuilder {
    pub fn push(&mut self, entry: EntryRef<'_>) {
        if let Some(open) = self.open.as_mut().filter(|open| open.takes(&entry)) {
            open.add(&entry);
            return;
        }
        self.close();
        let mut open = OpenBatch {
            room: entry.room,
            first: entry.seq,
            last: entry.seq,
            acl_version: entry.acl_version,
            authors: Vec::new(),
            json: Vec::with_capacity(256),
            count: 0,
        };
        open.add(&entry);
        if entry.body.is_message() {
            self.open = Some(open);
        } else {
            self.finished.extend(open.finish(Some(Box::new(entry.to_entry()))));
        }
    }

    pub fn finish(mut self) -> Vec<EntryBatch> {
        self.close();
        self.finished
    }

    fn close(&mut self) {
        self.finished.extend(self.open.take().and_then(|open| open.finish(None)));
    }
}

impl OpenBatch {
    fn takes(&self, entry: &EntryRef<'_>) -> bool {
        entry.body.is_message()
            && entry.room == self.room
            && entry.acl_version == self.acl_version
            && self.last.0.checked_add(1) == Some(entry.seq.0)
            && self.count < EntryBatch::ENTRIES
            && self.json.len() < EntryBatch::BYTES
    }

    fn add(&mut self, entry: &EntryRef<'_>) {
        if self.count > 0 {
            self.json.push(b',');
        }
        // Cannot fail: every field is a plain value, and memory takes what it is given.
        let _ = serde_json::to_writer(&mut self.json, entry);
        self.last = entry.seq;
        self.count += 1;
        if let Some(author) = entry.author.filter(|_| entry.body.is_message()) {
            note(&mut self.authors, author);
        }
    }

    fn finish(self, change: Option<Box<Entry>>) -> Option<EntryBatch> {
        let Self { room, first, last, acl_version, authors, json, .. } = self;
        let json = ByteString::try_from(json).ok()?;
        Some(EntryBatch { room, first, last, acl_version, authors, json, change })
    }
}

/// The entries as this version writes them. A node of an earlier one tells more of a changed transaction than its readers may see.
fn reread(array: &str) -> Option<ByteString> {
    let entries: Vec<Entry> = serde_json::from_str(array).ok()?;
    let text = serde_json::to_string(&entries).ok()?;
    Some(text.strip_prefix('[')?.strip_suffix(']')?.into())
}

/// A batch has many messages and few authors.
fn note(authors: &mut Vec<AccountId>, author: AccountId) {
    if !authors.contains(&author) {
        authors.push(author);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EntryBody, Timestamp};

    fn message(seq: i64) -> Entry {
        Entry {
            room: RoomId(7),
            seq: Seq(seq),
            author: Some(AccountId(seq % 2)),
            nonce: Some(format!("n{seq}")),
            body: EntryBody::message("\"hé\u{1}\\llo\"\n"),
            at: Timestamp(1_763_661_851_250),
            acl_version: 3,
        }
    }

    fn change(seq: i64, acl_version: i64) -> Entry {
        let data = serde_json::json!({ "account": 9, "name": "Anne", "role": "broker" });
        let body = EntryBody::from_parts("member_added".to_owned(), None, Some(data));
        Entry { nonce: None, body, acl_version, ..message(seq) }
    }

    fn spans(batches: &[EntryBatch]) -> Vec<(i64, i64)> {
        batches.iter().map(|batch| (batch.first.0, batch.last.0)).collect()
    }

    #[test]
    fn messages_are_one_run_and_anything_else_stands_alone() {
        let entries = [message(1), message(2), change(3, 4), change(4, 5), Entry { acl_version: 5, ..message(5) }];
        let batches = EntryBatch::of(&entries);
        assert_eq!(spans(&batches), [(1, 2), (3, 3), (4, 4), (5, 5)]);
        assert_eq!(batches.iter().map(EntryBatch::acl_version).collect::<Vec<_>>(), [3, 4, 5, 5]);
        assert_eq!(batches[0].authors(), [AccountId(1), AccountId(0)]);
        assert_eq!(
            batches.iter().map(|batch| batch.change().is_some()).collect::<Vec<_>>(),
            [false, true, true, false]
        );
        assert_eq!(batches[1].change(), Some(&entries[2]));
        assert_eq!(batches.iter().flat_map(EntryBatch::entries).collect::<Vec<_>>(), entries);
    }

    #[test]
    fn a_run_ends_at_a_hole_at_new_members_and_in_another_room() {
        let other_room = Entry { room: RoomId(8), ..message(4) };
        let entries = [message(1), message(3), Entry { acl_version: 4, ..message(4) }, other_room, message(5)];
        assert_eq!(spans(&EntryBatch::of(&entries)), [(1, 1), (3, 3), (4, 4), (4, 4), (5, 5)]);
        assert_eq!(spans(&EntryBatch::of(&[message(i64::MAX), message(i64::MIN)])).len(), 2);
    }

    #[test]
    fn a_run_is_bounded_in_entries_and_bytes() {
        let entries: Vec<Entry> = (1..=1_100).map(message).collect();
        assert_eq!(spans(&EntryBatch::of(&entries)), [(1, 512), (513, 1_024), (1_025, 1_100)]);
        let long = |seq| Entry { body: EntryBody::message("x".repeat(50_000)), ..message(seq) };
        let entries: Vec<Entry> = (1..=5).map(long).collect();
        let batches = EntryBatch::of(&entries);
        assert_eq!(spans(&batches), [(1, 3), (4, 5)]);
        assert!(batches.iter().all(|batch| batch.json().len() < 2 * EntryBatch::BYTES));
    }

    #[test]
    fn what_comes_as_text_is_taken_only_if_it_is_messages_of_the_room_that_follow_on_each_other() {
        let array = |entries: &[Entry]| serde_json::to_string(entries).unwrap();
        let entries = [message(4), message(5)];
        let parsed = EntryBatch::parse(RoomId(7), 3, &array(&entries)).unwrap();
        assert_eq!(Some(&parsed), EntryBatch::of(&entries).first());
        assert_eq!(EntryBatch::parse(RoomId(8), 3, &array(&entries)), None, "another room");
        assert_eq!(EntryBatch::parse(RoomId(7), 3, &array(&[message(4), message(6)])), None, "a hole");
        assert_eq!(EntryBatch::parse(RoomId(7), 3, &array(&[message(5), message(5)])), None, "a repeat");
        assert_eq!(EntryBatch::parse(RoomId(7), 3, &array(&[change(4, 3)])), None, "no message");
        let many: Vec<Entry> = (1..=513).map(message).collect();
        assert_eq!(EntryBatch::parse(RoomId(7), 3, &array(&many)), None, "more than a batch may have");
        let escape = format!("{}],\"more\":[{}", array(&entries[..1]), array(&entries[1..]));
        for text in ["", "[]", "{}", "[{}]", "[ ]", "[1]", &escape, array(&entries).trim_start_matches('[')] {
            assert_eq!(EntryBatch::parse(RoomId(7), 3, text), None, "{text}");
        }
    }
}
