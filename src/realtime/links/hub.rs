//! The requests of sessions and rooms to the hub.

use std::sync::Arc;

use super::{PendingAnswer, RoomLink, SessionHandle, SessionKey};
use crate::app::AppError;
use crate::domain::{AccountId, ChangeSeq, RoomId};
use crate::realtime::metrics::RoomBoard;
use crate::realtime::protocol::Close;

/// The request of a session to follow its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowRequest {
    pub reference: u64,
    /// The last change that the client has; `None` if it has none.
    pub after: Option<ChangeSeq>,
}

/// The hub's mailbox.
pub trait HubLink: Send + Sync {
    /// Lets a session in, or says why it must close.
    fn connect(&self, session: SessionHandle) -> PendingAnswer<Result<(), Close>>;

    /// A full mailbox loses this; the hub finds out by itself that the session is gone.
    fn disconnect(&self, key: SessionKey, account: AccountId);

    /// The connection is to be sent what changes for its account. The answer goes through the connection's queue, so that what changes
    /// afterwards comes behind it; false if the hub does not know the connection.
    fn follow(&self, key: SessionKey, account: AccountId, request: FollowRequest) -> PendingAnswer<bool>;

    /// The room on this node, started if need be.
    fn find_room(&self, room: RoomId) -> PendingAnswer<Result<RoomLink, AppError>>;

    /// The actor of the room with this board has ended.
    fn room_stopped(&self, room: RoomId, board: Arc<RoomBoard>);
}
