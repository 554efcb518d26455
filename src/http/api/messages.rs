use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::app::PageOf;
use crate::domain::{Caller, Code, Refusal, Seq, TransactionId};
use crate::http::body::{Json, Query};
use crate::http::error::ApiResult;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    before: Option<i64>,
    after: Option<i64>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostBody {
    nonce: String,
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadBody {
    seq: i64,
}

/// Which page a query asks for, and how many entries of it.
pub fn page_of(query: &str) -> Result<(PageOf, Option<i64>), Refusal> {
    let PageQuery { before, after, limit } = Query::parse(query)?.0;
    let of = match (before, after) {
        (None, None) => PageOf::Newest,
        (Some(before), None) => PageOf::Before(Seq(before)),
        (None, Some(after)) => PageOf::After(Seq(after)),
        (Some(_), Some(_)) => return Err(Refusal::field(Code::QueryInvalid, "after")),
    };
    Ok((of, limit))
}

pub async fn list(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    request: HttpRequest,
) -> ApiResult {
    let (of, limit) = page_of(request.query_string())?;
    let page = state.app.messages(&caller, TransactionId(*id), of, limit).await?;
    let members: Vec<_> = page
        .members
        .iter()
        .map(|member| {
            json!({
                "account": member.account,
                "name": member.name,
                "role": member.role,
                "active": member.active,
                "address_proved": member.address_proved,
                "read": member.read,
                "last_seen": member.last_seen,
            })
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({
        "room": page.membership.room,
        "head": page.membership.head,
        "read": page.membership.read,
        "joined_seq": page.membership.joined,
        "unread": page.membership.unread,
        "members": members,
        "entries": page.entries,
        "has_older": page.has_older,
        "has_newer": page.has_newer,
    })))
}

pub async fn create(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    body: Json<PostBody>,
) -> ApiResult {
    let room = state.app.room_of(&caller, TransactionId(*id)).await?;
    let Json(PostBody { nonce, body }) = body;
    let posted = state.app.post_and_wait(&caller, room, nonce, body).await?;
    let mut response = if posted.repeated { HttpResponse::Ok() } else { HttpResponse::Created() };
    Ok(response.json(posted))
}

pub async fn read(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    body: Json<ReadBody>,
) -> ApiResult {
    let room = state.app.room_of(&caller, TransactionId(*id)).await?;
    if body.0.seq < 0 {
        return Err(Refusal::field(Code::ValueInvalid, "seq").into());
    }
    let membership = state.app.mark_read(&caller, room, Seq(body.0.seq)).await?;
    Ok(HttpResponse::Ok().json(json!({ "room": room, "read": membership.read, "unread": membership.unread })))
}

routes! { message:
    GET  "/api/v1/transactions/{id}/messages" PARTICIPANT list { throttle: &[Reads] };
    POST "/api/v1/transactions/{id}/messages" PARTICIPANT create { throttle: &[Posts] };
    PUT  "/api/v1/transactions/{id}/read"     PARTICIPANT read { audit: None };
}
