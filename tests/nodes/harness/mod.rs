//! Processes of our own: nodes, a Redis, clients that survive their nodes.

mod letter;
mod node;
mod process;
mod redis_server;
mod world;
mod writer;

pub use letter::{Letter, header, letters_to};
pub use node::{Launcher, Node, entremise, run};
pub use process::{Process, eventually, free_port, mortal};
pub use world::World;
pub use writer::{Writer, settle};
