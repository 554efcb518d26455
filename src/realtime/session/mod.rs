//! One connection: an actix actor per WebSocket. The only folder that knows `actix-web-actors`.

mod actor;
mod bucket;
mod catch_up;
mod commands;
mod cutter;
mod handle;

pub use actor::{Session, SessionOptions};
pub use cutter::Cutter;
pub use handle::{Admitted, Gone, Outbound, SessionHandle, SessionKey, Ticket};
