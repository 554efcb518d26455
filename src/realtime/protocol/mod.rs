//! The frames of `docs/PROTOCOL.md`, and nothing that acts on them.

mod client_frame;
mod close;
mod server_frame;

pub use client_frame::{ClientFrame, Malformed};
pub use close::Close;
pub use server_frame::{MemberView, ServerFrame, frames_of, parts};
