//! What the frames of a client do. Every answer of the database is awaited beside the actor, never in it.

use actix::prelude::*;
use actix_web_actors::ws::WebsocketContext;

use super::actor::{JoinedRoom, Session};
use super::catch_up::{AfterPage, CatchUp};
use crate::app::AppResult;
use crate::domain::{Code, Entry, Refusal, RoomId, Seq};
use crate::realtime::hub::FindRoom;
use crate::realtime::protocol::{ClientFrame, Malformed, ServerFrame};
use crate::realtime::room::{Room, Subscribe, Subscribed, Typing, Unsubscribe};
use crate::store::members::Standing;

/// Entries read at once for a client that catches up,
const PAGE: i64 = 200;
/// and sent in frames of about this size.
const PAGE_BYTES: usize = 128 * 1024;

type Ctx = WebsocketContext<Session>;

impl Session {
    pub(super) fn command(&mut self, text: &str, ctx: &mut Ctx) {
        match ClientFrame::parse(text) {
            Err(Malformed { reference }) => self.malformed(reference, ctx),
            Ok(ClientFrame::Ping { reference }) => self.send(&ServerFrame::Pong { reference }, ctx),
            Ok(ClientFrame::Typing { room, on }) => self.typing(room, on),
            Ok(ClientFrame::Leave { reference, room }) => self.leave(reference, room, ctx),
            Ok(ClientFrame::Join { reference, room, after }) => self.join(reference, room, after, ctx),
            Ok(ClientFrame::Post { reference, room, nonce, body }) => self.post(reference, room, nonce, body, ctx),
            Ok(ClientFrame::Read { reference, room, seq }) => self.read(reference, room, seq, ctx),
        }
    }

    /// Refuses when too many answers are outstanding.
    fn begin(&mut self, reference: Option<u64>, ctx: &mut Ctx) -> bool {
        if self.pending >= self.options.pending_frames {
            self.refuse(reference, &Refusal::retry(Code::TooManyRequests, 500), ctx);
            return false;
        }
        self.pending += 1;
        true
    }

    fn typing(&mut self, room: RoomId, on: bool) {
        // Only rooms that this session was let into; lost if the room is busy, which no one will miss.
        if let Some(joined) = self.rooms.get(&room) {
            let _ = joined.addr.try_send(Typing { account: self.caller.account, on });
        }
    }

    fn leave(&mut self, reference: u64, room: RoomId, ctx: &mut Ctx) {
        if let Some(joined) = self.rooms.remove(&room) {
            let _ = joined.addr.try_send(Unsubscribe(self.key));
        }
        self.send(&ServerFrame::Left { reference, room }, ctx);
    }

    fn post(&mut self, reference: u64, room: RoomId, nonce: String, body: String, ctx: &mut Ctx) {
        if let Err(wait_ms) = self.posts.take(self.app.clock.now()) {
            return self.refuse(Some(reference), &Refusal::retry(Code::TooManyPosts, wait_ms), ctx);
        }
        if !self.begin(Some(reference), ctx) {
            return;
        }
        let (app, caller) = (self.app.clone(), self.caller.clone());
        let posting = async move { app.post(&caller, room, nonce, body).await };
        ctx.spawn(posting.into_actor(self).map(move |result, session, ctx| {
            match result {
                Ok(posted) => session.send(&ServerFrame::Posted { reference, posted }, ctx),
                Err(error) => session.fail(Some(reference), &error, ctx),
            }
            session.end(ctx);
        }));
    }

    fn read(&mut self, reference: Option<u64>, room: RoomId, seq: Seq, ctx: &mut Ctx) {
        if !self.begin(reference, ctx) {
            return;
        }
        let (app, caller) = (self.app.clone(), self.caller.clone());
        let reading = async move { app.mark_read(&caller, room, seq).await };
        ctx.spawn(reading.into_actor(self).map(move |result, session, ctx| {
            match result {
                Ok(Standing { read, unread, .. }) => {
                    session.send(&ServerFrame::Unread { reference, room, read, count: unread }, ctx);
                }
                Err(error) => session.fail(reference, &error, ctx),
            }
            session.end(ctx);
        }));
    }

    fn join(&mut self, reference: u64, room: RoomId, after: Option<Seq>, ctx: &mut Ctx) {
        if self.rooms.len() >= self.options.rooms && !self.rooms.contains_key(&room) {
            return self.refuse(Some(reference), &Code::TooManyRooms.into(), ctx);
        }
        if !self.begin(Some(reference), ctx) {
            return;
        }
        self.joins += 1;
        let join = self.joins;
        let handle = self.handle_of(ctx);
        let (app, hub, caller) = (self.app.clone(), self.hub.clone(), self.caller.clone());
        let joining = async move {
            let standing = app.standing(&caller, room).await?;
            if after.is_some_and(|after| after > standing.head) {
                return Err(Code::CursorAhead.into());
            }
            // A room that is being put away just now is found anew.
            for _ in 0..3 {
                let found = hub.send(FindRoom(room)).await.map_err(|_| unavailable())??;
                let subscribe = Subscribe { session: handle.clone(), acl_version: standing.acl_version };
                match found.send(subscribe).await {
                    Ok(subscribed) => return Ok((standing, found, subscribed?)),
                    Err(_) => continue,
                }
            }
            Err(unavailable().into())
        };
        ctx.spawn(joining.into_actor(self).map(move |result: AppResult<_>, session, ctx| {
            match result {
                Ok((standing, addr, subscribed)) => {
                    session.joined(reference, join, after, &standing, addr, subscribed, ctx);
                }
                Err(error) => session.fail(Some(reference), &error, ctx),
            }
            session.end(ctx);
        }));
    }

    #[expect(clippy::too_many_arguments, reason = "the outcome of a join has as many parts")]
    fn joined(
        &mut self,
        reference: u64,
        join: u64,
        after: Option<Seq>,
        standing: &Standing,
        addr: Addr<Room>,
        subscribed: Subscribed,
        ctx: &mut Ctx,
    ) {
        let room = standing.room;
        if self.rooms.get(&room).is_some_and(|joined| joined.join > join) {
            // A later join of the same room was quicker.
            return self.refuse(Some(reference), &unavailable(), ctx);
        }
        let head = subscribed.head.max(standing.head);
        let at = CatchUp::start(after.unwrap_or(head), head);
        self.rooms.insert(room, JoinedRoom { addr, join, at });
        let frame = ServerFrame::Joined {
            reference,
            room,
            transaction: subscribed.transaction,
            head,
            read: standing.read,
            unread: standing.unread,
            members: subscribed.members,
        };
        self.send(&frame, ctx);
        if at.is_reading() {
            self.read_on(room, at.cursor(), ctx);
        } else {
            self.send(&ServerFrame::Live { room, seq: at.cursor() }, ctx);
        }
    }

    /// Reads the next page of what this session has not had. The page after it is read only when this one is written:
    /// a peer that does not read stops its actor, and with it the reading.
    pub(super) fn read_on(&mut self, room: RoomId, after: Seq, ctx: &mut Ctx) {
        let Some(join) = self.rooms.get(&room).map(|joined| joined.join) else { return };
        let (app, caller) = (self.app.clone(), self.caller.clone());
        let reading = async move { app.entries_after(&caller, room, after, PAGE).await };
        ctx.spawn(reading.into_actor(self).map(move |result, session, ctx| {
            let Some(joined) = session.rooms.get_mut(&room).filter(|joined| joined.join == join) else { return };
            match result {
                Ok(entries) => session.send_page(room, &entries, ctx),
                Err(error) => {
                    joined.at.failed();
                    session.fail(None, &error, ctx);
                    // The client cannot tell how much it lacks: it comes back and says what it has.
                    session.close(crate::realtime::protocol::Close::Overloaded, ctx);
                }
            }
        }));
    }

    fn send_page(&mut self, room: RoomId, entries: &[Entry], ctx: &mut Ctx) {
        for chunk in chunks(entries) {
            self.send(&ServerFrame::Entries { room, entries: chunk }, ctx);
        }
        let last = entries.last().map(|entry| entry.seq);
        match self.rooms.get_mut(&room).map(|joined| joined.at.page(last)) {
            Some(AfterPage::Read { after }) => self.read_on(room, after, ctx),
            Some(AfterPage::CaughtUp) => {
                let seq = self.rooms.get(&room).map_or(Seq(0), |joined| joined.at.cursor());
                self.send(&ServerFrame::Live { room, seq }, ctx);
            }
            None => {}
        }
    }

    fn fail(&mut self, reference: Option<u64>, error: &crate::app::AppError, ctx: &mut Ctx) {
        if let crate::app::AppError::Internal(cause) = error {
            tracing::error!(session.key = self.key.0, error = %cause, "a frame failed");
        }
        self.refuse(reference, &error.first(), ctx);
    }
}

fn unavailable() -> Refusal {
    Refusal::retry(Code::Unavailable, 500)
}

/// Cuts a page into frames of a bearable size.
fn chunks(entries: &[Entry]) -> Vec<&[Entry]> {
    let mut chunks = Vec::new();
    let mut rest = entries;
    while !rest.is_empty() {
        let mut bytes = 0;
        let count = rest
            .iter()
            .take_while(|entry| {
                let fits = bytes < PAGE_BYTES;
                bytes += entry.body.as_ref().map_or(0, String::len) + 200;
                fits
            })
            .count();
        let (chunk, others) = rest.split_at(count.max(1));
        chunks.push(chunk);
        rest = others;
    }
    chunks
}
