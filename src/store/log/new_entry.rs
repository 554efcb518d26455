//! An entry that a member wants to add to a room's log.

use crate::domain::{AccountId, EntryBody, Nonce, RoomId, SessionId};

/// A message, or an entry of any other kind that a member writes: the log checks the author's right to the room, and the nonce.
#[derive(Debug, Clone)]
pub struct NewEntry {
    pub room: RoomId,
    pub account: AccountId,
    pub session: SessionId,
    pub nonce: Nonce,
    pub body: EntryBody,
    /// The data of the body as its column holds it.
    data: Option<String>,
}

impl NewEntry {
    pub fn new(room: RoomId, account: AccountId, session: SessionId, nonce: Nonce, body: EntryBody) -> Self {
        let data = body.data_json();
        Self { room, account, session, nonce, body, data }
    }

    pub fn data(&self) -> Option<&str> {
        self.data.as_deref()
    }

    /// Its size in the queue.
    pub fn bytes(&self) -> usize {
        self.body.text().map_or(0, str::len) + self.data.as_ref().map_or(0, String::len)
    }

    /// The same again, under the same nonce.
    pub fn says(&self, kind: &str, text: Option<&str>, data: Option<&str>) -> bool {
        (self.body.kind(), self.body.text(), self.data()) == (kind, text, data)
    }
}
