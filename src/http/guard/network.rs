//! Counts a request that came through a proxy in its network while it runs. A direct connection was counted when it was opened.

use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};

use super::refuse;
use crate::domain::{Code, IpAddress, Refusal};
use crate::http::connections::ConnectionPermit;
use crate::http::state::HttpState;

pub async fn count(
    state: web::Data<HttpState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let peer = request.peer_addr().map(|peer| IpAddress::from(peer.ip()));
    let is_proxied = peer.is_some_and(|peer| state.site.is_proxy(peer));
    let address = if is_proxied { state.site.origin_of(request.request()).ip } else { None };
    let Some(address) = address else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let Some(permit) = state.connections.take(address).map(Rc::new) else {
        return Ok(refuse(request, Refusal::retry(Code::TooManyConnections, 1000)));
    };
    request.extensions_mut().insert(permit.clone());
    let response = next.call(request).await;
    permit.give_back();
    Ok(response?.map_into_boxed_body())
}

/// A request with a session is not counted.
pub fn give_back(request: &ServiceRequest) {
    if let Some(permit) = request.extensions().get::<Rc<ConnectionPermit>>() {
        permit.give_back();
    } else if let Some(permit) = request.request().conn_data::<ConnectionPermit>() {
        permit.give_back();
    }
}
