//! What the server sends.

use std::borrow::Borrow;

use bytestring::ByteString;
use serde::Serialize;

use crate::domain::{AccountId, Code, Entry, Posted, Refusal, Role, RoomId, Seq, Timestamp, TransactionId};

/// Entries are sent in frames of about this size at most.
const ENTRIES_BYTES: usize = 128 * 1024;
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
        transaction: TransactionId,
        head: Seq,
        read: Seq,
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
        read: Seq,
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
    Left {
        #[serde(rename = "ref")]
        reference: u64,
        room: RoomId,
    },
    Added {
        room: RoomId,
        transaction: TransactionId,
    },
    Removed {
        room: RoomId,
        transaction: TransactionId,
    },
    Pong {
        #[serde(rename = "ref")]
        reference: Option<u64>,
    },
}

/// A member as the others see him.
#[derive(Debug, Clone, Serialize)]
pub struct MemberView {
    pub account: AccountId,
    pub name: String,
    pub role: Role,
    pub active: bool,
    pub read: Seq,
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
            bytes += (*entry).borrow().body.as_ref().map_or(0, String::len) + ENTRY_BYTES;
            fits
        };
        let (these, others) = rest.split_at(rest.iter().take_while(fits).count());
        rest = others;
        (!these.is_empty()).then_some(these)
    })
}
