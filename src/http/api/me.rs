use actix_web::{Either, HttpRequest, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::AccountAnswer;
use super::sessions::cookies;
use crate::app;
use crate::domain::{Caller, Code, Language};
use crate::http::answer::{NoContent, Shown};
use crate::http::body::{Json, given};
use crate::http::error::ApiResult;
use crate::http::route::routes;
use crate::http::state::{HttpState, token_of};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileBody {
    first_name: Option<String>,
    last_name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    phone: Option<Option<String>>,
    language: Option<Language>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    current_password: String,
    new_password: String,
}

#[derive(Serialize, ToSchema)]
pub struct TokenAnswer {
    /// The token of this session, from now on.
    token: String,
}

pub async fn show(state: web::Data<HttpState>, caller: web::ReqData<Caller>) -> ApiResult<Shown<AccountAnswer>> {
    let account = app::me::account(&state.app, &caller).await?;
    Ok(Shown::of(AccountAnswer { account }))
}

pub async fn change(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    body: Json<ProfileBody>,
) -> ApiResult<Shown<AccountAnswer>> {
    let Json(body) = body;
    let account =
        app::me::update_profile(&state.app, &caller, body.first_name, body.last_name, body.phone, body.language)
            .await?;
    Ok(Shown::of(AccountAnswer { account }))
}

/// The session goes on under a new token: in its cookie, or in the answer for a program.
pub async fn change_password(
    request: HttpRequest,
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    body: Json<PasswordBody>,
) -> ApiResult<Either<Shown<TokenAnswer>, NoContent>> {
    let (secret, device) =
        app::sessions::change_password(&state.app, &caller, &body.0.current_password, &body.0.new_password).await?;
    if token_of(&request, &state.site).is_some_and(|(_, in_cookie)| !in_cookie) {
        return Ok(Either::Left(Shown::of(TokenAnswer { token: secret.reveal().to_owned() })));
    }
    Ok(Either::Right(NoContent::default().cookies(cookies(&state.site, &secret, &device))))
}

routes! { me:
    /// The caller's account.
    GET "/api/v1/me" SIGNED_IN show;
    /// Changes the profile. The rooms of the person are told of another name; several changes in one second are told together.
    PATCH "/api/v1/me" SIGNED_IN change { refuses: &[PERSON] };
    /// Sets a new password: every other session ends, this one gets a new token.
    ///
    /// 204 with the new cookie, or for a program 200 with the token. Codes and access links under way die, and a mail tells of
    /// it: 5 changes in a day at most (`mailed_enough`).
    PUT "/api/v1/me/password" SIGNED_IN change_password {
        throttle: &[Attempts, Mails], refuses: &[PASSWORD, &[Code::PasswordWrong]],
    };
}
