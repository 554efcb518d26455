use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::{self, NewAccount};
use crate::domain::{Account, AccountId, Caller, Code, Language, Refusal, Role};
use crate::http::answer::{Created, Shown};
use crate::http::body::{Json, Query};
use crate::http::error::ApiResult;
use crate::http::idempotency::RequestKey;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct AccountsQuery {
    role: Option<Role>,
    q: Option<String>,
    before: Option<i64>,
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct AccountAnswer {
    pub account: Account,
}

#[derive(Serialize, ToSchema)]
pub struct AccountList {
    accounts: Vec<Account>,
    /// The `before` of the next page.
    next: Option<AccountId>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountBody {
    email: String,
    first_name: String,
    last_name: String,
    role: Role,
    password: String,
    language: Language,
}

pub async fn list(state: web::Data<HttpState>, query: Query<AccountsQuery>) -> ApiResult<Shown<AccountList>> {
    let Query(query) = query;
    let (accounts, next) =
        app::accounts::list(&state.app, query.role, query.q, query.before.map(AccountId), query.limit).await?;
    Ok(Shown::of(AccountList { accounts, next }))
}

/// Clients are invited, not made.
pub async fn create(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    key: RequestKey,
    body: Json<AccountBody>,
) -> ApiResult<Created<AccountAnswer>> {
    let Json(AccountBody { email, first_name, last_name, role, password, language }) = body;
    if role == Role::Client {
        return Err(Refusal::field(Code::ValueInvalid, "role").into());
    }
    let new = NewAccount { email, first_name, last_name, role, password, language };
    let account = app::accounts::create(&state.app, &caller, new, key.0).await?;
    Ok(Created::of(AccountAnswer { account }))
}

pub async fn deactivate(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<Shown<AccountAnswer>> {
    let account = app::accounts::deactivate(&state.app, &caller, AccountId(*id)).await?;
    Ok(Shown::of(AccountAnswer { account }))
}

pub async fn reactivate(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<Shown<AccountAnswer>> {
    let account = app::accounts::reactivate(&state.app, &caller, AccountId(*id)).await?;
    Ok(Shown::of(AccountAnswer { account }))
}

routes! { account:
    /// The accounts, newest first.
    GET "/api/v1/accounts" ADMIN list { refuses: &[SEARCH] };
    /// Makes the account of a broker or an admin. Clients are invited.
    POST "/api/v1/accounts" ADMIN create { throttle: &[Attempts], refuses: &[PERSON, PASSWORD, &[Code::EmailTaken]] };
    /// Ends every session and socket of the account at once.
    POST "/api/v1/accounts/{id}/deactivate" ADMIN deactivate { refuses: &[&[Code::AccountUnknown, Code::OwnAccount]] };
    /// Opens the account again.
    POST "/api/v1/accounts/{id}/reactivate" ADMIN reactivate { refuses: &[&[Code::AccountUnknown, Code::OwnAccount]] };
}
