use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::{HttpRequest, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::{self, ResetForm, new_secret};
use crate::domain::{Code, ResetCode, Secret};
use crate::http::answer::{Accepted, NoContent};
use crate::http::body::Json;
use crate::http::error::ApiResult;
use crate::http::route::routes;
use crate::http::state::{HttpState, SiteSettings, language_of};

/// After so many seconds the page offers to send another code.
const SEND_AGAIN_SECONDS: i64 = 60;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordResetBody {
    email: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordResetConfirmBody {
    email: String,
    code: String,
    new_password: String,
}

#[derive(Serialize, ToSchema)]
pub struct PasswordResetAnswer {
    expires_in_seconds: i64,
    send_again_in_seconds: i64,
}

/// The same answer for everybody, a cookie by which the browser is known again included.
pub async fn create(
    request: HttpRequest,
    state: web::Data<HttpState>,
    body: Json<PasswordResetBody>,
) -> ApiResult<Accepted<PasswordResetAnswer>> {
    let browser = match browser_of(&request, &state.site) {
        Some(known) => known,
        None => new_secret()?,
    };
    let (origin, language) = (state.site.origin_of(&request), language_of(&request));
    app::password_resets::request(&state.app, &body.0.email, &browser, origin, language).await?;
    let minutes = ResetCode::MINUTES;
    let answer = PasswordResetAnswer { expires_in_seconds: minutes * 60, send_again_in_seconds: SEND_AGAIN_SECONDS };
    let cookie = cookie(&state.site, browser.reveal()).max_age(Duration::minutes(minutes)).finish();
    Ok(Accepted::of(answer).cookies([cookie]))
}

pub async fn confirm(
    request: HttpRequest,
    state: web::Data<HttpState>,
    body: Json<PasswordResetConfirmBody>,
) -> ApiResult<NoContent> {
    let Json(PasswordResetConfirmBody { email, code, new_password }) = body;
    let browser = browser_of(&request, &state.site);
    let form = ResetForm { email, code, new_password };
    app::password_resets::confirm(&state.app, form, browser.as_ref(), state.site.origin_of(&request)).await?;
    let mut gone = cookie(&state.site, "").finish();
    gone.make_removal();
    Ok(NoContent::default().cookies([gone]))
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
    /// Sends a code of six digits, good for 15 minutes, once, and in place of the last one that was asked for from there.
    ///
    /// The same answer, after as long, whether or not there is such an account. 3 per address and network in 15 minutes, 10 per network
    /// and 10 per address in an hour; beyond it a link is sent in the place of the code, once an hour at most, and nothing
    /// else changes. A device on which the account signed in before has 3 codes in 15 minutes of its own.
    POST "/api/v1/password-resets" ANYONE create { refuses: &[EMAIL] };
    /// Sets the new password: every session of the account ends, its address is proved, and a mail tells of it.
    ///
    /// `reset_code_wrong` for a wrong, used or expired code and for an unknown address alike; `too_many_attempts` after 5 wrong
    /// ones from one network, or one device that is known (a new code gives 5 more).
    POST "/api/v1/password-resets/confirm" ANYONE confirm {
        throttle: &[Attempts], refuses: &[EMAIL, PASSWORD, &[Code::ResetCodeWrong]],
    };
}
