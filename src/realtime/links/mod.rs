//! How actors reach each other without knowing each other: a session knows its rooms as [`RoomLink`]s and the hub as a
//! [`HubLink`], a room and the hub know a session as its [`SessionHandle`]. The actor behind a link implements what the link
//! asks of its mailbox. One address stands behind a link, however many share it: actix bounds a mailbox for each clone of its
//! address apart.

mod cutter;
mod hub;
mod room;
mod session;

use actix::MailboxError;
use actix::dev::SendError;
use futures_util::future::LocalBoxFuture;

pub use cutter::Cutter;
pub use hub::{FollowRequest, HubLink};
pub use room::{RoomLink, RoomMailbox};
pub use session::{
    Gone, JoinGranted, JoinRequest, Outbound, Posting, SessionHandle, SessionKey, SessionMailbox, SharedState,
};

/// The answer of an actor to a message. An error means that it ended before.
pub type PendingAnswer<T> = LocalBoxFuture<'static, Result<T, MailboxError>>;

/// Why a mailbox did not take a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsent {
    Full,
    Closed,
}

impl<M> From<SendError<M>> for Unsent {
    fn from(error: SendError<M>) -> Self {
        match error {
            SendError::Full(_) => Self::Full,
            SendError::Closed(_) => Self::Closed,
        }
    }
}
