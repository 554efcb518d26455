//! The entries of a room's log.
//!
//! An entry has a kind, a text and data. Kinds that this version knows are typed ([`EntryBody`]); one of a later version is carried
//! as it is, unread, so that nodes of two versions serve the same room. A system entry holds ids and states: values that an access flag
//! may hide are read through the operations that look at the flag.

mod body;
mod message;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

pub use body::{EntryBody, EntryData, EntryKind, MemberEntry, TransactionCreated, TransactionUpdated};
pub use message::{MessageBody, Nonce, Posted};

use super::{AccountId, RoomId, Seq, Timestamp};

/// One thing that happened in a room. Its JSON is what travels over the socket, REST and the bus.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub room: RoomId,
    pub seq: Seq,
    pub author: Option<AccountId>,
    pub nonce: Option<String>,
    pub body: EntryBody,
    pub at: Timestamp,
    /// The version of the member set that was in force. Not for clients: nodes deliver an entry only with a set at least
    /// this new, so that a node that slept through a removal cannot leak.
    pub acl_version: i64,
}

/// An entry whose texts belong to somebody else. Its JSON is that of an [`Entry`].
#[derive(Debug, Clone, Copy)]
pub struct EntryRef<'a> {
    pub room: RoomId,
    pub seq: Seq,
    pub author: Option<AccountId>,
    pub nonce: Option<&'a str>,
    pub body: &'a EntryBody,
    pub at: Timestamp,
    pub acl_version: i64,
}

impl Entry {
    pub fn borrowed(&self) -> EntryRef<'_> {
        EntryRef {
            room: self.room,
            seq: self.seq,
            author: self.author,
            nonce: self.nonce.as_deref(),
            body: &self.body,
            at: self.at,
            acl_version: self.acl_version,
        }
    }
}

impl EntryRef<'_> {
    pub fn to_entry(self) -> Entry {
        Entry {
            room: self.room,
            seq: self.seq,
            author: self.author,
            nonce: self.nonce.map(str::to_owned),
            body: self.body.clone(),
            at: self.at,
            acl_version: self.acl_version,
        }
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.borrowed().serialize(serializer)
    }
}

#[derive(Serialize)]
struct EntryFields<'a> {
    room: RoomId,
    seq: Seq,
    kind: &'a str,
    author: Option<AccountId>,
    nonce: Option<&'a str>,
    body: Option<&'a str>,
    data: Option<EntryData<'a>>,
    at: Timestamp,
}

impl Serialize for EntryRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { room, seq, author, nonce, body, at, .. } = *self;
        EntryFields { room, seq, kind: body.kind(), author, nonce, body: body.text(), data: body.data(), at }
            .serialize(serializer)
    }
}

#[derive(Deserialize)]
struct ParsedEntry {
    room: RoomId,
    seq: Seq,
    kind: String,
    author: Option<AccountId>,
    nonce: Option<String>,
    body: Option<String>,
    data: Option<Value>,
    at: Timestamp,
}

/// Without the version of the members, which its JSON leaves out.
impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ParsedEntry { room, seq, kind, author, nonce, body, data, at } = ParsedEntry::deserialize(deserializer)?;
        Ok(Self { room, seq, author, nonce, body: EntryBody::from_parts(kind, body, data), at, acl_version: 0 })
    }
}
