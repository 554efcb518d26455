//! One connection: an actix actor per WebSocket. The only folder that knows `actix-web-actors`.

mod actor;
mod additions;
mod catch_up;
mod commands;
mod fragments;
mod guarded_stream;
mod header_guard;
mod heartbeat;
mod joins;
mod outbound;
mod postings;
mod readings;

use actix_http::ws::HandshakeError;
use actix_web::http::Version;
use actix_web::{HttpRequest, HttpResponse, web};

pub use actor::{SessionOptions, SocketSession};
#[cfg(test)]
pub(crate) use additions::Additions;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use catch_up::{AfterPage, CatchUp, Live};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use header_guard::FrameHeaderGuard;
#[cfg(test)]
pub(crate) use postings::Postings;

/// Answers the handshake and starts the actor. The caller was authenticated before.
pub fn accept(
    session: SocketSession,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    // The actor's crate lets keys of any form pass, and versions that never were the standard.
    actix_http::ws::verify_handshake(request.head())?;
    if request.version() < Version::HTTP_11 {
        return Err(HandshakeError::NoConnectionUpgrade.into());
    }
    let max_frame = session.options.max_frame_bytes;
    let payload = guarded_stream::GuardedStream::new(payload, max_frame, session.stop_reason.clone());
    actix_web_actors::ws::WsResponseBuilder::new(session, request, payload).frame_size(max_frame).start()
}
