use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::sessions::cookies;
use crate::domain::{Caller, Language};
use crate::http::body::{Json, given};
use crate::http::error::ApiResult;
use crate::http::route::routes;
use crate::http::state::{HttpState, token_of};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileBody {
    first_name: Option<String>,
    last_name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    phone: Option<Option<String>>,
    language: Option<Language>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    current_password: String,
    new_password: String,
}

pub async fn show(state: web::Data<HttpState>, caller: web::ReqData<Caller>) -> ApiResult {
    let account = state.app.own_account(&caller).await?;
    Ok(HttpResponse::Ok().json(json!({ "account": account })))
}

pub async fn change(state: web::Data<HttpState>, caller: web::ReqData<Caller>, body: Json<ProfileBody>) -> ApiResult {
    let Json(body) = body;
    let account = state.app.update_profile(&caller, body.first_name, body.last_name, body.phone, body.language).await?;
    Ok(HttpResponse::Ok().json(json!({ "account": account })))
}

/// The session goes on under a new token: in its cookie, or in the answer for a program.
pub async fn change_password(
    request: HttpRequest,
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    body: Json<PasswordBody>,
) -> ApiResult {
    let (secret, device) = state.app.change_password(&caller, &body.0.current_password, &body.0.new_password).await?;
    if token_of(&request, &state.site).is_some_and(|(_, in_cookie)| !in_cookie) {
        return Ok(HttpResponse::Ok().json(json!({ "token": secret.reveal() })));
    }
    let mut response = HttpResponse::NoContent();
    for cookie in cookies(&state.site, &secret, &device) {
        response.cookie(cookie);
    }
    Ok(response.finish())
}

routes! { me:
    GET   "/api/v1/me"          SIGNED_IN show;
    PATCH "/api/v1/me"          SIGNED_IN change;
    PUT   "/api/v1/me/password" SIGNED_IN change_password { throttle: &[Attempts, Mails] };
}
