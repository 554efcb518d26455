//! Processes of our own: nodes, a PostgreSQL, a Redis, clients that survive their nodes.

#![allow(dead_code, unused_imports, reason = "the fault suite shares it")]

mod another_node;
mod letter;
mod node;
mod postgres_server;
mod process;
mod redis_server;
mod sqlite_world;
mod vitals;
mod world;
mod writer;

pub use another_node::AnotherNode;
pub use letter::{Letter, header, letters_to};
pub use node::{Launcher, Node, entremise, run};
pub use postgres_server::PostgresServer;
pub use process::{Process, eventually, free_port, mortal};
pub use redis_server::RedisServer;
pub use sqlite_world::SqliteWorld;
pub use vitals::{Vitals, is_long, resettle};
pub use world::{World, device_in, person_in};
pub use writer::{Writer, settle, settle_by};
