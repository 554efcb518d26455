use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::domain::{AccountId, Caller};
use crate::http::body::Json;
use crate::http::error::ApiResult;
use crate::http::idempotency::RequestKey;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UseBody {
    new_password: String,
}

/// For admins to anybody, for brokers to their clients.
pub async fn send(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    key: RequestKey,
) -> ApiResult {
    state.app.send_access_link(&caller, AccountId(*id), key.0).await?;
    Ok(HttpResponse::Accepted().json(json!({})))
}

/// What the page of the link shows. Consumes nothing: mail scanners follow links too.
pub async fn show(state: web::Data<HttpState>, token: web::Path<String>) -> ApiResult {
    let view = state.app.access_link(&token).await?;
    let account = view.account;
    Ok(HttpResponse::Ok().json(json!({
        "access": {
            "first_name": account.first_name,
            "last_name": account.last_name,
            "email": account.email,
            "language": account.language,
            "expires_at": view.expires_at,
        }
    })))
}

pub async fn consume(
    request: HttpRequest,
    state: web::Data<HttpState>,
    token: web::Path<String>,
    body: Json<UseBody>,
) -> ApiResult {
    state.app.use_access_link(&token, &body.0.new_password, state.site.origin_of(&request)).await?;
    Ok(HttpResponse::NoContent().finish())
}

routes! { access_link:
    GET  "/api/v1/access-links/{token}"              ANYONE show;
    POST "/api/v1/access-links/{token}"              ANYONE consume { throttle: &[Attempts] };
    POST "/api/v1/accounts/{id}/access-link"         ADMIN  send { throttle: &[Mails] };
    POST "/api/v1/clients/{account_id}/access-link"  BROKER send { throttle: &[Mails] };
}
