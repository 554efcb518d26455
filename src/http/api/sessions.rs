use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::{HttpRequest, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::{self, DEVICE_LASTS_DAYS};
use crate::domain::{Account, Caller, Code, IpAddress, Secret, Session, SessionId, Timestamp};
use crate::http::answer::{Created, NoContent, Shown};
use crate::http::body::Json;
use crate::http::error::ApiResult;
use crate::http::route::routes;
use crate::http::state::{HttpState, SiteSettings};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInBody {
    email: String,
    password: String,
    #[serde(default)]
    transport: Transport,
}

/// How the client will prove the session: browsers by a cookie that scripts cannot read, programs by a header.
#[derive(Deserialize, Default, PartialEq, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Transport {
    #[default]
    Cookie,
    Bearer,
}

#[derive(Serialize, ToSchema)]
pub struct SignedInAnswer {
    account: Account,
    session: SessionId,
    /// With `bearer`; then no cookie is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct SessionList {
    sessions: Vec<SessionView>,
}

/// A signed-in device.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionView {
    id: SessionId,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    expires_at: Timestamp,
    ip: Option<IpAddress>,
    user_agent: Option<String>,
    /// The one that asks.
    current: bool,
}

pub async fn create(
    request: HttpRequest,
    state: web::Data<HttpState>,
    body: Json<SignInBody>,
) -> ApiResult<Created<SignedInAnswer>> {
    let Json(body) = body;
    let arrival = state.site.arrival_of(&request);
    let signed_in = app::sessions::sign_in(&state.app, &body.email, &body.password, arrival).await?;
    let is_bearer = body.transport == Transport::Bearer;
    let answer = SignedInAnswer {
        account: signed_in.account,
        session: signed_in.session,
        token: is_bearer.then(|| signed_in.secret.reveal().to_owned()),
    };
    let cookies = (!is_bearer).then(|| cookies(&state.site, &signed_in.secret, &signed_in.device));
    Ok(Created::of(answer).cookies(cookies.into_iter().flatten()))
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

pub async fn list(state: web::Data<HttpState>, caller: web::ReqData<Caller>) -> ApiResult<Shown<SessionList>> {
    let sessions = app::sessions::list(&state.app, &caller).await?.into_iter().map(|session| SessionView {
        id: session.id,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
        expires_at: session.expires_at,
        ip: session.ip,
        user_agent: session.user_agent,
        current: session.id == caller.session,
    });
    Ok(Shown::of(SessionList { sessions: sessions.collect() }))
}

pub async fn end_current(state: web::Data<HttpState>, caller: web::ReqData<Caller>) -> ApiResult<NoContent> {
    end_own(&state, &caller, caller.session).await
}

/// Every session of the caller but this one.
pub async fn end_others(state: web::Data<HttpState>, caller: web::ReqData<Caller>) -> ApiResult<NoContent> {
    app::sessions::end_others(&state.app, &caller).await?;
    Ok(NoContent::default())
}

pub async fn end(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<NoContent> {
    end_own(&state, &caller, SessionId(*id)).await
}

/// At a sign-out the browser forgets the session, and what it kept of the person: drafts, and messages that were not sent. Browsers
/// obey over https only, so the pages clean up too.
async fn end_own(state: &HttpState, caller: &Caller, session: SessionId) -> ApiResult<NoContent> {
    app::sessions::end(&state.app, caller, session).await?;
    let mut answer = NoContent::default();
    if session == caller.session {
        let site = &state.site;
        let mut gone = Cookie::build(site.session_cookie().to_owned(), "").path("/").secure(site.is_https).finish();
        gone.make_removal();
        answer = answer.cookies([gone]);
        if site.is_https {
            answer = answer.header("Clear-Site-Data", "\"storage\"");
        }
    }
    Ok(answer)
}

routes! { session:
    /// Signs in. With the cookie of an earlier session, that session ends.
    POST "/api/v1/sessions" ANYONE create { throttle: &[Attempts], refuses: &[&[Code::CredentialsWrong]] };
    /// The devices on which the caller is signed in.
    GET "/api/v1/sessions" SIGNED_IN list;
    /// Signs out. Over https with `Clear-Site-Data`: drafts and messages that were not sent do not stay in the browser.
    DELETE "/api/v1/sessions/current" SIGNED_IN end_current { refuses: &[&[Code::SessionUnknown]] };
    /// Every session but this one ends, and its sockets close at once.
    DELETE "/api/v1/sessions/others" SIGNED_IN end_others;
    /// Ends a session of the caller; its sockets close at once.
    DELETE "/api/v1/sessions/{id}" SIGNED_IN end { refuses: &[&[Code::SessionUnknown]] };
}
