//! Gives a request its id and its route, and notes its answer in one line of the log and in the metrics.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use tracing::Instrument;

use crate::http::route::Matched;
use crate::http::routes;
use crate::http::state::HttpState;

/// 64 random bits: enough to find one request in a log.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

impl RequestId {
    fn new() -> Self {
        let mut bytes = [0; 8];
        let _ = getrandom::fill(&mut bytes);
        Self(format!("{:016x}", u64::from_be_bytes(bytes)))
    }
}

pub async fn trace(
    state: web::Data<HttpState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let id = RequestId::new();
    let matched = routes::find(request.method(), request.match_pattern().as_deref().unwrap_or_default());
    request.extensions_mut().insert(id.clone());
    if let Some(matched) = matched {
        request.extensions_mut().insert::<Matched>(matched);
    }

    // All log lines of the request carry the id, which a person may quote.
    let span = tracing::error_span!("request", request.id = %id.0);
    let mut response = next.call(request).instrument(span).await?.map_into_boxed_body();

    if let Ok(id) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    let took = started.elapsed();
    state.metrics.answered(matched.map(|matched| matched.place), response.status(), took);
    // The pattern, not the path: paths hold tokens.
    tracing::debug!(
        request.id = id.0,
        http.method = %response.request().method(),
        http.route = matched.map_or("", |matched| matched.route.path),
        http.status = response.status().as_u16(),
        audit.act = matched.and_then(|matched| matched.route.audit),
        duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    Ok(response)
}
