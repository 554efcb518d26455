//! The hub's mailbox with a visible depth: actix counts its messages and gives no number.

use std::sync::Arc;

use actix::dev::ToEnvelope;
use actix::prelude::*;

use super::Hub;
use super::messages::{
    AccountEventReceived, CheckAll, Connect, CountSessions, Disconnect, FindRoom, FollowAccount, RoomStopped,
    SampleSessions, Shutdown,
};
use crate::app::AppError;
use crate::domain::{AccountId, RoomId};
use crate::realtime::links::{FollowRequest, HubLink, PendingAnswer, RoomLink, SessionHandle, SessionKey};
use crate::realtime::metrics::RoomBoard;
use crate::realtime::protocol::Close;
use crate::telemetry::metrics::Level;

/// The hub's address, through which everything to it goes.
#[derive(Clone)]
pub struct HubAddr {
    addr: Addr<Hub>,
    waiting: Arc<Level>,
}

/// A message with its place in the mailbox.
pub struct CountedMessage<M> {
    message: M,
    place: MailboxPermit,
}

/// Given back however the message ends: handled, refused, or thrown away with its mailbox.
struct MailboxPermit(Arc<Level>);

impl Drop for MailboxPermit {
    fn drop(&mut self) {
        self.0.down();
    }
}

impl HubAddr {
    pub fn new(addr: Addr<Hub>, waiting: Arc<Level>) -> Self {
        Self { addr, waiting }
    }

    fn counted<M>(&self, message: M) -> CountedMessage<M> {
        self.waiting.up();
        CountedMessage { message, place: MailboxPermit(self.waiting.clone()) }
    }

    /// As [`Addr::try_send`].
    pub fn try_send<M>(&self, message: M) -> Result<(), SendError<CountedMessage<M>>>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        Hub: Handler<CountedMessage<M>>,
        Context<Hub>: ToEnvelope<Hub, CountedMessage<M>>,
    {
        self.addr.try_send(self.counted(message))
    }

    /// As [`Addr::send`].
    pub fn send<M>(&self, message: M) -> Request<Hub, CountedMessage<M>>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        Hub: Handler<CountedMessage<M>>,
        Context<Hub>: ToEnvelope<Hub, CountedMessage<M>>,
    {
        self.addr.send(self.counted(message))
    }

    /// The messages that wait now.
    pub fn depth(&self) -> usize {
        self.waiting.get()
    }
}

impl HubLink for HubAddr {
    fn connect(&self, session: SessionHandle) -> PendingAnswer<Result<(), Close>> {
        Box::pin(self.send(Connect(session)))
    }

    fn disconnect(&self, key: SessionKey, account: AccountId) {
        let _ = self.try_send(Disconnect { key, account });
    }

    fn follow(&self, key: SessionKey, account: AccountId, request: FollowRequest) -> PendingAnswer<bool> {
        Box::pin(self.send(FollowAccount { key, account, request }))
    }

    fn find_room(&self, room: RoomId) -> PendingAnswer<Result<RoomLink, AppError>> {
        Box::pin(self.send(FindRoom(room)))
    }

    fn room_stopped(&self, room: RoomId, board: Arc<RoomBoard>) {
        let _ = self.try_send(RoomStopped { room, board });
    }
}

impl<M: Message> Message for CountedMessage<M> {
    type Result = M::Result;
}

macro_rules! taken_counted {
    ($($message:ty),+ $(,)?) => {$(
        impl Handler<CountedMessage<$message>> for Hub {
            type Result = <Self as Handler<$message>>::Result;

            fn handle(&mut self, counted: CountedMessage<$message>, ctx: &mut Self::Context) -> Self::Result {
                let CountedMessage { message, place } = counted;
                drop(place);
                <Self as Handler<$message>>::handle(self, message, ctx)
            }
        }
    )+};
}

taken_counted! {
    AccountEventReceived, CheckAll, Connect, CountSessions, Disconnect, FindRoom, FollowAccount, RoomStopped, SampleSessions, Shutdown,
}
