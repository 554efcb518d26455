//! What every request passes: it gets an id, its route's rule is looked up and enforced, its answer gets the headers, and
//! one line goes to the log. A route that is not in the table does not exist.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError, web};

use tracing::Instrument;

use super::connections::ConnectionPermit;
use super::error::{Refused, render};
use super::headers;
use super::pages;
use super::routes::{Route, Who, find};
use super::state::{HttpState, SiteSettings, language_of, token_of};
use super::unread::ChunkedBody;
use crate::app::AppError;
use crate::domain::{Caller, Code, IpAddress, Refusal, Refusals};

pub async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(state) = request.app_data::<web::Data<HttpState>>().cloned() else {
        return Ok(request.into_response(HttpResponse::InternalServerError().finish()));
    };
    let chunked = ChunkedBody::hold(&mut request);
    let started = Instant::now();
    let id = request_id();
    let found = find(request.method().as_str(), request.match_pattern().as_deref().unwrap_or_default());
    let route = found.map(|(_, route)| route);

    let (place, admitted) = match place_of(&request, &state) {
        Ok(place) => {
            let admitted = admit(&request, route, place.as_ref(), &state).await;
            (place, admitted)
        }
        Err(refused) => (None, Err(refused)),
    };
    let mut response = match admitted {
        Ok(()) => {
            // Whatever is logged on the way carries the id that a person may quote.
            let span = tracing::error_span!("request", request.id = %id);
            next.call(request).instrument(span).await?.map_into_boxed_body()
        }
        Err(error) => {
            let refusals = match error {
                AppError::Refused(refusals) => refusals,
                AppError::Internal(cause) => {
                    tracing::error!(request.id = id, error = %cause, "a request could not be admitted");
                    Refusal::new(Code::Internal).into()
                }
            };
            let mut response = HttpResponse::Ok().finish();
            response.extensions_mut().insert(Refused(refusals));
            request.into_response(response)
        }
    };

    let ours = response.response_mut().extensions_mut().remove::<Refused>();
    if let Some(Refused(refusals)) = ours.or_else(|| foreign(&response)) {
        state.metrics.refused(&refusals);
        response = if is_lost_person(&response, &refusals) {
            let (request, _) = response.into_parts();
            let page = pages::missing(&request, &state).await.unwrap_or_else(|e| e.error_response());
            ServiceResponse::new(request, page)
        } else {
            written(response, &refusals, &state, &id)
        };
    }
    drop(place);
    let path = route.map_or("", |route| route.path);
    headers::set(response.response_mut().headers_mut(), state.site.is_https, &id);
    let took = started.elapsed();
    state.metrics.answered(found.map(|(place, _)| place), response.status(), took);
    // The pattern, not the path: paths hold tokens.
    tracing::debug!(
        request.id = id,
        http.method = %response.request().method(),
        http.route = path,
        http.status = response.status().as_u16(),
        duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    Ok(match chunked {
        Some(body) => body.answered(response),
        None => response,
    })
}

/// Did a browser ask for a page that does not exist?
fn is_lost_person(response: &ServiceResponse<BoxBody>, refusals: &Refusals) -> bool {
    let accept = response.request().headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    refusals.first().is_some_and(|refusal| refusal.code == Code::RouteUnknown)
        && accept.is_some_and(|accept| accept.contains("text/html"))
        && !response.request().path().starts_with("/api/")
}

/// What the framework refuses by itself (an id in the path that is no number, a handshake that is none) leaves as our
/// refusals do.
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

/// Replaces the body by the refusal in the reader's language; cookies and headers that were set stay.
fn written(
    response: ServiceResponse<BoxBody>,
    refusals: &Refusals,
    state: &HttpState,
    id: &str,
) -> ServiceResponse<BoxBody> {
    let (request, refused) = response.into_parts();
    let mut written = render(refusals, &state.app.texts, language_of(&request), id);
    for (name, value) in refused.headers() {
        if !written.headers().contains_key(name) {
            written.headers_mut().append(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, written)
}

/// What a request that came through a proxy takes of its network's part while it runs. A connection of one's own was counted
/// when it was opened.
fn place_of(request: &ServiceRequest, state: &HttpState) -> Result<Option<ConnectionPermit>, AppError> {
    let peer = request.peer_addr().map(|peer| IpAddress::from(peer.ip()));
    if !peer.is_some_and(|peer| state.site.is_proxy(peer)) {
        return Ok(None);
    }
    let Some(address) = state.site.origin_of(request.request()).ip else { return Ok(None) };
    match state.connections.take(address) {
        Some(place) => Ok(Some(place)),
        None => Err(Refusal::retry(Code::TooManyConnections, 1000).into()),
    }
}

async fn admit(
    request: &ServiceRequest,
    route: Option<&'static Route>,
    place: Option<&ConnectionPermit>,
    state: &HttpState,
) -> Result<(), AppError> {
    let Some(route) = route else {
        return Err(super::routes::unknown(request.method().as_str(), request.path()).into());
    };
    let token = token_of(request.request(), &state.site);
    check_same_site(request, token.as_ref().is_some_and(|(_, in_cookie)| *in_cookie), &state.site)?;
    if matches!(route.who, Who::Anyone) {
        return Ok(());
    }
    let caller = match &token {
        Some((token, _)) => state.app.authenticate(token, state.site.origin_of(request.request())).await?,
        None => None,
    };
    let Some(caller): Option<Caller> = caller else {
        let reason = match &token {
            Some((token, _)) => state.app.why_ended(token).await?,
            None => None,
        };
        return Err(Refusal { reason, ..Refusal::new(Code::SessionRequired) }.into());
    };
    if let Some(place) = place.or_else(|| request.request().conn_data::<ConnectionPermit>()) {
        place.give_back();
    }
    let allowed = match route.who {
        Who::Anyone | Who::SignedIn => true,
        Who::Only(roles) => roles.contains(&caller.role),
    };
    // Inserted first: the refusal is written in their language.
    request.extensions_mut().insert(caller);
    if allowed { Ok(()) } else { Err(Code::Forbidden.into()) }
}

/// Another site's page must not act in this person's name. Browsers say where a request comes from; a cookie, which they
/// attach by themselves, counts only with a header that another site cannot set.
fn check_same_site(request: &ServiceRequest, in_cookie: bool, site: &SiteSettings) -> Result<(), AppError> {
    let is_socket = request.headers().contains_key(header::UPGRADE);
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) && !is_socket {
        return Ok(());
    }
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let from_elsewhere = match (text("origin"), text("sec-fetch-site")) {
        (Some(origin), _) => !site.is_own_origin(origin),
        (None, Some(fetch_site)) => !matches!(fetch_site, "same-origin" | "none"),
        // Not a browser, or a socket without an origin: then only a token that was set by hand counts.
        (None, None) => is_socket && in_cookie,
    };
    let unmarked = in_cookie && !is_socket && text("x-requested-with") != Some("entremise");
    if from_elsewhere || unmarked { Err(Code::CsrfRefused.into()) } else { Ok(()) }
}

/// 64 random bits: enough to find one request in a log.
fn request_id() -> String {
    let mut bytes = [0; 8];
    let _ = getrandom::fill(&mut bytes);
    format!("{:016x}", u64::from_be_bytes(bytes))
}
