use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::{TransactionChanges, TransactionForm, TransactionQuery, TransactionView};
use crate::domain::{Caller, Code, Money, Refusal, Timestamp, TransactionId, TransactionKind, TransactionStatus};
use crate::http::body::{Json, Query, given};
use crate::http::error::ApiResult;
use crate::http::idempotency::RequestKey;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateBody {
    title: String,
    kind: TransactionKind,
    #[serde(default)]
    progress: i64,
    address: Option<String>,
    city: Option<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    offered_price: Option<Money>,
    accepted_price: Option<Money>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransactionChangeBody {
    title: Option<String>,
    kind: Option<TransactionKind>,
    progress: Option<i64>,
    status: Option<StatusChange>,
    #[serde(default, deserialize_with = "given")]
    address: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    city: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    start_date: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    end_date: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    offered_price: Option<Option<Money>>,
    #[serde(default, deserialize_with = "given")]
    accepted_price: Option<Option<Money>>,
}

/// A status follows the progress; only this much of it is chosen.
#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum StatusChange {
    Cancelled,
    Open,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransactionsQuery {
    status: Option<TransactionStatus>,
    q: Option<String>,
    before: Option<String>,
    limit: Option<i64>,
}

pub fn shown(view: TransactionView) -> Value {
    let TransactionView { transaction: t, participants, own, asked, room } = view;
    let room = room.map(|room| {
        let last = room.last_message.map(|last| {
            json!({
                "seq": last.seq,
                "author": last.author,
                "author_name": last.author_name,
                "body": last.body,
                "at": last.at,
            })
        });
        json!({
            "id": room.room,
            "head": room.head,
            "read": room.read,
            "joined_seq": room.joined,
            "unread": room.unread,
            "last_message": last,
        })
    });
    json!({
        "id": t.id,
        "title": t.title,
        "kind": t.kind,
        "status": t.status,
        "progress": t.progress,
        "address": t.address,
        "city": t.city,
        "start_date": t.start_date,
        "end_date": t.end_date,
        "offered_price": t.offered_price,
        "accepted_price": t.accepted_price,
        "opened_by": t.opened_by,
        "created_at": t.created_at,
        "updated_at": t.updated_at,
        "access": own.access,
        "participants": participants,
        "asked": asked,
        "room": room,
    })
}

pub async fn create(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    key: RequestKey,
    body: Json<CreateBody>,
) -> ApiResult {
    let Json(b) = body;
    let form = TransactionForm {
        title: b.title,
        kind: b.kind,
        progress: b.progress,
        address: b.address,
        city: b.city,
        start_date: b.start_date,
        end_date: b.end_date,
        offered_price: b.offered_price,
        accepted_price: b.accepted_price,
    };
    let view = state.app.open_transaction(&caller, form, key.0).await?;
    Ok(HttpResponse::Created().json(json!({ "transaction": shown(view) })))
}

pub async fn list(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    query: Query<TransactionsQuery>,
) -> ApiResult {
    let Query(TransactionsQuery { status, q, before, limit }) = query;
    let before = match before.as_deref().map(parse_cursor) {
        Some(None) => return Err(Refusal::field(Code::QueryInvalid, "before").into()),
        Some(cursor) => cursor,
        None => None,
    };
    let query = TransactionQuery { status, text: q, before, limit };
    let (views, next) = state.app.transactions(&caller, query).await?;
    let transactions: Vec<Value> = views.into_iter().map(shown).collect();
    let next = next.map(|(at, id)| format!("{}-{id}", at.0));
    let ended = state.app.ended_parts(&caller).await?;
    Ok(HttpResponse::Ok().json(json!({ "transactions": transactions, "next": next, "ended": ended })))
}

fn parse_cursor(text: &str) -> Option<(Timestamp, TransactionId)> {
    let (at, id) = text.split_once('-')?;
    Some((Timestamp(at.parse().ok()?), TransactionId(id.parse().ok()?)))
}

pub async fn show(state: web::Data<HttpState>, caller: web::ReqData<Caller>, id: web::Path<i64>) -> ApiResult {
    let view = state.app.transaction(&caller, TransactionId(*id)).await?;
    Ok(HttpResponse::Ok().json(json!({ "transaction": shown(view) })))
}

pub async fn change(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    body: Json<TransactionChangeBody>,
) -> ApiResult {
    let Json(b) = body;
    let changes = TransactionChanges {
        title: b.title,
        kind: b.kind,
        progress: b.progress,
        cancelled: b.status.map(|status| status == StatusChange::Cancelled),
        address: b.address,
        city: b.city,
        start_date: b.start_date,
        end_date: b.end_date,
        offered_price: b.offered_price,
        accepted_price: b.accepted_price,
    };
    let view = state.app.change_transaction(&caller, TransactionId(*id), changes).await?;
    Ok(HttpResponse::Ok().json(json!({ "transaction": shown(view) })))
}

routes! { transaction:
    POST  "/api/v1/transactions"      BROKER      create;
    GET   "/api/v1/transactions"      PARTICIPANT list;
    GET   "/api/v1/transactions/{id}" PARTICIPANT show;
    PATCH "/api/v1/transactions/{id}" BROKER      change;
}
