//! RFC 6455 against the running server, over a plain TCP socket. The cases are numbered like those of Autobahn's suite, whose
//! sections 1 to 7, 9 and 10 they follow; 0 is ours, for the handshake and for forms of frames that Autobahn leaves out.
//!
//! Where Autobahn expects an echo our server answers in its own protocol: a `ping` with a `ref` is answered by a `pong`, a
//! `post` comes back as the entry that was stored, and what is no frame of ours is refused as `frame_malformed`, which shows
//! that it arrived. So it is with every binary message.

mod case;
mod closing;
mod control;
mod extensions;
mod fragments;
mod framing;
mod handshake;
mod limits;
mod utf8;
mod utf8_table;
mod wire;

use case::{Case, run};
use wire::{RawFrame, RawWire, ReceivedFrame};
