//! The way to a room.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use super::{JoinRequest, PendingAnswer, SessionHandle, SessionKey, Unsent};
use crate::domain::{AccountId, Refusal, RoomEvent, Seq};
use crate::realtime::metrics::RoomBoard;

/// The messages of a room's mailbox.
pub trait RoomMailbox: Send + Sync {
    /// An event of the bus. One of many carries the time at which it was received, for the metrics.
    fn on_event(&self, event: RoomEvent, heard: Option<Instant>) -> Result<(), Unsent>;

    /// The database's head, or just the request to look.
    fn check_head(&self, head: Option<Seq>) -> Result<(), Unsent>;

    /// Lets a session in, if its account is a member in a member set at least as new as the one in its request. The session
    /// finds `Outbound::JoinGranted` with this link in its queue, before anything that happens afterwards.
    fn subscribe(
        &self,
        session: SessionHandle,
        request: JoinRequest,
        room: RoomLink,
    ) -> PendingAnswer<Result<(), Refusal>>;

    /// A full mailbox loses this; the room finds out by itself that the session is gone.
    fn unsubscribe(&self, key: SessionKey);

    /// A full mailbox loses the mark, which does no harm.
    fn typing(&self, account: AccountId, on: bool);

    fn is_open(&self) -> bool;
}

/// One room that this node hosts. Cheap to clone, and all clones share one address.
#[derive(Clone)]
pub struct RoomLink(Arc<RoomTarget<dyn RoomMailbox>>);

struct RoomTarget<M: ?Sized> {
    board: Arc<RoomBoard>,
    mailbox: M,
}

impl RoomLink {
    pub fn new(board: Arc<RoomBoard>, mailbox: impl RoomMailbox + 'static) -> Self {
        Self(Arc::new(RoomTarget { board, mailbox }))
    }

    pub fn board(&self) -> &Arc<RoomBoard> {
        &self.0.board
    }

    pub fn subscribe(&self, session: SessionHandle, request: JoinRequest) -> PendingAnswer<Result<(), Refusal>> {
        self.0.mailbox.subscribe(session, request, self.clone())
    }
}

impl std::ops::Deref for RoomLink {
    type Target = dyn RoomMailbox;

    fn deref(&self) -> &Self::Target {
        &self.0.mailbox
    }
}

impl fmt::Debug for RoomLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RoomLink").field(&self.0.board).finish()
    }
}
