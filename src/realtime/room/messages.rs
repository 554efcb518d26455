//! The messages that a room takes.

use std::time::Instant;

use actix::prelude::*;

use crate::domain::{AccountId, Refusal, RoomEvent, Seq};
use crate::realtime::session::{JoinRequest, SessionHandle, SessionKey};

/// An event of the bus. One of many carries the time at which it was received, for the metrics.
#[derive(Message)]
#[rtype(result = "()")]
pub struct RoomEventReceived {
    pub event: RoomEvent,
    pub heard: Option<Instant>,
}

/// The database's head, or just the request to look.
#[derive(Message)]
#[rtype(result = "()")]
pub struct CheckHead(pub Option<Seq>);

/// Lets a session in, if its account is a member in a member set at least as new as the one in its request. The session finds
/// `Outbound::JoinGranted` in its queue, before anything that happens afterwards.
#[derive(Message)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Subscribe {
    pub session: SessionHandle,
    pub request: JoinRequest,
}

#[derive(Message)]
#[rtype(result = "()")]
pub struct Unsubscribe(pub SessionKey);

#[derive(Message)]
#[rtype(result = "()")]
pub struct Typing {
    pub account: AccountId,
    pub on: bool,
}
