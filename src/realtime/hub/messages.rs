//! The messages that the hub takes.

use std::sync::Arc;

use actix::prelude::*;

use crate::app::AppError;
use crate::domain::{AccountEvent, AccountId, RoomId};
use crate::realtime::links::{FollowRequest, RoomLink, SessionHandle, SessionKey};
use crate::realtime::metrics::{RoomBoard, SessionsSample};
use crate::realtime::protocol::Close;

#[derive(Message)]
#[rtype(result = "Result<(), Close>")]
pub struct Connect(pub SessionHandle);

#[derive(Message)]
#[rtype(result = "()")]
pub struct Disconnect {
    pub key: SessionKey,
    pub account: AccountId,
}

/// The connection is to hear what changes for its account. It is answered through its queue, unless the hub does not know it.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct FollowAccount {
    pub key: SessionKey,
    pub account: AccountId,
    pub request: FollowRequest,
}

/// The room's actor on this node, started if need be.
#[derive(Message)]
#[rtype(result = "Result<RoomLink, AppError>")]
pub struct FindRoom(pub RoomId);

#[derive(Message)]
#[rtype(result = "()")]
pub struct RoomStopped {
    pub room: RoomId,
    /// The board of the actor that stopped: a room can have had several.
    pub board: Arc<RoomBoard>,
}

#[derive(Message)]
#[rtype(result = "()")]
pub struct AccountEventReceived(pub AccountId, pub AccountEvent);

/// Something may have been missed in every room.
#[derive(Message)]
#[rtype(result = "()")]
pub struct CheckAll;

/// Closes every connection with `restart`, and takes no new one.
#[derive(Message)]
#[rtype(result = "usize")]
pub struct Shutdown;

/// How many connections there are.
#[derive(Message)]
#[rtype(result = "usize")]
pub struct CountSessions;

/// How the queues of the connections stand.
#[derive(Message)]
#[rtype(result = "SessionsSample")]
pub struct SampleSessions;
