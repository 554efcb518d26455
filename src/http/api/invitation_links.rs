use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::sessions::with_cookie;
use crate::app::{Activation, Invitee};
use crate::domain::Language;
use crate::http::body::Json;
use crate::http::error::ApiResult;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivationBody {
    password: String,
    first_name: Option<String>,
    last_name: Option<String>,
    phone: Option<String>,
    language: Option<Language>,
}

/// What the sign-up page shows. Consumes nothing: mail scanners follow links too.
pub async fn show(state: web::Data<HttpState>, token: web::Path<String>) -> ApiResult {
    let view = state.app.invited(&token).await?;
    let invitation = view.invitation;
    // Which password is asked for, and what the link tells of accounts.
    let (password, account_exists) = match view.invitee {
        Invitee::Untold => ("either", None),
        Invitee::New => ("new", Some(false)),
        Invitee::Known => ("own", Some(true)),
        Invitee::Unproved => ("new", Some(true)),
        Invitee::Admin => ("none", Some(true)),
    };
    Ok(HttpResponse::Ok().json(json!({
        "invitation": {
            "first_name": invitation.first_name,
            "last_name": invitation.last_name,
            "email": invitation.email,
            "phone": invitation.phone,
            "language": invitation.language,
            "project_type": invitation.project_type,
            "broker_name": view.broker_name,
            "expires_at": invitation.expires_at,
            "account_exists": account_exists,
            "password": password,
        }
    })))
}

pub async fn activate(
    request: HttpRequest,
    state: web::Data<HttpState>,
    token: web::Path<String>,
    body: Json<ActivationBody>,
) -> ApiResult {
    let Json(ActivationBody { password, first_name, last_name, phone, language }) = body;
    let form = Activation { password, first_name, last_name, phone, language };
    let activated = state.app.activate(&token, form, state.site.arrival_of(&request)).await?;
    let signed_in = activated.signed_in;
    let answer = json!({ "account": signed_in.account, "transaction_id": activated.transaction });
    Ok(with_cookie(&state.site, &signed_in, answer))
}

routes! { invitation_link:
    GET  "/api/v1/client-invitations/token/{token}"    ANYONE show;
    POST "/api/v1/client-invitations/activate/{token}" ANYONE activate { throttle: &[Attempts] };
}
