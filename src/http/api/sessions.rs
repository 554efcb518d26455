use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::app::{DEVICE_LASTS_DAYS, SignedIn};
use crate::domain::{Caller, Secret, Session, SessionId};
use crate::http::body::Json;
use crate::http::error::ApiResult;
use crate::http::route::routes;
use crate::http::state::{HttpState, SiteSettings};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInBody {
    email: String,
    password: String,
    #[serde(default)]
    transport: Transport,
}

/// How the client will prove the session: browsers by a cookie that scripts cannot read, programs by a header.
#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Transport {
    #[default]
    Cookie,
    Bearer,
}

pub async fn create(request: HttpRequest, state: web::Data<HttpState>, body: Json<SignInBody>) -> ApiResult {
    let Json(body) = body;
    let arrival = state.site.arrival_of(&request);
    let signed_in = state.app.sign_in(&body.email, &body.password, arrival).await?;
    if body.transport == Transport::Bearer {
        let SignedIn { account, session, secret, .. } = &signed_in;
        let answer = json!({ "account": account, "session": session, "token": secret.reveal() });
        return Ok(HttpResponse::Created().json(answer));
    }
    Ok(with_cookie(&state.site, &signed_in, json!({ "account": signed_in.account, "session": signed_in.session })))
}

/// 201 with the session in a cookie.
pub fn with_cookie(site: &SiteSettings, signed_in: &SignedIn, answer: serde_json::Value) -> HttpResponse {
    let mut response = HttpResponse::Created();
    for cookie in cookies(site, &signed_in.secret, &signed_in.device) {
        response.cookie(cookie);
    }
    response.json(answer)
}

/// Of the session, and of the device that it was opened on.
pub fn cookies(site: &SiteSettings, secret: &Secret, device: &str) -> [Cookie<'static>; 2] {
    let cookie = |name: String, value: &str, days: i64| {
        Cookie::build(name, value.to_owned())
            .path("/")
            .http_only(true)
            .secure(site.is_https)
            .same_site(SameSite::Lax)
            .max_age(Duration::days(days))
            .finish()
    };
    [
        cookie(site.session_cookie().to_owned(), secret.reveal(), Session::ABSOLUTE_DAYS),
        cookie(site.device_cookie(), device, DEVICE_LASTS_DAYS),
    ]
}

pub async fn list(state: web::Data<HttpState>, caller: web::ReqData<Caller>) -> ApiResult {
    let sessions = state.app.sessions(&caller).await?;
    let sessions: Vec<_> = sessions
        .into_iter()
        .map(|session| {
            json!({
                "id": session.id,
                "created_at": session.created_at,
                "last_seen_at": session.last_seen_at,
                "expires_at": session.expires_at,
                "ip": session.ip,
                "user_agent": session.user_agent,
                "current": session.id == caller.session,
            })
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({ "sessions": sessions })))
}

pub async fn end_current(state: web::Data<HttpState>, caller: web::ReqData<Caller>) -> ApiResult {
    end_own(&state, &caller, caller.session).await
}

/// Every session of the caller but this one.
pub async fn end_others(state: web::Data<HttpState>, caller: web::ReqData<Caller>) -> ApiResult {
    state.app.end_other_sessions(&caller).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub async fn end(state: web::Data<HttpState>, caller: web::ReqData<Caller>, id: web::Path<i64>) -> ApiResult {
    end_own(&state, &caller, SessionId(*id)).await
}

/// At a sign-out the browser forgets the session, and what it kept of the person: drafts, and messages that were not sent. Browsers
/// obey over https only, so the pages clean up too.
async fn end_own(state: &HttpState, caller: &Caller, session: SessionId) -> ApiResult {
    state.app.end_session(caller, session).await?;
    let mut answer = HttpResponse::NoContent();
    if session == caller.session {
        let site = &state.site;
        let mut gone = Cookie::build(site.session_cookie().to_owned(), "").path("/").secure(site.is_https).finish();
        gone.make_removal();
        answer.cookie(gone);
        if site.is_https {
            answer.insert_header(("Clear-Site-Data", "\"storage\""));
        }
    }
    Ok(answer.finish())
}

routes! { session:
    POST   "/api/v1/sessions"         ANYONE    create { throttle: &[Attempts] };
    GET    "/api/v1/sessions"         SIGNED_IN list;
    DELETE "/api/v1/sessions/current" SIGNED_IN end_current;
    DELETE "/api/v1/sessions/others"  SIGNED_IN end_others;
    DELETE "/api/v1/sessions/{id}"    SIGNED_IN end;
}
