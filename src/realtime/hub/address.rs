//! The hub's mailbox, whose depth can be seen: actix counts what waits, and does not tell.

use std::sync::Arc;

use actix::dev::ToEnvelope;
use actix::prelude::*;

use super::Hub;
use super::messages::{
    AccountHeard, CheckAll, Connect, CountSessions, Disconnect, FindRoom, RoomStopped, SampleSessions, Shutdown,
};
use crate::telemetry::metrics::Level;

/// The hub's address, through which everything to it goes.
#[derive(Clone)]
pub struct HubAddr {
    addr: Addr<Hub>,
    waiting: Arc<Level>,
}

/// A message with its place in the mailbox.
pub struct Counted<M> {
    message: M,
    place: Place,
}

/// Given back however the message ends: handled, refused, or thrown away with its mailbox.
struct Place(Arc<Level>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.down();
    }
}

impl HubAddr {
    pub fn new(addr: Addr<Hub>, waiting: Arc<Level>) -> Self {
        Self { addr, waiting }
    }

    fn counted<M>(&self, message: M) -> Counted<M> {
        self.waiting.up();
        Counted { message, place: Place(self.waiting.clone()) }
    }

    /// As [`Addr::try_send`].
    pub fn try_send<M>(&self, message: M) -> Result<(), SendError<Counted<M>>>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        Hub: Handler<Counted<M>>,
        Context<Hub>: ToEnvelope<Hub, Counted<M>>,
    {
        self.addr.try_send(self.counted(message))
    }

    /// As [`Addr::send`].
    pub fn send<M>(&self, message: M) -> Request<Hub, Counted<M>>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        Hub: Handler<Counted<M>>,
        Context<Hub>: ToEnvelope<Hub, Counted<M>>,
    {
        self.addr.send(self.counted(message))
    }

    /// What waits now.
    pub fn depth(&self) -> usize {
        self.waiting.get()
    }
}

impl<M: Message> Message for Counted<M> {
    type Result = M::Result;
}

macro_rules! taken_counted {
    ($($message:ty),+ $(,)?) => {$(
        impl Handler<Counted<$message>> for Hub {
            type Result = <Self as Handler<$message>>::Result;

            fn handle(&mut self, counted: Counted<$message>, ctx: &mut Self::Context) -> Self::Result {
                let Counted { message, place } = counted;
                drop(place);
                <Self as Handler<$message>>::handle(self, message, ctx)
            }
        }
    )+};
}

taken_counted! {
    AccountHeard, CheckAll, Connect, CountSessions, Disconnect, FindRoom, RoomStopped, SampleSessions, Shutdown,
}
