use actix_web::{HttpRequest, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app;
use crate::domain::{AccountId, Caller, ClientId, Code, EmailAddress, Language, Timestamp};
use crate::http::answer::{Accepted, NoContent, Nothing, Shown};
use crate::http::body::Json;
use crate::http::error::ApiResult;
use crate::http::idempotency::RequestKey;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasswordBody {
    new_password: String,
}

#[derive(Serialize, ToSchema)]
pub struct AccessLinkAnswer {
    access: AccessLinkView,
}

/// The content of a link that sets a new password.
#[derive(Serialize, ToSchema)]
#[schema(as = AccessLink)]
struct AccessLinkView {
    first_name: String,
    last_name: String,
    email: EmailAddress,
    language: Language,
    expires_at: Timestamp,
}

/// Sends a link to any account, by an admin.
pub async fn send(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    key: RequestKey,
) -> ApiResult<Accepted<Nothing>> {
    app::access_links::send(&state.app, &caller, AccountId(*id), key.0).await?;
    Ok(Accepted::of(Nothing {}))
}

/// Sends a link to the person of a record, by its broker.
pub async fn send_to_client(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    key: RequestKey,
) -> ApiResult<Accepted<Nothing>> {
    app::access_links::send_to_client(&state.app, &caller, ClientId(*id), key.0).await?;
    Ok(Accepted::of(Nothing {}))
}

/// Shows the link. Consumes nothing: mail scanners follow links too.
pub async fn show(state: web::Data<HttpState>, token: web::Path<String>) -> ApiResult<Shown<AccessLinkAnswer>> {
    let view = app::access_links::find(&state.app, &token).await?;
    let account = view.account;
    let access = AccessLinkView {
        first_name: account.first_name,
        last_name: account.last_name,
        email: account.email,
        language: account.language,
        expires_at: view.expires_at,
    };
    Ok(Shown::of(AccessLinkAnswer { access }))
}

pub async fn consume(
    request: HttpRequest,
    state: web::Data<HttpState>,
    token: web::Path<String>,
    body: Json<NewPasswordBody>,
) -> ApiResult<NoContent> {
    app::access_links::use_link(&state.app, &token, &body.0.new_password, state.site.origin_of(&request)).await?;
    Ok(NoContent::default())
}

const LINK: &[Code] = &[Code::AccessLinkUnknown, Code::AccessLinkUsed, Code::AccessLinkExpired];
const SENDING: &[&[Code]] = &[&[Code::AccountUnknown, Code::AccountDeactivated, Code::AccessLinkRecent]];

routes! { access_link:
    /// Shows a link that was sent by hand or in the place of a code. Consumes nothing.
    GET "/api/v1/access-links/{token}" ANYONE show { refuses: &[LINK] };
    /// Sets a new password, as a confirmed code does.
    POST "/api/v1/access-links/{token}" ANYONE consume { throttle: &[Attempts], refuses: &[LINK, PASSWORD] };
    /// Mails the person a link with which they set a new password, once, within a day.
    ///
    /// Earlier links die. One in 5 minutes.
    POST "/api/v1/accounts/{id}/access-link" ADMIN send { throttle: &[Mails], refuses: SENDING };
    /// As an admin's, for a client of the broker.
    ///
    /// `account_unknown` for a record without an account, for one whose account is a broker's, and when the broker acts for the
    /// person no longer.
    POST "/api/v1/clients/{id}/access-link" BROKER send_to_client {
        throttle: &[Mails], refuses: &[&[Code::ClientUnknown, Code::AccountUnknown, Code::AccountDeactivated, Code::AccessLinkRecent]],
    };
}
