//! The frames that the server sends.

use std::borrow::Borrow;
use std::fmt::Write;

use bytestring::ByteString;
use serde::Serialize;

use crate::domain::{
    AccountChange, AccountId, ChangeSeq, Code, Entry, EntryBatch, Posted, Refusal, Role, RoomId, RoomSubject, Seq,
    Timestamp,
};

/// Entries are sent in frames of about this size at most.
const ENTRIES_BYTES: usize = EntryBatch::BYTES;
/// About what an entry takes beside its body.
const ENTRY_BYTES: usize = 200;

#[derive(Debug, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ServerFrame<'a> {
    Hello {
        protocol: u32,
        account: AccountId,
        heartbeat_ms: u64,
        max_body: usize,
        max_frame: usize,
    },
    Joined {
        #[serde(rename = "ref")]
        reference: u64,
        room: RoomId,
        #[serde(flatten)]
        subject: RoomSubject,
        head: Seq,
        read: Option<Seq>,
        joined_seq: Seq,
        unread: i64,
        members: Vec<MemberView>,
    },
    Entries {
        room: RoomId,
        entries: Vec<&'a Entry>,
    },
    Live {
        room: RoomId,
        seq: Seq,
    },
    Entry(&'a Entry),
    Posted {
        #[serde(rename = "ref")]
        reference: u64,
        #[serde(flatten)]
        posted: Posted,
    },
    Refused {
        #[serde(rename = "ref")]
        reference: Option<u64>,
        code: Code,
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        seq: Option<Seq>,
    },
    Unread {
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<u64>,
        room: RoomId,
        read: Option<Seq>,
        count: i64,
    },
    Read {
        room: RoomId,
        account: AccountId,
        seq: Seq,
    },
    Typing {
        room: RoomId,
        account: AccountId,
        on: bool,
    },
    Presence {
        room: RoomId,
        account: AccountId,
        online: bool,
        last_seen: Option<Timestamp>,
    },
    Member {
        room: RoomId,
        account: AccountId,
        name: &'a str,
    },
    Left {
        #[serde(rename = "ref")]
        reference: u64,
        room: RoomId,
    },
    Added {
        room: RoomId,
        #[serde(flatten)]
        subject: RoomSubject,
    },
    Removed {
        room: RoomId,
        #[serde(flatten)]
        subject: RoomSubject,
    },
    Following {
        #[serde(rename = "ref")]
        reference: u64,
        seq: ChangeSeq,
    },
    Changed {
        topic: &'a str,
        id: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        seq: Option<ChangeSeq>,
    },
    Stale {
        seq: ChangeSeq,
    },
    Pong {
        #[serde(rename = "ref")]
        reference: Option<u64>,
    },
}

/// A member as the others see them.
#[derive(Debug, Clone, Serialize)]
pub struct MemberView {
    pub account: AccountId,
    pub name: String,
    pub role: Role,
    pub active: bool,
    pub address_proved: bool,
    pub read: Option<Seq>,
    pub online: bool,
    pub last_seen: Option<Timestamp>,
}

impl<'a> ServerFrame<'a> {
    /// One frame's text. Encoded once, then shared by all who receive it.
    pub fn encode(&self) -> ByteString {
        match serde_json::to_string(self) {
            Ok(text) => text.into(),
            Err(error) => {
                // Cannot happen: every field is a plain value.
                tracing::error!(error = %error, "a frame could not be encoded");
                ByteString::from_static(r#"{"t":"refused","ref":null,"code":"internal"}"#)
            }
        }
    }

    pub fn changed(change: &'a AccountChange) -> Self {
        Self::Changed { topic: &change.topic, id: change.id, seq: change.seq }
    }

    /// Several entries of one room in one frame.
    pub fn entries<E: Borrow<Entry>>(room: RoomId, entries: &'a [E]) -> Self {
        Self::Entries { room, entries: entries.iter().map(Borrow::borrow).collect() }
    }

    pub fn refused(reference: Option<u64>, refusal: &Refusal) -> Self {
        Self::Refused {
            reference,
            code: refusal.code,
            retry_after: refusal.retry_after_ms.or_else(|| refusal.code.is_temporary().then_some(1000)),
            seq: refusal.seq,
        }
    }
}

/// Cuts entries into parts that make frames of a bearable size.
pub fn parts<E: Borrow<Entry>>(entries: &[E]) -> impl Iterator<Item = &[E]> {
    let mut rest = entries;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |entry: &&E| {
            let fits = bytes < ENTRIES_BYTES;
            bytes += (*entry).borrow().body.text().map_or(0, str::len) + ENTRY_BYTES;
            fits
        };
        let (these, others) = rest.split_at(rest.iter().take_while(fits).count());
        rest = others;
        (!these.is_empty()).then_some(these)
    })
}

/// Frames of batches that follow on each other, each with its first and last entry. The entries are text already, so a frame
/// is put together by copying: an `entry` for one, `entries` for several.
pub fn frames_of(batches: &[EntryBatch]) -> impl Iterator<Item = (Seq, Seq, ByteString)> {
    let mut rest = batches;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |batch: &&EntryBatch| {
            let fits = bytes == 0 || bytes + batch.json().len() <= ENTRIES_BYTES;
            bytes += batch.json().len();
            fits
        };
        let (these, others) = rest.split_at(rest.iter().take_while(fits).count());
        rest = others;
        Some((these.first()?.first(), these.last()?.last(), frame_of(these)?))
    })
}

fn frame_of(batches: &[EntryBatch]) -> Option<ByteString> {
    let (first, others) = batches.split_first()?;
    let length = batches.iter().map(|batch| batch.json().len() + 1).sum::<usize>();
    let mut text = String::with_capacity(length + 64);
    if let Some(fields) = first.json().strip_prefix('{').filter(|_| others.is_empty() && first.len() == 1) {
        text.push_str(r#"{"t":"entry","#);
        text.push_str(fields);
        return Some(text.into());
    }
    let _ = write!(text, r#"{{"t":"entries","room":{},"entries":["#, first.room());
    text.push_str(first.json());
    for batch in others {
        text.push(',');
        text.push_str(batch.json());
    }
    text.push_str("]}");
    Some(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EntryBody;

    fn entries(seqs: std::ops::RangeInclusive<i64>, body: &str) -> Vec<Entry> {
        let entry = |seq| Entry {
            room: RoomId(7),
            seq: Seq(seq),
            author: Some(AccountId(1)),
            nonce: Some(format!("n{seq}")),
            body: EntryBody::message(body),
            at: Timestamp(1_763_661_851_250),
            acl_version: 3,
        };
        seqs.map(entry).collect()
    }

    #[test]
    fn frames_of_runs_are_what_serde_would_write() {
        let change = |seq| Entry {
            nonce: None,
            body: EntryBody::Other {
                kind: "poll".to_owned(),
                text: None,
                data: Some(serde_json::json!({ "status": "closed" })),
            },
            ..entries(seq..=seq, "").remove(0)
        };
        for entries in [entries(4..=4, "\"\u{1}é"), entries(4..=6, "x"), vec![change(4)], vec![change(4), change(5)]] {
            let batches = EntryBatch::of(&entries);
            let frames: Vec<_> = frames_of(&batches).collect();
            let expected = match entries.as_slice() {
                [one] => ServerFrame::Entry(one).encode(),
                several => ServerFrame::entries(RoomId(7), several).encode(),
            };
            assert_eq!(frames, [(entries[0].seq, entries[entries.len() - 1].seq, expected)]);
        }
    }

    #[test]
    fn frames_are_bounded_and_lose_nothing() {
        let batches = EntryBatch::of(&entries(1..=40, &"x".repeat(10_000)));
        assert!(batches.len() > 2);
        let cut: Vec<EntryBatch> =
            EntryBatch::of(&entries(41..=70, "y")).into_iter().chain(EntryBatch::of(&entries(71..=71, "z"))).collect();
        let all: Vec<EntryBatch> = batches.into_iter().chain(cut).collect();
        let frames: Vec<_> = frames_of(&all).collect();
        let mut expected = 1;
        for (first, last, frame) in &frames {
            assert_eq!(first.0, expected);
            expected = last.0 + 1;
            assert!(frame.len() < ENTRIES_BYTES + 12_000, "{}", frame.len());
            let read: serde_json::Value = serde_json::from_str(frame).unwrap();
            assert_eq!(read["entries"].as_array().map(Vec::len), Some(usize::try_from(last.0 - first.0 + 1).unwrap()));
        }
        assert_eq!(expected, 72);
        assert_eq!(frames_of(&[]).count(), 0);
    }
}
