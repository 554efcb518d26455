use actix_web::{Either, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::{PageOf, messages};
use crate::domain::{AccountId, Caller, Code, Entry, Posted, Refusal, Role, RoomId, Seq, Timestamp, TransactionId};
use crate::http::answer::{Created, Shown};
use crate::http::body::{Json, Query};
use crate::http::error::ApiResult;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Pages backwards: the entries below this `seq`.
    before: Option<i64>,
    /// Pages forwards: the entries above this `seq`. Not together with `before`.
    after: Option<i64>,
    /// 50 unless given, at most 200. Fewer come when they are more than about 128 KiB.
    limit: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostBody {
    nonce: String,
    body: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadBody {
    seq: i64,
}

#[derive(Serialize, ToSchema)]
pub struct MessagePage {
    room: RoomId,
    head: Seq,
    /// Null while nothing was ever marked read.
    read: Option<Seq>,
    /// The head when the person came.
    joined_seq: Seq,
    unread: i64,
    members: Vec<RoomMemberView>,
    /// In rising `seq`.
    #[schema(value_type = Vec<EntrySchema>)]
    entries: Vec<Entry>,
    has_older: bool,
    has_newer: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
struct RoomMemberView {
    account: AccountId,
    name: String,
    role: Role,
    active: bool,
    address_proved: bool,
    read: Option<Seq>,
    last_seen: Option<Timestamp>,
}

/// An entry of a room's log, as PROTOCOL.md describes it: a message, or an event. It is written by hand where it is sent
/// (`domain::EntryRef`), so this is the one schema that stands apart from its type; a test compares them.
#[derive(ToSchema)]
#[schema(as = Entry)]
#[expect(dead_code, reason = "only its schema is used")]
struct EntrySchema {
    room: RoomId,
    seq: Seq,
    kind: String,
    author: Option<AccountId>,
    nonce: Option<String>,
    body: Option<String>,
    /// The event, depending on `kind`.
    data: Option<serde_json::Value>,
    at: Timestamp,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ReadAnswer)]
pub struct ReadMarkAnswer {
    room: RoomId,
    /// Null while nothing was ever marked read.
    read: Option<Seq>,
    unread: i64,
}

/// The page that a query asks for, and the number of its entries.
fn asked(PageQuery { before, after, limit }: PageQuery) -> Result<(PageOf, Option<i64>), Refusal> {
    let of = match (before, after) {
        (None, None) => PageOf::Newest,
        (Some(before), None) => PageOf::Before(Seq(before)),
        (None, Some(after)) => PageOf::After(Seq(after)),
        (Some(_), Some(_)) => return Err(Refusal::field(Code::QueryInvalid, "after")),
    };
    Ok((of, limit))
}

/// As [`list`] reads its query.
#[cfg(any(test, feature = "fuzzing"))]
pub fn page_of(query: &str) -> Result<(PageOf, Option<i64>), Refusal> {
    asked(Query::parse(query)?.0)
}

pub async fn list(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    query: Query<PageQuery>,
) -> ApiResult<Shown<MessagePage>> {
    let (of, limit) = asked(query.0)?;
    let page = messages::list(&state.app, &caller, TransactionId(*id), of, limit).await?;
    let members = page.members.into_iter().map(|member| RoomMemberView {
        account: member.account,
        name: member.name,
        role: member.role,
        active: member.active,
        address_proved: member.address_proved,
        read: member.read,
        last_seen: member.last_seen,
    });
    Ok(Shown::of(MessagePage {
        room: page.membership.room,
        head: page.membership.head,
        read: page.membership.read,
        joined_seq: page.membership.joined,
        unread: page.membership.unread,
        members: members.collect(),
        entries: page.entries,
        has_older: page.has_older,
        has_newer: page.has_newer,
    }))
}

pub async fn create(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    body: Json<PostBody>,
) -> ApiResult<Either<Created<Posted>, Shown<Posted>>> {
    let room = messages::room_of(&state.app, &caller, TransactionId(*id)).await?;
    let Json(PostBody { nonce, body }) = body;
    let posted = messages::post_and_wait(&state.app, &caller, room, nonce, body).await?;
    let is_new = !posted.repeated;
    Ok(if is_new { Either::Left(Created::of(posted)) } else { Either::Right(Shown::of(posted)) })
}

pub async fn read(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    body: Json<ReadBody>,
) -> ApiResult<Shown<ReadMarkAnswer>> {
    let room = messages::room_of(&state.app, &caller, TransactionId(*id)).await?;
    if body.0.seq < 0 {
        return Err(Refusal::field(Code::ValueInvalid, "seq").into());
    }
    let membership = messages::mark_read(&state.app, &caller, room, Seq(body.0.seq)).await?;
    Ok(Shown::of(ReadMarkAnswer { room, read: membership.read, unread: membership.unread }))
}

const ROOM: &[Code] =
    &[Code::TransactionUnknown, Code::RoomUnknown, Code::Forbidden, Code::SessionEnded, Code::CursorAhead];

routes! { message:
    /// A part of the room of a transaction; without `before` and `after` its newest part.
    GET "/api/v1/transactions/{id}/messages" PARTICIPANT list { throttle: &[Reads], refuses: &[ROOM] };
    /// Posts a message: 201, or 200 with the same body if the nonce was already stored.
    ///
    /// The REST twin of the socket's `post`. `error.seq` of `nonce_reused` says where the first message with this nonce stands.
    POST "/api/v1/transactions/{id}/messages" PARTICIPANT create {
        throttle: &[Posts],
        refuses: &[ROOM, &[
            Code::NonceInvalid, Code::NonceReused, Code::MessageEmpty, Code::MessageInvalid, Code::MessageTooLong,
            Code::LogFull,
        ]],
    };
    /// Moves the caller's read position forward.
    PUT "/api/v1/transactions/{id}/read" PARTICIPANT read { audit: None, throttle: &[Reads], refuses: &[ROOM] };
}
