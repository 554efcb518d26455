//! A room with somebody connected on this node. [`RoomState`] decides, the actor around it does.

mod actor;
mod fanout_buffer;
mod messages;
mod presence;
mod state;

pub use actor::{MAILBOX, Room};
#[cfg(test)]
pub use fanout_buffer::{FanoutBuffer, FlushDecision};
pub use state::{Effect, MAX_PENDING, MAX_PENDING_BYTES, RoomState, RoomTimes};
