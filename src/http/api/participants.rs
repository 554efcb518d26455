use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::{NewParticipant, participants};
use crate::domain::{AccessChanges, AccessFlags, AccountId, Caller, Code, Participant, TransactionId};
use crate::http::answer::{Created, NoContent, Shown};
use crate::http::body::Json;
use crate::http::error::ApiResult;
use crate::http::idempotency::RequestKey;
use crate::http::route::routes;
use crate::http::state::HttpState;
use crate::store::participants::People;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ParticipantBody {
    account_id: Option<AccountId>,
    email: Option<String>,
    #[serde(default)]
    access: AccessFlags,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessBody {
    access: AccessChanges,
}

#[derive(Serialize, ToSchema)]
pub struct ParticipantList {
    participants: Vec<Participant>,
    /// Brokers who have not answered; empty for clients.
    asked: Vec<Participant>,
}

#[derive(Serialize, ToSchema)]
pub struct ParticipantAnswer {
    participant: Participant,
}

pub async fn list(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<Shown<ParticipantList>> {
    let People { participants, asked } = participants::list(&state.app, &caller, TransactionId(*id)).await?;
    Ok(Shown::of(ParticipantList { participants, asked }))
}

pub async fn create(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    key: RequestKey,
    body: Json<ParticipantBody>,
) -> ApiResult<Created<ParticipantAnswer>> {
    let Json(ParticipantBody { account_id, email, access }) = body;
    let new = NewParticipant { account: account_id, email, access };
    let participant = participants::create(&state.app, &caller, TransactionId(*id), new, key.0).await?;
    Ok(Created::of(ParticipantAnswer { participant }))
}

pub async fn change(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    ids: web::Path<(i64, i64)>,
    body: Json<AccessBody>,
) -> ApiResult<Shown<ParticipantAnswer>> {
    let (id, account) = *ids;
    let participant =
        participants::change(&state.app, &caller, TransactionId(id), AccountId(account), body.0.access).await?;
    Ok(Shown::of(ParticipantAnswer { participant }))
}

pub async fn remove(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    ids: web::Path<(i64, i64)>,
) -> ApiResult<NoContent> {
    let (id, account) = *ids;
    participants::remove(&state.app, &caller, TransactionId(id), AccountId(account)).await?;
    Ok(NoContent::default())
}

const UNKNOWN: &[Code] = &[Code::TransactionUnknown];

routes! { participant:
    /// The people who take part.
    GET "/api/v1/transactions/{id}/participants" PARTICIPANT list { refuses: &[UNKNOWN] };
    /// Adds one of the broker's clients, who takes part at once, or another broker, who is asked first.
    ///
    /// `pending` is true until they accept. At most 500 take part, took part or are asked.
    POST "/api/v1/transactions/{id}/participants" BROKER create {
        refuses: &[UNKNOWN, PERSON, &[Code::AccountUnknown, Code::ClientInactive, Code::ParticipantExists, Code::TooManyParticipants]],
    };
    /// Changes what they may use.
    PATCH "/api/v1/transactions/{id}/participants/{account_id}" BROKER change {
        refuses: &[UNKNOWN, &[Code::ParticipantUnknown, Code::OpenerStays]],
    };
    /// Ends a part: a broker of the transaction ends anybody's, and everybody their own.
    ///
    /// The person hears nothing more from that moment, on any node. For a broker who has not answered, it takes the request back.
    /// The person who opened the transaction leaves by themselves only (`opener_stays`), unless their account is closed.
    DELETE "/api/v1/transactions/{id}/participants/{account_id}" PARTICIPANT remove {
        refuses: &[UNKNOWN, &[Code::ParticipantUnknown, Code::OpenerStays, Code::LastBroker]],
    };
}
