//! The handshake of a WebSocket. The guards have checked session and origin, as for every request.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::route::routes;
use super::state::HttpState;
use crate::domain::Caller;
use crate::realtime::session::{Cutter, accept};

pub async fn open(
    request: HttpRequest,
    caller: web::ReqData<Caller>,
    state: web::Data<HttpState>,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let cutter = request.conn_data::<Arc<Cutter>>().cloned();
    let session = state.realtime.session(caller.into_inner(), cutter);
    accept(session, &request, payload)
}

routes! { socket:
    GET "/api/v1/socket" SIGNED_IN open;
}
