use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::app::{InvitationChanges, InvitationForm, InvitationQuery};
use crate::domain::{
    AccessChanges, AccessFlags, AccountId, Caller, Invitation, InvitationId, InvitationState, Language, Timestamp,
    TransactionId, TransactionKind,
};
use crate::http::body::{Json, Query, given};
use crate::http::error::ApiResult;
use crate::http::idempotency::RequestKey;
use crate::http::route::routes;
use crate::http::state::HttpState;

/// The form of an invitation. For a preview every field may be missing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationBody {
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    #[serde(default)]
    email: String,
    phone: Option<String>,
    project_type: Option<TransactionKind>,
    message: Option<String>,
    language: Option<Language>,
    transaction_id: Option<TransactionId>,
    #[serde(default)]
    access: AccessFlags,
}

/// What is to be changed; null empties a field that may be empty.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationChangeBody {
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    #[serde(default, deserialize_with = "given")]
    phone: Option<Option<String>>,
    project_type: Option<TransactionKind>,
    #[serde(default, deserialize_with = "given")]
    message: Option<Option<String>>,
    language: Option<Language>,
    #[serde(default, deserialize_with = "given")]
    transaction_id: Option<Option<TransactionId>>,
    #[serde(default)]
    access: AccessChanges,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationsQuery {
    state: Option<InvitationState>,
    project_type: Option<TransactionKind>,
    q: Option<String>,
    before: Option<i64>,
    limit: Option<i64>,
}

#[derive(Serialize)]
pub struct InvitationJson {
    id: InvitationId,
    first_name: String,
    last_name: String,
    email: String,
    phone: Option<String>,
    project_type: TransactionKind,
    message: Option<String>,
    language: Language,
    transaction_id: Option<TransactionId>,
    access: AccessFlags,
    state: InvitationState,
    created_at: Timestamp,
    sent_at: Timestamp,
    /// Before that it may not be sent again.
    resend_at: Option<Timestamp>,
    expires_at: Timestamp,
    accepted_at: Option<Timestamp>,
    cancelled_at: Option<Timestamp>,
    account_id: Option<AccountId>,
    mail: Value,
}

impl InvitationBody {
    fn into_form(self) -> InvitationForm {
        InvitationForm {
            first_name: self.first_name,
            last_name: self.last_name,
            email: self.email,
            phone: self.phone,
            project_type: self.project_type,
            message: self.message,
            language: self.language,
            transaction: self.transaction_id,
            access: self.access,
        }
    }
}

fn shown(state: &HttpState, caller: &Caller, invitation: Invitation) -> InvitationJson {
    let mail = match &invitation.mail {
        None => json!({ "state": "none", "attempts": 0, "error": null, "message": null }),
        Some(mail) => {
            let message = mail.error.as_deref().map(|code| state.app.texts.mail_error(caller.language, code));
            json!({ "state": mail.state, "attempts": mail.attempts, "error": mail.error, "message": message })
        }
    };
    let now = state.app.clock.now();
    let resend_at = invitation.resend_at(state.app.settings.mails.resend_after_ms).filter(|at| *at > now);
    InvitationJson {
        state: invitation.state_at(now),
        resend_at,
        id: invitation.id,
        first_name: invitation.first_name,
        last_name: invitation.last_name,
        email: invitation.email.as_str().to_owned(),
        phone: invitation.phone,
        project_type: invitation.project_type,
        message: invitation.message,
        language: invitation.language,
        transaction_id: invitation.transaction,
        access: invitation.access,
        created_at: invitation.created_at,
        sent_at: invitation.sent_at,
        expires_at: invitation.expires_at,
        accepted_at: invitation.accepted_at,
        cancelled_at: invitation.cancelled_at,
        account_id: invitation.account,
        mail,
    }
}

fn one(state: &HttpState, caller: &Caller, invitation: Invitation) -> Value {
    json!({ "invitation": shown(state, caller, invitation) })
}

pub async fn create(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    key: RequestKey,
    body: Json<InvitationBody>,
) -> ApiResult {
    let invitation = state.app.invite(&caller, body.0.into_form(), key.0).await?;
    Ok(HttpResponse::Created().json(one(&state, &caller, invitation)))
}

pub async fn list(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    query: Query<InvitationsQuery>,
) -> ApiResult {
    let Query(InvitationsQuery { state: in_state, project_type, q, before, limit }) = query;
    let before = before.map(InvitationId);
    let query = InvitationQuery { state: in_state, project_type, text: q, before, limit };
    let list = state.app.invitations(&caller, query).await?;
    let mut counts: Map<String, Value> =
        ["pending", "accepted", "expired", "cancelled"].map(|name| (name.to_owned(), json!(0))).into_iter().collect();
    for (in_state, count) in list.counts {
        counts.insert(in_state.as_str().to_owned(), json!(count));
    }
    let invitations: Vec<_> = list.invitations.into_iter().map(|i| shown(&state, &caller, i)).collect();
    Ok(HttpResponse::Ok().json(json!({ "invitations": invitations, "next": list.next, "counts": counts })))
}

pub async fn show(state: web::Data<HttpState>, caller: web::ReqData<Caller>, id: web::Path<i64>) -> ApiResult {
    let invitation = state.app.invitation(&caller, InvitationId(*id)).await?;
    Ok(HttpResponse::Ok().json(one(&state, &caller, invitation)))
}

pub async fn change(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    body: Json<InvitationChangeBody>,
) -> ApiResult {
    let Json(body) = body;
    let changes = InvitationChanges {
        first_name: body.first_name,
        last_name: body.last_name,
        email: body.email,
        phone: body.phone,
        project_type: body.project_type,
        message: body.message,
        language: body.language,
        transaction: body.transaction_id,
        access: body.access,
    };
    let invitation = state.app.change_invitation(&caller, InvitationId(*id), changes).await?;
    Ok(HttpResponse::Ok().json(one(&state, &caller, invitation)))
}

pub async fn replace(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    body: Json<InvitationBody>,
) -> ApiResult {
    let invitation = state.app.edit_invitation(&caller, InvitationId(*id), body.0.into_form()).await?;
    Ok(HttpResponse::Ok().json(one(&state, &caller, invitation)))
}

pub async fn resend(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    key: RequestKey,
) -> ApiResult {
    let invitation = state.app.resend_invitation(&caller, InvitationId(*id), key.0).await?;
    Ok(HttpResponse::Ok().json(one(&state, &caller, invitation)))
}

pub async fn extend(state: web::Data<HttpState>, caller: web::ReqData<Caller>, id: web::Path<i64>) -> ApiResult {
    let invitation = state.app.extend_invitation(&caller, InvitationId(*id)).await?;
    Ok(HttpResponse::Ok().json(one(&state, &caller, invitation)))
}

pub async fn link(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    key: RequestKey,
) -> ApiResult {
    let link = state.app.copy_invitation_link(&caller, InvitationId(*id), key.0).await?;
    Ok(HttpResponse::Created().json(json!({ "link": link })))
}

pub async fn cancel(state: web::Data<HttpState>, caller: web::ReqData<Caller>, id: web::Path<i64>) -> ApiResult {
    let invitation = state.app.cancel_invitation(&caller, InvitationId(*id)).await?;
    Ok(HttpResponse::Ok().json(one(&state, &caller, invitation)))
}

pub async fn preview(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    body: Json<InvitationBody>,
) -> ApiResult {
    let content = state.app.preview_invitation(&caller, body.0.into_form()).await?;
    Ok(HttpResponse::Ok().json(content))
}

routes! { invitation:
    POST  "/api/v1/client-invitations/preview"     BROKER preview { audit: None };
    POST  "/api/v1/client-invitations"             BROKER create { throttle: &[Mails] };
    GET   "/api/v1/client-invitations"             BROKER list;
    GET   "/api/v1/client-invitations/{id}"        BROKER show;
    PUT   "/api/v1/client-invitations/{id}"        BROKER replace;
    PATCH "/api/v1/client-invitations/{id}"        BROKER change;
    POST  "/api/v1/client-invitations/{id}/resend" BROKER resend { throttle: &[Mails] };
    POST  "/api/v1/client-invitations/{id}/extend" BROKER extend;
    POST  "/api/v1/client-invitations/{id}/link"   BROKER link;
    POST  "/api/v1/client-invitations/{id}/cancel" BROKER cancel;
}
