use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::app::{ResetForm, new_secret};
use crate::domain::{ResetCode, Secret};
use crate::http::body::Json;
use crate::http::error::ApiResult;
use crate::http::route::routes;
use crate::http::state::{HttpState, SiteSettings, language_of};

/// After so many seconds the page offers to send another code.
const SEND_AGAIN_SECONDS: i64 = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestBody {
    email: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmBody {
    email: String,
    code: String,
    new_password: String,
}

/// The same answer for everybody, a cookie by which the browser is known again included.
pub async fn create(request: HttpRequest, state: web::Data<HttpState>, body: Json<RequestBody>) -> ApiResult {
    let browser = match browser_of(&request, &state.site) {
        Some(known) => known,
        None => new_secret()?,
    };
    let (origin, language) = (state.site.origin_of(&request), language_of(&request));
    state.app.request_password_reset(&body.0.email, &browser, origin, language).await?;
    let minutes = ResetCode::MINUTES;
    let answer = json!({ "expires_in_seconds": minutes * 60, "send_again_in_seconds": SEND_AGAIN_SECONDS });
    let cookie = cookie(&state.site, browser.reveal()).max_age(Duration::minutes(minutes)).finish();
    Ok(HttpResponse::Accepted().cookie(cookie).json(answer))
}

pub async fn confirm(request: HttpRequest, state: web::Data<HttpState>, body: Json<ConfirmBody>) -> ApiResult {
    let Json(ConfirmBody { email, code, new_password }) = body;
    let browser = browser_of(&request, &state.site);
    let form = ResetForm { email, code, new_password };
    state.app.confirm_password_reset(form, browser.as_ref(), state.site.origin_of(&request)).await?;
    let mut gone = cookie(&state.site, "").finish();
    gone.make_removal();
    Ok(HttpResponse::NoContent().cookie(gone).finish())
}

fn browser_of(request: &HttpRequest, site: &SiteSettings) -> Option<Secret> {
    request.cookie(&name(site)).and_then(|cookie| Secret::parse(cookie.value()))
}

fn name(site: &SiteSettings) -> String {
    format!("{}-reset", site.session_cookie())
}

fn cookie<'a>(site: &SiteSettings, value: &str) -> actix_web::cookie::CookieBuilder<'a> {
    Cookie::build(name(site), value.to_owned())
        .path("/")
        .http_only(true)
        .secure(site.is_https)
        .same_site(SameSite::Strict)
}

routes! { password_reset:
    POST "/api/v1/password-resets"         ANYONE create;
    POST "/api/v1/password-resets/confirm" ANYONE confirm { throttle: &[Attempts] };
}
