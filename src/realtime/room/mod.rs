//! A room with somebody connected on this node. [`RoomState`] decides, the actor around it does.

mod actor;
mod messages;
mod pace;
mod presence;
mod state;

pub use actor::{MAILBOX, Room};
pub use messages::{CheckHead, Hear, Subscribe, Typing, Unsubscribe};
#[cfg(test)]
pub use pace::{Pace, Turn};
pub use state::{Effect, MAX_PENDING, MAX_PENDING_BYTES, RoomState, RoomTimes};
