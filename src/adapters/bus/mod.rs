//! The bus: events between nodes.
//!
//! Contract: `publish` never blocks and never fails; an event reaches this node's listener at once and the other nodes at
//! most once, perhaps late, perhaps never. It is a courtesy: the database is the truth, and a listener compares with it on
//! [`Listener::check`].

mod keys;
mod memory;
mod metrics;
mod peer_activity;
mod publish_pacer;
mod redis;
mod replays;
mod signed;
pub(crate) mod verify;
pub(crate) mod wire;

use std::sync::Arc;

pub use keys::{BusKeys, Keyring};
pub use memory::MemoryBus;
pub use redis::RedisBus;
pub use signed::Signer;

use crate::domain::{Event, RoomId};
use crate::telemetry::metrics::Source;

pub trait Bus: Source {
    /// Sets the listener. Called once, before the first publication.
    fn listen(&self, listener: Arc<dyn Listener>);

    fn publish(&self, event: Event);

    /// From now on this node wants the events of this room.
    fn follow(&self, room: RoomId);

    fn unfollow(&self, room: RoomId);

    /// Whether other nodes post much to followed rooms, just now.
    fn is_shared(&self) -> bool;

    fn health(&self) -> BusHealth;
}

/// Receives events, on the threads of the bus. Must not block.
pub trait Listener: Send + Sync {
    fn on_event(&self, event: Event);

    /// Events may have been missed: of this room, or of all.
    fn check(&self, room: Option<RoomId>);

    /// An event of this room cannot be decoded. Many may come, so the room reads the database when it has time.
    fn on_undecodable(&self, room: RoomId);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusHealth {
    /// There are no other nodes.
    Alone,
    Connected,
    /// Other nodes may exist, and are out of reach now.
    Broken,
}
