use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::app::NewAccount;
use crate::domain::{AccountId, Caller, Code, Language, Refusal, Role};
use crate::http::body::{Json, Query};
use crate::http::error::ApiResult;
use crate::http::idempotency::RequestKey;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountsQuery {
    role: Option<Role>,
    q: Option<String>,
    before: Option<i64>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountBody {
    email: String,
    first_name: String,
    last_name: String,
    role: Role,
    password: String,
    language: Language,
}

pub async fn list(state: web::Data<HttpState>, query: Query<AccountsQuery>) -> ApiResult {
    let Query(query) = query;
    let (accounts, next) = state.app.accounts(query.role, query.q, query.before.map(AccountId), query.limit).await?;
    Ok(HttpResponse::Ok().json(json!({ "accounts": accounts, "next": next })))
}

/// Clients are invited, not made.
pub async fn create(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    key: RequestKey,
    body: Json<AccountBody>,
) -> ApiResult {
    let Json(AccountBody { email, first_name, last_name, role, password, language }) = body;
    if role == Role::Client {
        return Err(Refusal::field(Code::ValueInvalid, "role").into());
    }
    let new = NewAccount { email, first_name, last_name, role, password, language };
    let account = state.app.create_account(&caller, new, key.0).await?;
    Ok(HttpResponse::Created().json(json!({ "account": account })))
}

pub async fn deactivate(state: web::Data<HttpState>, caller: web::ReqData<Caller>, id: web::Path<i64>) -> ApiResult {
    let account = state.app.deactivate(&caller, AccountId(*id)).await?;
    Ok(HttpResponse::Ok().json(json!({ "account": account })))
}

pub async fn reactivate(state: web::Data<HttpState>, caller: web::ReqData<Caller>, id: web::Path<i64>) -> ApiResult {
    let account = state.app.reactivate(&caller, AccountId(*id)).await?;
    Ok(HttpResponse::Ok().json(json!({ "account": account })))
}

routes! { account:
    GET  "/api/v1/accounts"                 ADMIN list;
    POST "/api/v1/accounts"                 ADMIN create { throttle: &[Attempts] };
    POST "/api/v1/accounts/{id}/deactivate" ADMIN deactivate;
    POST "/api/v1/accounts/{id}/reactivate" ADMIN reactivate;
}
