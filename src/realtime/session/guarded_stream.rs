//! The bytes of a peer, up to the first wrong frame header. Frames before it are answered, bytes behind it are never read.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::error::PayloadError;
use actix_web::web::{Bytes, Payload};
use futures_util::Stream;

use super::header_guard::{FrameHeaderGuard, HeaderError};
use crate::realtime::protocol::Close;

/// The reason why nothing more is read from the peer. The session finds it here when its stream has ended.
pub type StopReason = Rc<Cell<Option<Close>>>;

pub struct GuardedStream {
    bytes: Payload,
    heads: FrameHeaderGuard,
    stop_reason: StopReason,
    ended: bool,
}

impl GuardedStream {
    pub fn new(bytes: Payload, max_message: usize, stop_reason: StopReason) -> Self {
        Self { bytes, heads: FrameHeaderGuard::new(max_message), stop_reason, ended: false }
    }
}

impl Stream for GuardedStream {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        // A broken connection is an ended one: nobody is left to notice a difference.
        let Some(Ok(mut bytes)) = ready!(Pin::new(&mut self.bytes).poll_next(ctx)) else {
            self.ended = true;
            return Poll::Ready(None);
        };
        if let Err(HeaderError { at, why }) = self.heads.read(&bytes) {
            self.stop_reason.set(Some(why));
            self.ended = true;
            bytes.truncate(at);
        }
        Poll::Ready(Some(Ok(bytes)))
    }
}
