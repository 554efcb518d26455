//! Writes refusals in the reader's language, from handlers, guards and the framework alike. A browser that asks for a page that does
//! not exist gets the page that says so.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, ResponseError, web};

use super::trace::RequestId;
use crate::domain::{Code, Refusal, Refusals};
use crate::http::error::{Refused, render};
use crate::http::pages;
use crate::http::route::Matched;
use crate::http::state::{HttpState, language_of};

pub async fn write(
    state: web::Data<HttpState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut response = next.call(request).await?.map_into_boxed_body();
    let ours = response.response_mut().extensions_mut().remove::<Refused>();
    let Some(Refused(refusals)) = ours.or_else(|| foreign(&response)) else { return Ok(response) };
    let refusals = declared(refusals, &response);
    state.metrics.refused(&refusals);
    if is_lost_person(&response, &refusals) {
        let (request, _) = response.into_parts();
        let page = pages::missing(&request, &state).await.unwrap_or_else(|e| e.error_response());
        return Ok(ServiceResponse::new(request, page));
    }
    Ok(written(response, &refusals, &state))
}

/// Turns a refusal of the framework (an id in the path that is no number, an invalid handshake) into one of this program.
fn foreign(response: &ServiceResponse<BoxBody>) -> Option<Refused> {
    let error = response.response().error()?;
    let code = match response.status() {
        StatusCode::NOT_FOUND => Code::RouteUnknown,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::UPGRADE_REQUIRED => Code::UpgradeRequired,
        status if status.is_client_error() => Code::BodyMalformed,
        _ => {
            tracing::error!(error = %error, "a request failed");
            Code::Internal
        }
    };
    Some(Refused(Refusal::new(code).into()))
}

/// Checks in a debug build, and so in every test, that the API's document lists the code for the route.
fn declared(refusals: Refusals, response: &ServiceResponse<BoxBody>) -> Refusals {
    let matched = response.request().extensions().get::<Matched>().copied();
    let Some(route) = matched.map(|matched| matched.route).filter(|_| cfg!(debug_assertions)) else { return refusals };
    let allowed = route.operation().codes;
    let undeclared = refusals.iter().map(|refusal| refusal.code).find(|code| !allowed.contains(code));
    let Some(code) = undeclared.map(Code::as_str) else { return refusals };
    tracing::error!(http.route = route.path, code, "the document does not tell of this refusal");
    Refusal::new(Code::Internal).into()
}

/// Whether a browser asked for a page that does not exist.
fn is_lost_person(response: &ServiceResponse<BoxBody>, refusals: &Refusals) -> bool {
    let accept = response.request().headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    refusals.first().is_some_and(|refusal| refusal.code == Code::RouteUnknown)
        && accept.is_some_and(|accept| accept.contains("text/html"))
        && !response.request().path().starts_with("/api/")
}

/// Replaces the body by the refusal in the reader's language; cookies and headers that were set stay.
fn written(response: ServiceResponse<BoxBody>, refusals: &Refusals, state: &HttpState) -> ServiceResponse<BoxBody> {
    let (request, refused) = response.into_parts();
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let mut written = render(refusals, &state.app.texts, language_of(&request), &id);
    for (name, value) in refused.headers() {
        if !written.headers().contains_key(name) {
            written.headers_mut().append(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, written)
}
