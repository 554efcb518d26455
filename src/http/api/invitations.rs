use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::{self, InvitationQuery};
use crate::domain::{
    AccessFlags, AccountId, Caller, Code, EmailAddress, Invitation, InvitationChanges, InvitationForm, InvitationId,
    InvitationState, Language, MailContent, MailState, Timestamp, TransactionId, TransactionKind,
};
use crate::http::answer::{Created, Shown};
use crate::http::body::{Json, Query};
use crate::http::error::ApiResult;
use crate::http::idempotency::RequestKey;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct InvitationsQuery {
    state: Option<InvitationState>,
    project_type: Option<TransactionKind>,
    /// Words that each stand in the name or the address.
    q: Option<String>,
    /// The `next` of the page before.
    before: Option<i64>,
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Invitation)]
pub struct InvitationView {
    id: InvitationId,
    first_name: String,
    last_name: String,
    email: EmailAddress,
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
    mail: InvitationMailView,
}

/// The last mail of an invitation.
#[derive(Serialize, ToSchema)]
#[schema(as = InvitationMail)]
struct InvitationMailView {
    state: InvitationMailState,
    attempts: i32,
    /// A stable code.
    error: Option<String>,
    /// In the reader's language, what went wrong.
    message: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum InvitationMailState {
    /// Nothing was sent to this address yet, also after it was edited.
    None,
    Queued,
    Sent,
    Parked,
    Dropped,
}

#[derive(Serialize, ToSchema)]
pub struct InvitationAnswer {
    invitation: InvitationView,
}

#[derive(Serialize, ToSchema)]
#[schema(as = InvitationList)]
pub struct InvitationPage {
    /// Newest first.
    invitations: Vec<InvitationView>,
    /// The `before` of the next page.
    next: Option<InvitationId>,
    counts: InvitationCounts,
}

/// How many there are in each state.
#[derive(Default, Serialize, ToSchema)]
struct InvitationCounts {
    pending: i64,
    accepted: i64,
    expired: i64,
    cancelled: i64,
}

#[derive(Serialize, ToSchema)]
pub struct InvitationLinkMade {
    link: String,
}

impl From<MailState> for InvitationMailState {
    fn from(state: MailState) -> Self {
        match state {
            MailState::Queued => Self::Queued,
            MailState::Sent => Self::Sent,
            MailState::Parked => Self::Parked,
            MailState::Dropped => Self::Dropped,
        }
    }
}

fn shown(state: &HttpState, caller: &Caller, invitation: Invitation) -> InvitationView {
    let mail = match invitation.mail.clone() {
        None => InvitationMailView { state: InvitationMailState::None, attempts: 0, error: None, message: None },
        Some(mail) => InvitationMailView {
            message: mail.error.as_deref().map(|code| state.app.texts.mail_error(caller.language, code)),
            state: mail.state.into(),
            attempts: mail.attempts,
            error: mail.error,
        },
    };
    let now = state.app.clock.now();
    let resend_at = invitation.resend_at(state.app.settings.mails.resend_after_ms).filter(|at| *at > now);
    InvitationView {
        state: invitation.state_at(now),
        resend_at,
        id: invitation.id,
        first_name: invitation.first_name,
        last_name: invitation.last_name,
        email: invitation.email,
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

fn one(state: &HttpState, caller: &Caller, invitation: Invitation) -> InvitationAnswer {
    InvitationAnswer { invitation: shown(state, caller, invitation) }
}

pub async fn create(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    key: RequestKey,
    body: Json<InvitationForm>,
) -> ApiResult<Created<InvitationAnswer>> {
    let invitation = app::invitations::create(&state.app, &caller, body.0, key.0).await?;
    Ok(Created::of(one(&state, &caller, invitation)))
}

pub async fn list(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    query: Query<InvitationsQuery>,
) -> ApiResult<Shown<InvitationPage>> {
    let Query(InvitationsQuery { state: in_state, project_type, q, before, limit }) = query;
    let before = before.map(InvitationId);
    let query = InvitationQuery { state: in_state, project_type, text: q, before, limit };
    let list = app::invitations::list(&state.app, &caller, query).await?;
    let mut counts = InvitationCounts::default();
    for (in_state, count) in list.counts {
        match in_state {
            InvitationState::Pending => counts.pending = count,
            InvitationState::Accepted => counts.accepted = count,
            InvitationState::Expired => counts.expired = count,
            InvitationState::Cancelled => counts.cancelled = count,
        }
    }
    let invitations = list.invitations.into_iter().map(|i| shown(&state, &caller, i)).collect();
    Ok(Shown::of(InvitationPage { invitations, next: list.next, counts }))
}

pub async fn show(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<Shown<InvitationAnswer>> {
    let invitation = app::invitations::find(&state.app, &caller, InvitationId(*id)).await?;
    Ok(Shown::of(one(&state, &caller, invitation)))
}

pub async fn change(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    body: Json<InvitationChanges>,
) -> ApiResult<Shown<InvitationAnswer>> {
    let invitation = app::invitations::change(&state.app, &caller, InvitationId(*id), body.0).await?;
    Ok(Shown::of(one(&state, &caller, invitation)))
}

pub async fn replace(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    body: Json<InvitationForm>,
) -> ApiResult<Shown<InvitationAnswer>> {
    let invitation = app::invitations::edit(&state.app, &caller, InvitationId(*id), body.0).await?;
    Ok(Shown::of(one(&state, &caller, invitation)))
}

pub async fn resend(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    key: RequestKey,
) -> ApiResult<Shown<InvitationAnswer>> {
    let invitation = app::invitations::resend(&state.app, &caller, InvitationId(*id), key.0).await?;
    Ok(Shown::of(one(&state, &caller, invitation)))
}

pub async fn extend(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<Shown<InvitationAnswer>> {
    let invitation = app::invitations::extend(&state.app, &caller, InvitationId(*id)).await?;
    Ok(Shown::of(one(&state, &caller, invitation)))
}

pub async fn link(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    key: RequestKey,
) -> ApiResult<Created<InvitationLinkMade>> {
    let link = app::invitations::copy_link(&state.app, &caller, InvitationId(*id), key.0).await?;
    Ok(Created::of(InvitationLinkMade { link }))
}

pub async fn cancel(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<Shown<InvitationAnswer>> {
    let invitation = app::invitations::cancel(&state.app, &caller, InvitationId(*id)).await?;
    Ok(Shown::of(one(&state, &caller, invitation)))
}

pub async fn preview(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    body: Json<InvitationForm>,
) -> ApiResult<Shown<MailContent>> {
    let content = app::invitations::preview(&state.app, &caller, body.0).await?;
    Ok(Shown::of(content))
}

const FORM: &[Code] = crate::http::route::PERSON;
const UNKNOWN: &[Code] = &[Code::InvitationUnknown];
const LIVE: &[Code] = &[Code::InvitationNotPending, Code::InvitationExpired, Code::InvitationPending];
const EDITING: &[&[Code]] = &[FORM, UNKNOWN, LIVE, &[Code::TransactionUnknown, Code::TooManyParticipants]];

routes! { invitation:
    /// Shows the mail as it would be sent.
    POST "/api/v1/client-invitations/preview" BROKER preview { audit: None, refuses: &[FORM] };
    /// Invites a person; the mail is queued in the same transaction.
    ///
    /// `transaction_id` is one in which the caller takes part as a broker, and in which one more may take part. One invitation
    /// lives for an address and broker: `error.invitation_id` is the one under way.
    POST "/api/v1/client-invitations" BROKER create {
        throttle: &[Mails], refuses: &[FORM, &[Code::InvitationPending, Code::ClientUnknown, Code::ClientInactive, Code::TransactionUnknown, Code::TooManyParticipants]],
    };
    /// The broker's invitations, newest first.
    GET "/api/v1/client-invitations" BROKER list { refuses: &[SEARCH] };
    /// Shows one of them.
    GET "/api/v1/client-invitations/{id}" BROKER show { refuses: &[UNKNOWN] };
    /// Replaces the form. A changed address kills the old links, and has been sent nothing until it is sent.
    PUT "/api/v1/client-invitations/{id}" BROKER replace { refuses: EDITING };
    /// Changes some fields, the others stay; null empties `phone`, `message`, `transaction_id`.
    PATCH "/api/v1/client-invitations/{id}" BROKER change { refuses: EDITING };
    /// Mails a new link, good for seven days from now; every old link dies. Works on expired ones too.
    ///
    /// `invitation_recent` before `resend_at`; `unavailable` if the invitation is being changed in the same moment.
    POST "/api/v1/client-invitations/{id}/resend" BROKER resend {
        throttle: &[Mails], refuses: &[UNKNOWN, LIVE, &[Code::InvitationRecent]],
    };
    /// Gives the links that were handed out seven days from now; no mail. Works on expired ones too.
    POST "/api/v1/client-invitations/{id}/extend" BROKER extend { refuses: &[UNKNOWN, LIVE] };
    /// Makes one more link for this invitation, to be handed over by the broker.
    POST "/api/v1/client-invitations/{id}/link" BROKER link { refuses: &[UNKNOWN, LIVE, &[Code::InvitationUnsent]] };
    /// Kills its links.
    POST "/api/v1/client-invitations/{id}/cancel" BROKER cancel { refuses: &[UNKNOWN, LIVE] };
}
