//! Events: published after a commit, or without one for what is not stored (typing, presence).

use serde::{Deserialize, Serialize};

use super::states::states;
use super::{AccountChange, AccountId, EntryBatch, NodeId, RoomId, RoomSubject, Seq, SessionId, Timestamp};

#[derive(Debug, Clone)]
pub enum Event {
    Room(RoomId, RoomEvent),
    Account(AccountId, AccountEvent),
}

#[derive(Debug, Clone, PartialEq)]
pub enum RoomEvent {
    /// Entries that are committed.
    Committed(EntryBatch),
    /// A member's read position moved.
    Read {
        account: AccountId,
        seq: Seq,
        unread: i64,
    },
    Typing {
        account: AccountId,
        on: bool,
    },
    /// A member has another name, since then. Of two such events the later one counts.
    Renamed {
        account: AccountId,
        name: String,
        at: Timestamp,
    },
    /// The people whom one node has connected in this room.
    Presence(PresenceReport),
    /// A node has begun to follow this room and asks the others for their reports.
    WhoIsThere,
}

/// The people whom one node has connected in one room. It replaces that node's earlier report and dies after a minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceReport {
    pub node: NodeId,
    pub online: Vec<AccountId>,
    /// When the people who are no longer in `online` were last seen by that node.
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountEvent {
    /// Sessions ended: one of them, or all but one, or all.
    Ended { session: Option<SessionId>, kept: Option<SessionId>, reason: EndReason },
    /// The person became a member of a room. `version` is that of its members, which an older version of this program does not
    /// say.
    Added {
        room: RoomId,
        #[serde(flatten)]
        subject: RoomSubject,
        #[serde(default)]
        version: Option<i64>,
    },
    /// Something looks different to this person from now on.
    Changed(AccountChange),
}

states! {
    EndReason {
        SignedOut = "signed_out",
        PasswordChanged = "password_changed",
        Deactivated = "deactivated",
        Expired = "expired",
    }
}

impl EndReason {
    /// The reason as a version that knows only three calls it.
    pub fn coarse(self) -> Self {
        match self {
            Self::PasswordChanged => Self::SignedOut,
            reason => reason,
        }
    }
}
