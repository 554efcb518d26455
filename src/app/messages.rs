//! Messages: post, page, read. Sockets and REST both come through here.

use super::reads::{MarkRequest, Marking};
use super::{Access, App, AppResult};
use crate::domain::{Caller, Code, Entry, EntryBody, MessageBody, Need, Nonce, Posted, RoomId, Seq, TransactionId};
use crate::store::log::{self, NewEntry};
use crate::store::members::{self, Member, Membership};
use crate::store::{Db, StoreError, StoreResult, rooms};
use crate::testing::failpoints;

/// A part of the log.
#[derive(Debug, Clone, Copy)]
pub enum PageOf {
    Newest,
    Before(Seq),
    After(Seq),
}

/// A part of a room's log, with what a client needs to show it.
pub struct RoomPage {
    pub membership: Membership,
    pub members: Vec<Member>,
    pub entries: Vec<Entry>,
    pub has_older: bool,
    pub has_newer: bool,
}

/// Tells `answer` after the commit, from a thread of the log: it must not block. Refuses `room_unknown` alike for rooms that
/// do not exist and that are not the caller's, and `too_many_posts` whichever way the posts of one account come in. The post stands
/// in the queue when this returns, so that several of one caller keep their order.
pub fn post(
    app: &App,
    caller: &Caller,
    room: RoomId,
    nonce: String,
    body: String,
    answer: impl FnOnce(AppResult<Posted>) + Send + 'static,
) {
    let (account, session) = (caller.account, caller.session);
    if let Err(refusal) = app.posts.take(account, app.clock.now()) {
        return answer(Err(refusal.into()));
    }
    let post = Nonce::parse(nonce)
        .and_then(|nonce| Ok(NewEntry::new(room, account, session, nonce, entry_body(MessageBody::parse(body)?))));
    match post {
        Ok(post) => app.log.post(post, Box::new(|result| answer(result.map_err(Into::into)))),
        Err(refusal) => answer(Err(refusal.into())),
    }
}

/// As [`post`], for those who wait for the answer.
pub async fn post_and_wait(app: &App, caller: &Caller, room: RoomId, nonce: String, body: String) -> AppResult<Posted> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    post(app, caller, room, nonce, body, |result| {
        let _ = answer.send(result);
    });
    // Every post is answered; were it not, nobody would know.
    answered.await.unwrap_or_else(|_| Err(StoreError::OutcomeUnknown.into()))
}

/// Moves the caller's read position forward and tells the room. Marks of one person at the same time are put together, and
/// waits for whatever else there is to do.
pub async fn mark_read(app: &App, caller: &Caller, room: RoomId, seq: Seq) -> AppResult<Membership> {
    let wish = MarkRequest { session: caller.session, room, seq };
    app.reads.mark(caller.account, wish, Marking::of(app)).await
}

/// How the caller stands in a room. Refuses `room_unknown`, and `session_ended`.
pub async fn membership(app: &App, caller: &Caller, room: RoomId) -> AppResult<Membership> {
    let (account, session, now) = (caller.account, caller.session, app.clock.now());
    Ok(app.store.read_queued(move |conn| members::membership(conn, room, account, session, now)).await?)
}

/// Entries above `seq`, for a socket that catches up. Empty also when the right to the room has ended.
pub async fn after(app: &App, caller: &Caller, room: RoomId, seq: Seq, limit: i64) -> AppResult<Vec<Entry>> {
    let (caller, now) = (caller.clone(), app.clock.now());
    Ok(app.store.read_queued(move |conn| log::after(conn, room, &caller, seq, limit, now)).await?)
}

/// The room of a transaction. Refuses `transaction_unknown` to strangers, `forbidden` without the messaging access.
pub async fn room_of(app: &App, caller: &Caller, transaction: TransactionId) -> AppResult<RoomId> {
    let caller = caller.clone();
    let room = app
        .store
        .read_first(move |conn| {
            let own = Access::on(conn, &caller, transaction, Need::Messaging)?;
            rooms::conversation_of(conn, &own)?.ok_or_else(|| Code::TransactionUnknown.into())
        })
        .await?;
    Ok(room)
}

pub async fn list(
    app: &App,
    caller: &Caller,
    transaction: TransactionId,
    of: PageOf,
    limit: Option<i64>,
) -> AppResult<RoomPage> {
    let room = room_of(app, caller, transaction).await?;
    let limit = app.page_size(limit);
    let (caller, now) = (caller.clone(), app.clock.now());
    let page = app
        .store
        .read(move |conn| {
            let membership = members::membership(conn, room, caller.account, caller.session, now)?;
            // Later posts stand beyond this head and are not in the count beside it.
            let mut entries = match of {
                PageOf::Newest => log::before(conn, room, &caller, membership.head.next(), limit, now)?,
                PageOf::Before(seq) => log::before(conn, room, &caller, seq, limit, now)?,
                PageOf::After(seq) => log::after(conn, room, &caller, seq, limit, now)?,
            };
            entries.retain(|entry| entry.seq <= membership.head);
            page(conn, membership, of, entries)
        })
        .await?;
    Ok(page)
}

/// A message, unless a test planted that this version knows one kind of entry more than the others.
fn entry_body(body: MessageBody) -> EntryBody {
    match failpoints::extra_kind(body.as_str()) {
        Some(extra) => extra,
        None => EntryBody::message(body.into_string()),
    }
}

fn page(conn: &mut Db, membership: Membership, of: PageOf, entries: Vec<Entry>) -> StoreResult<RoomPage> {
    let snapshot = members::snapshot(conn, membership.room)?.ok_or(Code::RoomUnknown)?;
    let (first, last) = match (entries.first(), entries.last(), of) {
        (Some(first), Some(last), _) => (first.seq, last.seq),
        // An empty page lies at the end that was asked about: all there is stands on its other side.
        (_, _, PageOf::Before(_)) => (Seq(1), Seq(0)),
        (_, _, PageOf::After(_) | PageOf::Newest) => (membership.head.next(), membership.head),
    };
    Ok(RoomPage {
        has_older: first > Seq(1),
        has_newer: last < membership.head,
        members: snapshot.members,
        membership,
        entries,
    })
}
