//! Every page is one document; its scripts read the address and show what belongs there.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::assets;
use super::error::{ApiResult, status_of};
use super::state::{HttpState, language_of, token_of};
use crate::domain::{Code, Role};

pub async fn show(request: HttpRequest, state: web::Data<HttpState>) -> ApiResult {
    document(&request, &state, StatusCode::OK)
}

/// To the right place for whoever comes.
pub async fn home(request: HttpRequest, state: web::Data<HttpState>) -> ApiResult {
    let caller = match token_of(&request, &state.site) {
        Some((token, _)) => state.app.authenticate(&token, state.site.origin_of(&request)).await?,
        None => None,
    };
    let place = match caller.map(|caller| caller.role) {
        None => "/sign-in",
        Some(Role::Admin) => "/admin",
        Some(Role::Broker) => "/broker",
        Some(Role::Client) => "/client",
    };
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, place)).finish())
}

/// A dead link is a dead page for programs too: its status says so. Nothing is consumed.
pub async fn invitation(request: HttpRequest, state: web::Data<HttpState>, token: web::Path<String>) -> ApiResult {
    let status = match state.app.invited(&token).await {
        Ok(_) => StatusCode::OK,
        Err(error) => status_of(&error),
    };
    document(&request, &state, status)
}

pub async fn setup(request: HttpRequest, state: web::Data<HttpState>, token: web::Path<String>) -> ApiResult {
    let status = match state.app.check_setup(&token).await {
        Ok(()) => StatusCode::OK,
        Err(error) => status_of(&error),
    };
    document(&request, &state, status)
}

/// Behind the guard, which has refused what is not in the table.
pub async fn unknown() -> ApiResult {
    Err(Code::RouteUnknown.into())
}

pub fn document(request: &HttpRequest, state: &HttpState, status: StatusCode) -> ApiResult {
    let index = assets::index().ok_or(Code::RouteUnknown)?;
    let html = index
        .replace("{{lang}}", language_of(request).as_str())
        .replace("{{brand}}", &escape(&state.app.settings.brand.name));
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html))
}

/// For text between tags and in quoted attributes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
