//! The handshake of a WebSocket. The guards have checked session and origin, as for every request.

use std::sync::Arc;

use actix_web::{HttpRequest, web};

use super::answer::Upgraded;
use super::route::routes;
use super::state::HttpState;
use crate::domain::{Caller, Code};
use crate::realtime::links::Cutter;
use crate::realtime::session::accept;

pub async fn open(
    request: HttpRequest,
    caller: web::ReqData<Caller>,
    state: web::Data<HttpState>,
    payload: web::Payload,
) -> Result<Upgraded, actix_web::Error> {
    let cutter = request.conn_data::<Arc<Cutter>>().cloned();
    let session = state.realtime.session(caller.into_inner(), cutter);
    accept(session, &request, payload).map(Upgraded)
}

routes! { socket:
    /// Opens the live connection, a WebSocket: docs/PROTOCOL.md tells its frames.
    GET "/api/v1/socket" SIGNED_IN open {
        refuses: &[&[Code::UpgradeRequired, Code::BodyMalformed, Code::MethodNotAllowed, Code::CsrfRefused]],
    };
}
