use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::{TransactionQuery, TransactionView, transaction_changes, transactions};
use crate::domain::{
    AccessFlags, AccountId, Caller, Code, EndedParts, HiddenField, Participant, Refusal, RoomId, Seq, Timestamp,
    TransactionChanges, TransactionDetails, TransactionForm, TransactionId, TransactionStatus,
};
use crate::http::answer::{Created, Shown};
use crate::http::body::{Json, Query};
use crate::http::error::ApiResult;
use crate::http::idempotency::RequestKey;
use crate::http::route::routes;
use crate::http::state::HttpState;
use crate::store::transaction_changes::FieldChange;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct TransactionsQuery {
    status: Option<TransactionStatus>,
    /// Words that each stand in the title, the place or the name of a participant.
    q: Option<String>,
    /// The `next` of the page before.
    before: Option<String>,
    limit: Option<i64>,
}

/// A range of entries of the conversation: from the first to the last, 500 at most.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct TransactionChangesQuery {
    from: Option<i64>,
    to: Option<i64>,
}

/// The change of one field, which the entry `seq` names without its values.
#[derive(Serialize, ToSchema)]
#[schema(as = FieldChange)]
struct FieldChangeJson {
    seq: Seq,
    field: HiddenField,
    from: serde_json::Value,
    to: serde_json::Value,
}

#[derive(Serialize, ToSchema)]
pub struct FieldChangeList {
    changes: Vec<FieldChangeJson>,
}

/// A transaction as the reader sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Transaction)]
struct TransactionJson {
    id: TransactionId,
    #[serde(flatten)]
    #[schema(inline, value_type = TransactionForm)]
    details: TransactionDetails,
    /// Progress 0 is `new`, 1 to 99 `in_progress`, 100 `completed`.
    status: TransactionStatus,
    opened_by: AccountId,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// The reader's own.
    access: AccessFlags,
    participants: Vec<Participant>,
    /// Brokers who have not answered; empty for clients.
    asked: Vec<Participant>,
    /// Null without the messaging access.
    room: Option<RoomJson>,
}

/// The room of a transaction, as a list shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = RoomSummary)]
struct RoomJson {
    id: RoomId,
    head: Seq,
    /// Null while nothing was ever marked read.
    read: Option<Seq>,
    /// The head when the person came.
    joined_seq: Seq,
    unread: i64,
    last_message: Option<LastMessageJson>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LastMessage)]
struct LastMessageJson {
    seq: Seq,
    author: AccountId,
    author_name: String,
    body: String,
    at: Timestamp,
}

#[derive(Serialize, ToSchema)]
pub struct TransactionAnswer {
    transaction: TransactionJson,
}

#[derive(Serialize, ToSchema)]
pub struct TransactionList {
    /// Latest activity first.
    transactions: Vec<TransactionJson>,
    /// The `before` of the next page.
    next: Option<String>,
    /// The caller's parts that ended.
    ended: Option<EndedParts>,
}

pub fn shown(view: TransactionView) -> TransactionAnswer {
    TransactionAnswer { transaction: as_json(view) }
}

fn as_json(view: TransactionView) -> TransactionJson {
    let TransactionView { transaction: t, participants, own, asked, room } = view;
    let room = room.map(|room| RoomJson {
        id: room.room,
        head: room.head,
        read: room.read,
        joined_seq: room.joined,
        unread: room.unread,
        last_message: room.last_message.map(|last| LastMessageJson {
            seq: last.seq,
            author: last.author,
            author_name: last.author_name,
            body: last.body,
            at: last.at,
        }),
    });
    TransactionJson {
        id: t.id,
        details: t.details,
        status: t.status,
        opened_by: t.opened_by,
        created_at: t.created_at,
        updated_at: t.updated_at,
        access: own.access,
        participants,
        asked,
        room,
    }
}

pub async fn create(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    key: RequestKey,
    body: Json<TransactionForm>,
) -> ApiResult<Created<TransactionAnswer>> {
    let view = transactions::create(&state.app, &caller, body.0, key.0).await?;
    Ok(Created::of(shown(view)))
}

pub async fn list(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    query: Query<TransactionsQuery>,
) -> ApiResult<Shown<TransactionList>> {
    let Query(TransactionsQuery { status, q, before, limit }) = query;
    let before = match before.as_deref().map(parse_cursor) {
        Some(None) => return Err(Refusal::field(Code::QueryInvalid, "before").into()),
        Some(cursor) => cursor,
        None => None,
    };
    let query = TransactionQuery { status, text: q, before, limit };
    let page = transactions::list(&state.app, &caller, query).await?;
    let next = page.next.map(|(at, id)| format!("{}-{id}", at.0));
    let transactions = page.transactions.into_iter().map(as_json).collect();
    Ok(Shown::of(TransactionList { transactions, next, ended: page.ended }))
}

fn parse_cursor(text: &str) -> Option<(Timestamp, TransactionId)> {
    let (at, id) = text.split_once('-')?;
    Some((Timestamp(at.parse().ok()?), TransactionId(id.parse().ok()?)))
}

pub async fn show(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<Shown<TransactionAnswer>> {
    let view = transactions::show(&state.app, &caller, TransactionId(*id)).await?;
    Ok(Shown::of(shown(view)))
}

pub async fn change(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    body: Json<TransactionChanges>,
) -> ApiResult<Shown<TransactionAnswer>> {
    let view = transactions::change(&state.app, &caller, TransactionId(*id), body.0).await?;
    Ok(Shown::of(shown(view)))
}

pub async fn changes(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    query: Query<TransactionChangesQuery>,
) -> ApiResult<Shown<FieldChangeList>> {
    let Query(TransactionChangesQuery { from, to }) = query;
    let (first, last) = (Seq(from.unwrap_or(1)), Seq(to.unwrap_or(i64::MAX)));
    let found = transaction_changes::list(&state.app, &caller, TransactionId(*id), first, last).await?;
    let as_json = |FieldChange { seq, field, from, to }| FieldChangeJson { seq, field, from, to };
    Ok(Shown::of(FieldChangeList { changes: found.into_iter().map(as_json).collect() }))
}

const DETAILS: &[Code] = &[
    Code::ValueTooLong,
    Code::DirectionControls,
    Code::ProgressInvalid,
    Code::DateInvalid,
    Code::DatesReversed,
    Code::MoneyInvalid,
];

routes! { transaction:
    /// Opens a transaction.
    POST "/api/v1/transactions" BROKER create { refuses: &[DETAILS] };
    /// The transactions in which the caller takes part, latest activity first.
    GET "/api/v1/transactions" PARTICIPANT list { refuses: &[SEARCH] };
    /// One of them.
    GET "/api/v1/transactions/{id}" PARTICIPANT show { refuses: &[&[Code::TransactionUnknown]] };
    /// The old and new values of fields that entries of the conversation only name.
    ///
    /// Only those that the caller sees: an access flag hides each.
    GET "/api/v1/transactions/{id}/changes" PARTICIPANT changes {
        refuses: &[&[Code::TransactionUnknown, Code::Forbidden]],
    };
    /// Changes the fields that are given.
    PATCH "/api/v1/transactions/{id}" BROKER change { refuses: &[DETAILS, &[Code::TransactionUnknown]] };
}
