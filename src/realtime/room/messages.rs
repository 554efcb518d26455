//! The messages that a room takes, and its mailbox as others see it.

use std::time::Instant;

use actix::prelude::*;

use super::Room;
use crate::domain::{AccountId, Refusal, RoomEvent, Seq};
use crate::realtime::links::{JoinRequest, PendingAnswer, RoomLink, RoomMailbox, SessionHandle, SessionKey, Unsent};

#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct RoomEventReceived {
    pub event: RoomEvent,
    pub heard: Option<Instant>,
}

#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct CheckHead(pub Option<Seq>);

#[derive(Message)]
#[rtype(result = "Result<(), Refusal>")]
pub(super) struct Subscribe {
    pub session: SessionHandle,
    pub request: JoinRequest,
    /// The way to this room that the session asked by.
    pub room: RoomLink,
}

#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Unsubscribe(pub SessionKey);

#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Typing {
    pub account: AccountId,
    pub on: bool,
}

impl RoomMailbox for Addr<Room> {
    fn on_event(&self, event: RoomEvent, heard: Option<Instant>) -> Result<(), Unsent> {
        Ok(self.try_send(RoomEventReceived { event, heard })?)
    }

    fn check_head(&self, head: Option<Seq>) -> Result<(), Unsent> {
        Ok(self.try_send(CheckHead(head))?)
    }

    fn subscribe(
        &self,
        session: SessionHandle,
        request: JoinRequest,
        room: RoomLink,
    ) -> PendingAnswer<Result<(), Refusal>> {
        Box::pin(self.send(Subscribe { session, request, room }))
    }

    fn unsubscribe(&self, key: SessionKey) {
        let _ = self.try_send(Unsubscribe(key));
    }

    fn typing(&self, account: AccountId, on: bool) {
        let _ = self.try_send(Typing { account, on });
    }

    fn is_open(&self) -> bool {
        self.connected()
    }
}
