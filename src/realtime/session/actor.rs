//! The connection's actor: takes frames in, writes frames out, keeps the heartbeat. The commands in the frames are in
//! `commands`, what rooms and the hub send in `outbound`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use actix_web_actors::ws::{self, CloseCode, CloseReason, ProtocolError, WebsocketContext};

use super::additions::Additions;
use super::catch_up::CatchUp;
use super::fragments::{Fragments, NotText};
use super::guarded_stream::StopReason;
use super::joins::PendingJoin;
use super::postings::Postings;
use super::readings::Readings;
use crate::app::App;
use crate::domain::{Bucket, Caller, MessageBody, Refusal, RoomId, Timestamp};
use crate::realtime::links::{Cutter, HubLink, RoomLink, SessionHandle, SessionKey, SharedState};
use crate::realtime::metrics::{Ending, LiveMetrics};
use crate::realtime::protocol::{Close, ServerFrame};
use crate::realtime::vec_map::VecMap;

/// Frames that may wait in front of a session beside the bound in bytes: presence and typing are small.
const MAILBOX: usize = 1024;
/// Malformed frames before the connection is closed.
const MAX_MALFORMED: u32 = 10;

/// Typing marks that are passed on; a flood of them would harm the others in the room.
const TYPING_PER_SECOND: i64 = 2;
const TYPING_BURST: i64 = 10;

/// The limits of a connection (DESIGN §6).
#[derive(Debug, Clone)]
pub struct SessionOptions {
    pub max_frame_bytes: usize,
    pub queue_bytes: usize,
    pub ping: Duration,
    pub pong: Duration,
    pub rooms: usize,
    pub pending_frames: usize,
}

impl SessionOptions {
    /// The bytes that may wait for a session. Answers are not counted: their number has a bound of its own.
    pub fn mailbox(&self) -> usize {
        MAILBOX + self.pending_frames
    }
}

pub struct SocketSession {
    pub(super) app: Arc<App>,
    /// One for all sessions: thousands of addresses would take memory of their own.
    pub(super) hub: Arc<dyn HubLink>,
    pub(super) key: SessionKey,
    pub(super) caller: Caller,
    pub(super) options: Arc<SessionOptions>,
    pub(super) shared: Arc<SharedState>,
    /// Made once and shared by all who reach this session.
    handle: Option<SessionHandle>,
    pub(super) rooms: VecMap<RoomId, JoinedRoom>,
    /// Joins under way: the latest of each room.
    pub(super) joining: VecMap<RoomId, u64>,
    /// Joins that wait for their turn.
    pub(super) asked: VecDeque<PendingJoin>,
    /// One of them is under way.
    pub(super) entering: bool,
    /// Rooms whose next page is to be read, each with its join.
    pub(super) pages: VecDeque<(RoomId, u64)>,
    pub(super) reading_pages: usize,
    pub(super) readings: Readings,
    pub(super) postings: Postings<bytestring::ByteString>,
    pub(super) additions: Additions<bytestring::ByteString>,
    pub(super) typings: Bucket,
    /// Frames whose answers are still to come.
    pub(super) pending: usize,
    /// Counts joins, so that the answers of a superseded one are recognised.
    pub(super) joins: u64,
    malformed: u32,
    fragments: Fragments,
    /// Why the peer is not read any more.
    pub(super) stop_reason: StopReason,
    pub(super) ponged: bool,
    /// No frame is begun any more; the connection is closed when those under way are answered.
    leaving: bool,
    pub(super) closing: bool,
    /// The session has ended, and the reason is being read; no frame is begun any more.
    pub(super) is_over: bool,
    /// Until when the session lives at least; read at the first heartbeat.
    pub(super) lives_until: Option<Timestamp>,
    pub(super) metrics: Arc<LiveMetrics>,
    /// The reason of the end; `None` until the end has begun.
    ending: Option<Ending>,
}

pub(super) struct JoinedRoom {
    pub link: RoomLink,
    pub join: u64,
    pub at: CatchUp,
    /// Entries that the next page may have.
    pub page: i64,
}

impl SocketSession {
    pub fn new(
        app: Arc<App>,
        hub: Arc<dyn HubLink>,
        key: SessionKey,
        caller: Caller,
        options: Arc<SessionOptions>,
        cutter: Option<Arc<Cutter>>,
        metrics: Arc<LiveMetrics>,
    ) -> Self {
        let now = app.clock.now();
        let shared = Arc::new(SharedState::new(options.queue_bytes, cutter, now));
        Self {
            app,
            hub,
            key,
            caller,
            options,
            shared,
            handle: None,
            rooms: VecMap::default(),
            joining: VecMap::default(),
            asked: VecDeque::new(),
            entering: false,
            pages: VecDeque::new(),
            reading_pages: 0,
            readings: Readings::default(),
            postings: Postings::default(),
            additions: Additions::default(),
            typings: Bucket::new(TYPING_PER_SECOND, TYPING_BURST, now),
            pending: 0,
            joins: 0,
            malformed: 0,
            fragments: Fragments::default(),
            stop_reason: StopReason::default(),
            ponged: true,
            leaving: false,
            closing: false,
            is_over: false,
            lives_until: None,
            metrics,
            ending: None,
        }
    }

    pub(super) fn handle_of(&mut self, ctx: &WebsocketContext<Self>) -> SessionHandle {
        let (key, account, session) = (self.key, self.caller.account, self.caller.session);
        let made = || SessionHandle::new(key, account, session, ctx.address(), self.shared.clone());
        self.handle.get_or_insert_with(made).clone()
    }

    pub(super) fn send(&self, frame: &ServerFrame<'_>, ctx: &mut WebsocketContext<Self>) {
        ctx.text(frame.encode());
    }

    pub(super) fn refuse(&mut self, reference: Option<u64>, refusal: &Refusal, ctx: &mut WebsocketContext<Self>) {
        self.metrics.refused(refusal.code);
        self.send(&ServerFrame::refused(reference, refusal), ctx);
        if refusal.code == crate::domain::Code::SessionEnded {
            self.session_ended(ctx);
        }
    }

    pub(super) fn malformed(&mut self, reference: Option<u64>, ctx: &mut WebsocketContext<Self>) {
        self.malformed += 1;
        self.refuse(reference, &crate::domain::Code::FrameMalformed.into(), ctx);
        if self.malformed >= MAX_MALFORMED {
            self.close(Close::TooManyErrors, ctx);
        }
    }

    /// A frame was answered.
    pub(super) fn end(&mut self, ctx: &mut WebsocketContext<Self>) {
        self.pending = self.pending.saturating_sub(1);
        self.shared.unanswered(self.pending);
        if self.leaving && self.pending == 0 {
            self.close(Close::Restart, ctx);
        }
    }

    pub(super) fn close(&mut self, why: Close, ctx: &mut WebsocketContext<Self>) {
        if matches!(why, Close::Restart) && self.pending > 0 {
            // An author without an answer to a stored post would have to repeat it elsewhere.
            self.leaving = true;
            return;
        }
        if !std::mem::replace(&mut self.closing, true) {
            self.ending = Some(Ending::Closed(why));
            ctx.close(Some(reason(why)));
            ctx.stop();
        }
    }

    fn heard(&mut self) {
        self.ponged = true;
        self.shared.heard(self.app.clock.now());
    }

    fn text(&mut self, text: &str, ctx: &mut WebsocketContext<Self>) {
        if !self.closing && !self.leaving && !self.is_over {
            self.command(text, ctx);
        }
    }

    fn fragment(&mut self, item: actix_http::ws::Item, ctx: &mut WebsocketContext<Self>) {
        use actix_http::ws::Item;
        let added = match item {
            Item::FirstText(bytes) => {
                self.fragments.begin();
                self.fragments.add(&bytes, false)
            }
            Item::Continue(bytes) => self.fragments.add(&bytes, false),
            Item::Last(bytes) => self.fragments.add(&bytes, true),
            Item::FirstBinary(_) => return self.malformed(None, ctx),
        };
        match added {
            Ok(Some(text)) => self.text(&text, ctx),
            Ok(None) => {}
            Err(NotText) => self.close(Close::NotText, ctx),
        }
    }
}

fn reason(why: Close) -> CloseReason {
    CloseReason { code: CloseCode::from(why.code()), description: Some(why.name().to_owned()) }
}

impl Actor for SocketSession {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.options.mailbox());
        self.ending = Some(Ending::Lost);
        self.metrics.socket_opened();
        self.send(
            &ServerFrame::Hello {
                protocol: 1,
                account: self.caller.account,
                heartbeat_ms: u64::try_from(self.options.ping.as_millis()).unwrap_or(25_000),
                max_body: MessageBody::MAX_CHARS,
                max_frame: self.options.max_frame_bytes,
            },
            ctx,
        );
        self.heartbeat(ctx);
        let handle = self.handle_of(ctx);
        let connect = self.hub.connect(handle);
        ctx.spawn(connect.into_actor(self).map(|answer, session, ctx| match answer {
            Ok(Ok(())) => {}
            Ok(Err(why)) => session.close(why, ctx),
            Err(_) => session.close(Close::Restart, ctx),
        }));
    }

    fn stopped(&mut self, _ctx: &mut Self::Context) {
        for joined in self.rooms.values() {
            joined.link.unsubscribe(self.key);
        }
        self.hub.disconnect(self.key, self.caller.account);
    }
}

impl Drop for SocketSession {
    fn drop(&mut self) {
        // Here and not in `stopped`, which a panic would skip.
        match self.ending {
            Some(Ending::Lost) if self.shared.is_cut() => self.metrics.socket_ended(Ending::Closed(Close::SlowReader)),
            Some(ending) => self.metrics.socket_ended(ending),
            None => {}
        }
        self.shared.disarm();
    }
}

impl StreamHandler<Result<ws::Message, ProtocolError>> for SocketSession {
    fn handle(&mut self, message: Result<ws::Message, ProtocolError>, ctx: &mut Self::Context) {
        self.heard();
        match message {
            Ok(ws::Message::Text(text)) => self.text(&text, ctx),
            Ok(ws::Message::Ping(payload)) => ctx.pong(&payload),
            Ok(ws::Message::Pong(_) | ws::Message::Nop) => {}
            Ok(ws::Message::Continuation(item)) => self.fragment(item, ctx),
            Ok(ws::Message::Binary(_)) => self.malformed(None, ctx),
            Ok(ws::Message::Close(reason)) => {
                self.closing = true;
                self.ending = Some(Ending::Peer);
                ctx.close(reason);
                ctx.stop();
            }
            Err(ProtocolError::Overflow) => self.close(Close::TooBig, ctx),
            // `GuardedStream` lets neither a broken connection nor a bad head come so far: this is a text that is not UTF-8.
            Err(ProtocolError::Io(_)) => self.close(Close::NotText, ctx),
            Err(_) => self.close(Close::Protocol, ctx),
        }
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        match self.stop_reason.take() {
            Some(why) => self.close(why, ctx),
            None => ctx.stop(),
        }
    }
}
