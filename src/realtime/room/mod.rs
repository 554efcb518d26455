//! A room with somebody connected on this node. [`RoomState`] decides, the actor around it does.

mod actor;
mod presence;
mod state;

pub use actor::{CheckHead, Hear, Room, Subscribe, Typing, Unsubscribe};
pub use state::{Effect, RoomState, RoomTimes};
