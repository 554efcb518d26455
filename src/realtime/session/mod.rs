//! One connection: an actix actor per WebSocket. The only folder that knows `actix-web-actors`.

mod actor;
mod bucket;
mod catch_up;
mod commands;
mod cutter;
mod handle;

use actix_web::{HttpRequest, HttpResponse, web};

pub use actor::{Session, SessionOptions};
pub use cutter::Cutter;
pub use handle::{Admitted, Gone, Outbound, SessionHandle, SessionKey, Ticket};

/// Answers the handshake and starts the actor. The caller was authenticated before.
pub fn accept(
    session: Session,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let max_frame = session.options.max_frame_bytes;
    actix_web_actors::ws::WsResponseBuilder::new(session, request, payload).frame_size(max_frame).start()
}
