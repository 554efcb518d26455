//! The messages between the parts: rooms to connections, connections to their clients and to the world.

use std::sync::Arc;

use crate::domain::{AccountId, Entry, RoomId, Seq};
use crate::realtime::protocol::MemberView;
use crate::store::members::Membership;

/// The facts about a join that are needed when the room lets the session in.
#[derive(Clone, Copy)]
pub struct SimulatedJoinRequest {
    pub join: u64,
    pub after: Option<Seq>,
    pub membership: Membership,
}

pub enum SimulatedOutbound {
    JoinGranted { request: SimulatedJoinRequest, actor: u64, head: Seq, members: Vec<MemberView> },
    Entries { room: RoomId, entries: Vec<Arc<Entry>> },
    Frame { room: RoomId, frame: SimulatedFrame },
    Removed { room: RoomId, version: i64 },
    Added { room: RoomId, version: i64 },
    Close,
}

/// The frames that the client receives.
#[derive(Debug, Clone)]
pub enum SimulatedFrame {
    Joined {
        room: RoomId,
        after: Seq,
        version: i64,
        members: Vec<MemberView>,
    },
    Entries {
        room: RoomId,
        entries: Vec<Arc<Entry>>,
    },
    Live {
        room: RoomId,
        seq: Seq,
    },
    Read {
        room: RoomId,
        account: AccountId,
        seq: Seq,
    },
    Presence {
        room: RoomId,
        account: AccountId,
        online: bool,
    },
    Left {
        room: RoomId,
    },
    Removed {
        room: RoomId,
        version: i64,
    },
    Added {
        room: RoomId,
        version: i64,
    },
    JoinRefused {
        room: RoomId,
    },
    Posted {
        room: RoomId,
        nonce: String,
        seq: Seq,
    },
    PostRefused {
        nonce: String,
    },
    /// Not stored, or nobody knows: to be repeated.
    PostUnavailable {
        nonce: String,
    },
    Close,
}

/// A request of a connection to the world.
pub enum ConnectionRequest {
    /// Find out whether the account may join.
    Membership {
        room: RoomId,
        join: u64,
        after: Option<Seq>,
    },
    Page {
        room: RoomId,
        join: u64,
        after: Seq,
    },
    Unsubscribe {
        room: RoomId,
        actor: u64,
    },
}
