//! What the server sends.

use std::sync::Arc;

use bytestring::ByteString;
use serde::Serialize;

use crate::domain::{AccountId, Code, Entry, Posted, Refusal, Role, RoomId, Seq, Timestamp, TransactionId};

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
        entries: &'a [Entry],
    },
    Live {
        room: RoomId,
        seq: Seq,
    },
    Entry(&'a Arc<Entry>),
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

impl ServerFrame<'_> {
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

    pub fn refused(reference: Option<u64>, refusal: &Refusal) -> Self {
        Self::Refused {
            reference,
            code: refusal.code,
            retry_after: refusal.retry_after_ms.or_else(|| refusal.code.is_temporary().then_some(1000)),
            seq: refusal.seq,
        }
    }
}
