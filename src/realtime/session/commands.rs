//! The effects of client frames. The session awaits the database beside the actor, never in it.

use actix::prelude::*;
use actix_web_actors::ws::WebsocketContext;
use bytestring::ByteString;

use super::actor::SocketSession;
use super::catch_up::AfterPage;
use super::readings::Ended;
use crate::app::{AppResult, messages};
use crate::domain::{Code, Entry, Posted, Refusal, RoomId, Seq};
use crate::realtime::links::{FollowRequest, Outbound, Posting};
use crate::realtime::protocol::{ClientFrame, Malformed, ServerFrame};
use crate::store::members::Membership;
use crate::testing::failpoints::{Failpoint, panic_if_planted};

/// Entries of one page for a client that catches up. The store gives fewer when they are large; the session then asks for fewer,
/// because entries beyond a page would be read in vain.
pub(super) const PAGE: i64 = 200;
const SMALLEST_PAGE: i64 = 4;
/// Pages that are read for one connection at a time, however many rooms it joins.
const PAGES_AT_ONCE: usize = 2;

type Ctx = WebsocketContext<SocketSession>;

impl SocketSession {
    pub(super) fn command(&mut self, text: &str, ctx: &mut Ctx) {
        match ClientFrame::parse(text) {
            Err(Malformed { reference, is_message: true }) => self.unreadable_message(reference, ctx),
            Err(Malformed { reference, .. }) => self.malformed(reference, ctx),
            Ok(ClientFrame::Ping { reference }) => self.send(&ServerFrame::Pong { reference }, ctx),
            Ok(ClientFrame::Typing { room, on }) => self.typing(room, on),
            Ok(ClientFrame::Leave { reference, room }) => self.leave(reference, room, ctx),
            Ok(ClientFrame::Join { reference, room, after }) => self.join(reference, room, after, ctx),
            Ok(ClientFrame::Post { reference, room, nonce, body }) => self.post(reference, room, nonce, body, ctx),
            Ok(ClientFrame::Read { reference, room, seq }) => self.read(reference, room, seq, ctx),
            Ok(ClientFrame::Follow { reference, after }) => self.follow(FollowRequest { reference, after }, ctx),
        }
    }

    /// Refuses when too many answers are outstanding.
    pub(super) fn begin(&mut self, reference: Option<u64>, ctx: &mut Ctx) -> bool {
        if self.pending >= self.options.pending_frames {
            self.refuse(reference, &Refusal::retry(Code::TooManyRequests, 500), ctx);
            return false;
        }
        self.pending += 1;
        self.shared.unanswered(self.pending);
        true
    }

    fn typing(&mut self, room: RoomId, on: bool) {
        // Only for rooms that this session has joined.
        if let Some(joined) = self.rooms.get(room)
            && self.typings.take(self.app.clock.now()).is_ok()
        {
            joined.link.typing(self.caller.account, on);
        }
    }

    fn leave(&mut self, reference: u64, room: RoomId, ctx: &mut Ctx) {
        self.say_removed(room, ctx);
        self.additions.left(room);
        self.joining.remove(room);
        if let Some(joined) = self.rooms.remove(room) {
            joined.link.unsubscribe(self.key);
        }
        self.send(&ServerFrame::Left { reference, room }, ctx);
    }

    /// Counts as a post.
    fn unreadable_message(&mut self, reference: Option<u64>, ctx: &mut Ctx) {
        let counted = self.app.posts.take(self.caller.account, self.app.clock.now());
        let refusal = counted.err().unwrap_or_else(|| Refusal::field(Code::MessageInvalid, "body"));
        self.refuse(reference, &refusal, ctx);
    }

    fn post(&mut self, reference: u64, room: RoomId, nonce: String, body: String, ctx: &mut Ctx) {
        if !self.begin(Some(reference), ctx) {
            return;
        }
        panic_if_planted(Failpoint::PanicInSession, &body);
        let session = self.handle_of(ctx);
        let posting = Posting { room, number: self.postings.begin(room) };
        messages::post(&self.app, &self.caller, room, nonce, body, move |result| {
            // A client that misses the answer reconnects and repeats the same nonce.
            let _ = session.push(Outbound::Posted { reference, posting, result });
        });
    }

    pub(super) fn posted(&mut self, reference: u64, posting: Posting, result: AppResult<Posted>, ctx: &mut Ctx) {
        match result {
            Ok(posted) => self.send(&ServerFrame::Posted { reference, posted }, ctx),
            Err(error) => self.fail(Some(reference), &error, ctx),
        }
        if let Some(word) = self.postings.end(posting.room, posting.number) {
            ctx.text(word);
        }
        self.end(ctx);
    }

    fn read(&mut self, reference: Option<u64>, room: RoomId, seq: Seq, ctx: &mut Ctx) {
        if !self.begin(reference, ctx) {
            return;
        }
        let number = self.readings.begin(room);
        let (app, caller) = (self.app.clone(), self.caller.clone());
        let reading = async move { messages::mark_read(&app, &caller, room, seq).await };
        ctx.spawn(reading.into_actor(self).map(move |result, session, ctx| {
            match result {
                // No frame of the room may follow on `removed`.
                _ if session.readings.end(room, number) == Ended::Removed => {
                    session.refuse(reference, &Code::RoomUnknown.into(), ctx);
                }
                Ok(Membership { read, unread, .. }) => {
                    session.send(&ServerFrame::Unread { reference, room, read, count: unread }, ctx);
                }
                Err(error) => session.fail(reference, &error, ctx),
            }
            session.end(ctx);
        }));
    }

    /// The hub answers through the session's queue: what changes afterwards comes behind the answer.
    fn follow(&mut self, request: FollowRequest, ctx: &mut Ctx) {
        let reference = Some(request.reference);
        if !self.begin(reference, ctx) {
            return;
        }
        let asking = self.hub.follow(self.key, self.caller.account, request);
        ctx.spawn(asking.into_actor(self).map(move |answer, session, ctx| {
            if !matches!(answer, Ok(true)) {
                session.refuse(reference, &unavailable(), ctx);
                session.end(ctx);
            }
        }));
    }

    /// Sends `removed` if it still waits for answers: the next frame of the room stands behind it.
    pub(super) fn say_removed(&mut self, room: RoomId, ctx: &mut Ctx) {
        if let Some(word) = self.postings.word(room) {
            ctx.text(word);
        }
    }

    pub(super) fn say_added(&mut self, room: RoomId, word: ByteString, ctx: &mut Ctx) {
        self.say_removed(room, ctx);
        ctx.text(word);
    }

    /// Reads the next page of missed entries. The page after it is read only when this one is written: a peer that does not read
    /// stops its actor, and so its pages.
    pub(super) fn read_on(&mut self, room: RoomId, ctx: &mut Ctx) {
        if let Some(joined) = self.rooms.get(room) {
            self.pages.push_back((room, joined.join));
        }
        self.read_pages(ctx);
    }

    fn read_pages(&mut self, ctx: &mut Ctx) {
        while self.reading_pages < PAGES_AT_ONCE
            && let Some((room, join)) = self.pages.pop_front()
        {
            // The session has left the room, or joined again; a later join has its own place in the queue.
            let Some(joined) = self.rooms.get(room).filter(|joined| joined.join == join) else { continue };
            self.reading_pages += 1;
            self.metrics.pages.one();
            let (app, caller, after, limit) = (self.app.clone(), self.caller.clone(), joined.at.cursor(), joined.page);
            let reading = async move { messages::after(&app, &caller, room, after, limit).await };
            ctx.spawn(reading.into_actor(self).map(move |result, session, ctx| {
                session.reading_pages -= 1;
                if session.rooms.get(room).is_some_and(|joined| joined.join == join) {
                    match result {
                        Ok(entries) => session.send_page(room, &entries, ctx),
                        Err(error) => {
                            session.fail(None, &error, ctx);
                            // The client does not know what it lacks: it reconnects with its cursor.
                            return session.close(crate::realtime::protocol::Close::Overloaded, ctx);
                        }
                    }
                }
                session.read_pages(ctx);
            }));
        }
        if self.pages.is_empty() {
            self.pages = std::collections::VecDeque::new();
        }
    }

    fn send_page(&mut self, room: RoomId, entries: &[Entry], ctx: &mut Ctx) {
        self.metrics.page_entries.add(entries.len());
        if !entries.is_empty() {
            self.send(&ServerFrame::entries(room, entries), ctx);
        }
        let last = entries.last().map(|entry| entry.seq);
        let next = i64::try_from(entries.len()).unwrap_or(PAGE) * 2;
        let turned = self.rooms.get_mut(room).map(|joined| {
            let turned = joined.at.page(last);
            joined.page = if turned == AfterPage::CaughtUp { PAGE } else { next.clamp(SMALLEST_PAGE, PAGE) };
            turned
        });
        match turned {
            Some(AfterPage::Read { .. }) => self.read_on(room, ctx),
            Some(AfterPage::CaughtUp) => {
                let seq = self.rooms.get(room).map_or(Seq(0), |joined| joined.at.cursor());
                self.send(&ServerFrame::Live { room, seq }, ctx);
            }
            None => {}
        }
    }

    pub(super) fn fail(&mut self, reference: Option<u64>, error: &crate::app::AppError, ctx: &mut Ctx) {
        if let crate::app::AppError::Internal(cause) = error {
            tracing::error!(session.key = self.key.0, error = %cause, "a frame failed");
        }
        self.refuse(reference, &error.first(), ctx);
    }
}

pub(super) fn unavailable() -> Refusal {
    Refusal::retry(Code::Unavailable, 500)
}
