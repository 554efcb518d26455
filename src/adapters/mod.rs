//! The outside world behind small traits: the bus between nodes, what people read, and what carries it to them.

pub mod bus;
pub mod mail;
pub mod texts;
