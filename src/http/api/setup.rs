use actix_web::{HttpRequest, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::accounts::AccountAnswer;
use super::sessions::cookies;
use crate::app::{self, NewAccount};
use crate::domain::{Code, Language, Role};
use crate::http::answer::{Created, Nothing, Shown};
use crate::http::body::Json;
use crate::http::error::ApiResult;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupBody {
    email: String,
    first_name: String,
    last_name: String,
    password: String,
    language: Language,
}

pub async fn show(state: web::Data<HttpState>, token: web::Path<String>) -> ApiResult<Shown<Nothing>> {
    app::setup::check(&state.app, &token).await?;
    Ok(Shown::of(Nothing {}))
}

pub async fn create(
    request: HttpRequest,
    state: web::Data<HttpState>,
    token: web::Path<String>,
    body: Json<SetupBody>,
) -> ApiResult<Created<AccountAnswer>> {
    let Json(SetupBody { email, first_name, last_name, password, language }) = body;
    let new = NewAccount { email, first_name, last_name, role: Role::Admin, password, language };
    let signed_in = app::setup::set_up(&state.app, &token, new, state.site.arrival_of(&request)).await?;
    let cookies = cookies(&state.site, &signed_in.secret, &signed_in.device);
    Ok(Created::of(AccountAnswer { account: signed_in.account }).cookies(cookies))
}

routes! { setup:
    /// Says whether the first admin can be made with this link.
    GET "/api/v1/setup/{token}" ANYONE show { refuses: &[&[Code::SetupUnknown]] };
    /// Makes the first admin, who is signed in.
    POST "/api/v1/setup/{token}" ANYONE create {
        throttle: &[Attempts], refuses: &[PERSON, PASSWORD, &[Code::SetupUnknown, Code::EmailTaken]],
    };
}
