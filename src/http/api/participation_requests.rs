use actix_web::web;
use serde::Serialize;
use utoipa::ToSchema;

use super::transactions::{TransactionAnswer, shown};
use crate::app::participation_requests;
use crate::domain::{Caller, Code, ParticipationRequest, TransactionId};
use crate::http::answer::{NoContent, Shown};
use crate::http::error::ApiResult;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Serialize, ToSchema)]
pub struct ParticipationRequestList {
    requests: Vec<ParticipationRequest>,
}

pub async fn list(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
) -> ApiResult<Shown<ParticipationRequestList>> {
    let requests = participation_requests::list(&state.app, &caller).await?;
    Ok(Shown::of(ParticipationRequestList { requests }))
}

pub async fn accept(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<Shown<TransactionAnswer>> {
    let view = participation_requests::accept(&state.app, &caller, TransactionId(*id)).await?;
    Ok(Shown::of(shown(view)))
}

pub async fn decline(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<NoContent> {
    participation_requests::decline(&state.app, &caller, TransactionId(*id)).await?;
    Ok(NoContent::default())
}

routes! { participation_request:
    /// The requests that others make of the caller; the live frame `changed` says when to look.
    GET "/api/v1/participation-requests" BROKER list;
    /// The broker who is asked takes part. The id is the transaction's.
    POST "/api/v1/participation-requests/{id}/accept" BROKER accept { refuses: &[&[Code::TransactionUnknown]] };
    /// Declines the request; no trace of it stays.
    POST "/api/v1/participation-requests/{id}/decline" BROKER decline { refuses: &[&[Code::TransactionUnknown]] };
}
