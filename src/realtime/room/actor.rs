//! The shell: an actix actor that owns a [`RoomState`], reads the database for it and carries its effects out. One per room
//! and node, on one of the threads that serve connections.

mod fanout;
mod reads;
mod visitors;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use actix::prelude::*;

use self::visitors::WaitingSubscriber;
use super::fanout_buffer::{FanoutBuffer, Load};
use super::messages::{CheckHead, RoomEventReceived};
use super::state::{Effect, RoomState, RoomTimes};
use crate::app::App;
use crate::domain::{Event, NodeId, RoomEvent, RoomId};
use crate::realtime::links::{HubLink, Outbound, RoomLink, SessionHandle, SessionKey};
use crate::realtime::metrics::{LiveMetrics, RoomBoard};
use crate::realtime::protocol::{Close, ServerFrame};
use crate::realtime::vec_map::VecMap;

/// Messages that may wait in front of a room. A hint too many is only noted; the room then looks into the database.
pub const MAILBOX: usize = 2048;
const TICK: Duration = Duration::from_secs(1);
/// Ticks without a session after which the actor stops.
const DESERTED_TICKS: u32 = 30;

thread_local! {
    /// The beginning of the clock of this thread's rooms, and the load of their fan-outs.
    static THREAD: (Instant, Load) = (Instant::now(), Load::default());
}

pub struct Room {
    id: RoomId,
    node: NodeId,
    times: RoomTimes,
    app: Arc<App>,
    hub: Arc<dyn HubLink>,
    board: Arc<RoomBoard>,
    /// `None` until the first read succeeded.
    state: Option<RoomState>,
    sessions: VecMap<SessionKey, SessionHandle>,
    fanout: FanoutBuffer,
    /// The times of its fan-out buffer count from here.
    epoch: Instant,
    /// When the first of the held events was received, if it is timed.
    heard: Option<Instant>,
    /// Events that came before the state.
    early: Vec<RoomEvent>,
    /// Sessions that wait for the state, or for newer members.
    waiting: Vec<WaitingSubscriber>,
    /// The first read, which makes the state, is under way.
    starting: bool,
    deserted_ticks: u32,
}

impl Room {
    /// Starts the actor of a room on a thread.
    pub fn start_on(
        thread: &ArbiterHandle,
        id: RoomId,
        node: NodeId,
        times: RoomTimes,
        app: Arc<App>,
        hub: Arc<dyn HubLink>,
        metrics: Arc<LiveMetrics>,
    ) -> RoomLink {
        let board = Arc::new(RoomBoard::new(metrics));
        let its_board = board.clone();
        let addr = Self::start_in_arbiter(thread, move |_| Self::new(id, node, times, app, hub, its_board));
        RoomLink::new(board, addr)
    }

    /// Called on the thread that the room lives on.
    fn new(
        id: RoomId,
        node: NodeId,
        times: RoomTimes,
        app: Arc<App>,
        hub: Arc<dyn HubLink>,
        board: Arc<RoomBoard>,
    ) -> Self {
        let (epoch, load) = THREAD.with(Clone::clone);
        Self {
            id,
            node,
            times,
            app,
            hub,
            board,
            state: None,
            sessions: VecMap::default(),
            fanout: FanoutBuffer::new(load),
            epoch,
            heard: None,
            early: Vec::new(),
            waiting: Vec::new(),
            starting: false,
            deserted_ticks: 0,
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>, ctx: &mut Context<Self>) {
        let room = self.id;
        for effect in effects {
            match effect {
                Effect::Entries(batches) => self.flush_or_hold(batches, ctx),
                Effect::Read { account, seq } => {
                    self.push_frame(&ServerFrame::Read { room, account, seq }, |_| true, ctx)
                }
                Effect::Presence { account, online, last_seen } => {
                    self.push_frame(&ServerFrame::Presence { room, account, online, last_seen }, |_| true, ctx);
                }
                Effect::Named { account, name } => {
                    self.push_frame(&ServerFrame::Member { room, account, name: &name }, |_| true, ctx);
                }
                Effect::Typing { account, on } => {
                    self.push_frame(&ServerFrame::Typing { room, account, on }, |to| to != account, ctx);
                }
                Effect::Unread { account, read, count } => {
                    let frame = ServerFrame::Unread { reference: None, room, read: Some(read), count };
                    self.push_frame(&frame, |to| to == account, ctx);
                }
                Effect::CountUnread { accounts } => self.count_unread(accounts, ctx),
                Effect::Remove { session } => self.remove(session, ctx),
                Effect::LoadEntries { after } => self.load_entries(after, ctx),
                Effect::LoadMembers => self.load_members(ctx),
                Effect::Publish(event) => self.app.bus.publish(Event::Room(room, event)),
            }
        }
    }

    fn tick(&mut self, ctx: &mut Context<Self>) {
        let pending = self.state.as_ref().map_or((0, 0), |state| (state.pending(), state.pending_bytes()));
        self.board.stands(self.sessions.len(), pending);
        let now = self.app.clock.now();
        self.sessions.retain(|_, session| !session.is_gone());
        let Some(state) = &mut self.state else {
            if self.waiting.is_empty() {
                self.count_deserted(ctx);
            }
            return;
        };
        let mut effects = Vec::new();
        let known = &self.sessions;
        for key in state.session_keys().into_iter().filter(|key| !known.contains(*key)) {
            effects.extend(state.unsubscribe(key, now));
        }
        effects.extend(state.tick(now));
        if self.board.missed.swap(false, Ordering::Relaxed) {
            effects.extend(state.resync());
        }
        let deserted = state.is_deserted();
        self.carry_out(effects, ctx);
        if deserted {
            self.count_deserted(ctx);
        }
    }

    fn count_deserted(&mut self, ctx: &mut Context<Self>) {
        self.deserted_ticks += 1;
        if self.deserted_ticks >= DESERTED_TICKS {
            ctx.stop();
        }
    }
}

impl Actor for Room {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        // Follow first, read afterwards: events in between are received.
        self.app.bus.follow(self.id);
        self.renew_members(ctx);
        ctx.run_interval(TICK, |room, ctx| room.tick(ctx));
    }

    fn stopped(&mut self, _ctx: &mut Self::Context) {
        self.app.bus.unfollow(self.id);
        self.hub.room_stopped(self.id, self.board.clone());
    }
}

/// A room that stops by itself has no sessions. If it has any, a panic ended it: they are closed, reconnect and resume.
impl Drop for Room {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(room.id = %self.id, sessions = self.sessions.len(), "a room died");
        }
        self.push_all(|_| Some(Outbound::Close(Close::Overloaded)));
    }
}

impl Handler<RoomEventReceived> for Room {
    type Result = ();

    fn handle(&mut self, RoomEventReceived { event, heard }: RoomEventReceived, ctx: &mut Self::Context) {
        self.board.waiting.down();
        self.heard = self.heard.or(heard);
        let now = self.app.clock.now();
        match &mut self.state {
            Some(state) => {
                let effects = state.on_event(event, now);
                self.carry_out(effects, ctx);
            }
            None if self.early.len() < MAILBOX => self.early.push(event),
            None => self.board.missed.store(true, Ordering::Relaxed),
        }
    }
}

impl Handler<CheckHead> for Room {
    type Result = ();

    fn handle(&mut self, CheckHead(head): CheckHead, ctx: &mut Self::Context) {
        self.board.waiting.down();
        match (&mut self.state, head) {
            (Some(state), Some(head)) => {
                let effects = state.head_is(head);
                self.carry_out(effects, ctx);
            }
            (Some(state), None) => {
                let effects = state.resync();
                self.carry_out(effects, ctx);
            }
            // The first read may have begun before what is to be seen: the room looks again when it is over.
            (None, _) if self.starting => self.board.missed.store(true, Ordering::Relaxed),
            // It has failed: try it again.
            (None, _) => self.renew_members(ctx),
        }
    }
}
