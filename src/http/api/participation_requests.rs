use actix_web::{HttpResponse, web};
use serde_json::json;

use super::transactions::shown;
use crate::domain::{Caller, TransactionId};
use crate::http::error::ApiResult;
use crate::http::route::routes;
use crate::http::state::HttpState;

pub async fn list(state: web::Data<HttpState>, caller: web::ReqData<Caller>) -> ApiResult {
    let requests = state.app.participation_requests(&caller).await?;
    Ok(HttpResponse::Ok().json(json!({ "requests": requests })))
}

pub async fn accept(state: web::Data<HttpState>, caller: web::ReqData<Caller>, id: web::Path<i64>) -> ApiResult {
    let view = state.app.accept_participation(&caller, TransactionId(*id)).await?;
    Ok(HttpResponse::Ok().json(json!({ "transaction": shown(view) })))
}

pub async fn decline(state: web::Data<HttpState>, caller: web::ReqData<Caller>, id: web::Path<i64>) -> ApiResult {
    state.app.decline_participation(&caller, TransactionId(*id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

routes! { participation_request:
    GET  "/api/v1/participation-requests"              BROKER list;
    POST "/api/v1/participation-requests/{id}/accept"  BROKER accept;
    POST "/api/v1/participation-requests/{id}/decline" BROKER decline;
}
