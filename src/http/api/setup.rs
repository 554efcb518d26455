use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::sessions::with_cookie;
use crate::app::NewAccount;
use crate::domain::{Language, Role};
use crate::http::body::Json;
use crate::http::error::ApiResult;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupBody {
    email: String,
    first_name: String,
    last_name: String,
    password: String,
    language: Language,
}

pub async fn show(state: web::Data<HttpState>, token: web::Path<String>) -> ApiResult {
    state.app.check_setup(&token).await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

pub async fn create(
    request: HttpRequest,
    state: web::Data<HttpState>,
    token: web::Path<String>,
    body: Json<SetupBody>,
) -> ApiResult {
    let Json(SetupBody { email, first_name, last_name, password, language }) = body;
    let new = NewAccount { email, first_name, last_name, role: Role::Admin, password, language };
    let signed_in = state.app.set_up(&token, new, state.site.arrival_of(&request)).await?;
    Ok(with_cookie(&state.site, &signed_in, json!({ "account": signed_in.account })))
}

routes! { setup:
    GET  "/api/v1/setup/{token}" ANYONE show;
    POST "/api/v1/setup/{token}" ANYONE create { throttle: &[Attempts] };
}
