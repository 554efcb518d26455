//! The shell: an actix actor that owns a [`RoomState`], reads the database for it and carries its effects out. One per room
//! and node, on one of the threads that serve connections.

mod fanout;
mod visitors;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use actix::prelude::*;

use super::fanout_buffer::{FanoutBuffer, Load};
use super::messages::{CheckHead, RoomEventReceived, Subscribe};
use super::state::{Effect, RoomState, RoomTimes};
use crate::app::App;
use crate::domain::{Code, Event, NodeId, Refusal, RoomEvent, RoomId, Seq};
use crate::realtime::links::{HubLink, JoinGranted, Outbound, RoomLink, SessionHandle, SessionKey};
use crate::realtime::metrics::{LiveMetrics, RoomBoard};
use crate::realtime::protocol::{Close, ServerFrame};
use crate::realtime::vec_map::VecMap;
use crate::store::members::Snapshot;
use crate::store::{log, members};
use crate::testing::failpoints::gaps_are_read;

/// Messages that may wait in front of a room. A hint too many is only noted; the room then looks into the database.
pub const MAILBOX: usize = 2048;
const TICK: Duration = Duration::from_secs(1);
/// Ticks without a session after which the actor stops.
const DESERTED_TICKS: u32 = 30;
/// How often the members are read for a session whose request names newer members than the room knows.
const MAX_LOOKS: u32 = 3;
/// Entries read at once to fill a gap.
const GAP_PAGE: i64 = 500;

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

/// A session that joins as soon as the members are known.
struct WaitingSubscriber {
    subscribe: Subscribe,
    answer: tokio::sync::oneshot::Sender<Result<(), Refusal>>,
    looks: u32,
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

    fn load_members(&mut self, ctx: &mut Context<Self>) {
        self.board.metrics.member_reads.one();
        let (store, room) = (self.app.store.clone(), self.id);
        let read = async move { store.read_queued(move |conn| members::snapshot(conn, room)).await };
        ctx.spawn(read.into_actor(self).map(|result, room, ctx| {
            room.starting = false;
            match result {
                Ok(Some(snapshot)) => room.know(snapshot, ctx),
                Ok(None) => room.members_not_loaded(&Refusal::new(Code::RoomUnknown)),
                Err(error) => {
                    tracing::debug!(room.id = %room.id, error = %error, "cannot read the members of a room");
                    room.members_not_loaded(&Refusal::retry(Code::Unavailable, 1000));
                }
            }
        }));
    }

    /// Members as they stand now, or as soon as the read under way is over.
    fn renew_members(&mut self, ctx: &mut Context<Self>) {
        match &mut self.state {
            Some(state) => {
                let effects = state.renew_members();
                self.carry_out(effects, ctx);
            }
            None if self.starting => {}
            None => {
                self.starting = true;
                self.load_members(ctx);
            }
        }
    }

    fn members_not_loaded(&mut self, why: &Refusal) {
        if let Some(state) = &mut self.state {
            state.members_not_loaded();
        }
        for waiting in std::mem::take(&mut self.waiting) {
            let _ = waiting.answer.send(Err(why.clone()));
        }
    }

    fn load_entries(&self, after: Seq, ctx: &mut Context<Self>) {
        if !gaps_are_read() {
            return;
        }
        self.board.metrics.gap_reads.one();
        let (store, room) = (self.app.store.clone(), self.id);
        let read =
            async move { store.read_queued(move |conn| log::committed_after(conn, room, after, GAP_PAGE)).await };
        ctx.spawn(read.into_actor(self).map(|result, room, ctx| {
            let Some(state) = &mut room.state else { return };
            match result {
                Ok(entries) => {
                    let effects = state.loaded_entries(&entries);
                    room.carry_out(effects, ctx);
                }
                Err(error) => {
                    tracing::debug!(room.id = %room.id, error = %error, "cannot read the log of a room");
                    state.entries_not_loaded();
                }
            }
        }));
    }

    /// The first snapshot makes the state, a later one renews its members.
    fn know(&mut self, snapshot: Snapshot, ctx: &mut Context<Self>) {
        let now = self.app.clock.now();
        let effects = match &mut self.state {
            Some(state) => state.loaded_members(snapshot),
            None => {
                let mut state = RoomState::new(self.id, self.node, self.times, snapshot);
                let mut effects = vec![Effect::Publish(RoomEvent::WhoIsThere)];
                for event in std::mem::take(&mut self.early) {
                    effects.extend(state.on_event(event, now));
                }
                self.state = Some(state);
                effects
            }
        };
        self.carry_out(effects, ctx);
        for waiting in std::mem::take(&mut self.waiting) {
            match self.grant(&waiting.subscribe, ctx) {
                Some(granted) => {
                    let _ = waiting.answer.send(granted);
                }
                // This read may have begun before the change that let them in: look again, though not for ever.
                None if waiting.looks < MAX_LOOKS => {
                    self.waiting.push(WaitingSubscriber { looks: waiting.looks + 1, ..waiting });
                }
                None => {
                    let _ = waiting.answer.send(Err(Refusal::retry(Code::Unavailable, 1000)));
                }
            }
        }
        if !self.waiting.is_empty() {
            self.renew_members(ctx);
        }
    }

    /// `None`: the members must be read first.
    fn grant(&mut self, subscribe: &Subscribe, ctx: &mut Context<Self>) -> Option<Result<(), Refusal>> {
        let now = self.app.clock.now();
        let state = self.state.as_mut()?;
        let account = subscribe.session.account;
        if !state.admits(account, subscribe.request.membership.acl_version)? {
            return Some(Err(Refusal::new(Code::RoomUnknown)));
        }
        let key = subscribe.session.key;
        let effects = state.subscribe(key, account, now);
        let granted = JoinGranted {
            request: subscribe.request,
            room: subscribe.room.clone(),
            head: state.head(),
            members: state.member_views(),
        };
        self.deserted_ticks = 0;
        self.carry_out(effects, ctx);
        // The entries before this moment are not sent to the session: it reads them from the database.
        self.flush(ctx);
        // A session that cannot be reached is gone; the next tick takes it out of the state.
        if subscribe.session.push(Outbound::JoinGranted(Box::new(granted))).is_ok() {
            self.sessions.insert(key, subscribe.session.clone());
        }
        Some(Ok(()))
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
        let missed = self.board.missed.swap(false, Ordering::Relaxed);
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
        if missed {
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
            // The first read has not succeeded yet: try it again.
            (None, _) => self.renew_members(ctx),
        }
    }
}
