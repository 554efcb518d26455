//! What a room is told and asked.

use std::time::Instant;

use actix::prelude::*;

use crate::domain::{AccountId, Refusal, RoomEvent, Seq};
use crate::realtime::session::{JoinRequest, SessionHandle, SessionKey};

/// An event of the bus, now and then with when it was heard.
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

/// Lets a session in, if its account is a member with a member set at least as new as the one in its request. The room tells
/// the session through its queue (`Outbound::JoinGranted`), before anything that happens afterwards.
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
