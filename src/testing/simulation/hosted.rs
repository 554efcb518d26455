//! A room on a node: [`RoomState`] with what `room/actor.rs` and its folder do around it. The actor cannot run here, so its shell is
//! written once more; what decides is the real thing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::connection::SimulatedConnection;
use super::messages::{SimulatedFrame, SimulatedJoinRequest, SimulatedOutbound};
use crate::domain::{AccountId, Entry, EntryBatch, NodeId, RoomEvent, RoomId, Seq, Timestamp};
use crate::realtime::links::{Gone, SessionKey};
use crate::realtime::room::{Effect, FanoutBuffer, FlushDecision, RoomState, RoomTimes};
use crate::store::members::Snapshot;

pub type SimulatedConnections = BTreeMap<SessionKey, SimulatedConnection>;

/// The most that may wait in front of a room; a hint too many is only noted.
const MAILBOX: usize = 8;
const DESERTED_TICKS: u32 = 6;
const MAX_LOOKS: u32 = 3;

pub struct Hosted {
    pub room: RoomId,
    /// The number of the actor among those of the room.
    pub actor: u64,
    node: NodeId,
    times: RoomTimes,
    state: Option<RoomState>,
    sessions: BTreeMap<SessionKey, AccountId>,
    fanout: FanoutBuffer,
    early: Vec<RoomEvent>,
    waiting: Vec<(SimulatedSubscribe, u32)>,
    starting: bool,
    missed: bool,
    mailbox: VecDeque<RoomInput>,
    deserted_ticks: u32,
}

#[derive(Clone, Copy)]
pub struct SimulatedSubscribe {
    pub key: SessionKey,
    pub account: AccountId,
    pub request: SimulatedJoinRequest,
}

pub enum RoomInput {
    Event(RoomEvent),
    CheckHead(Option<Seq>),
    Subscribe(SimulatedSubscribe),
    Unsubscribe(SessionKey),
}

/// A request of a room to the world.
pub enum RoomRequest {
    LoadEntries {
        after: Seq,
    },
    LoadMembers,
    Publish(RoomEvent),
    Refuse(SimulatedSubscribe),
    /// Refuse somebody who is no member.
    TurnAway(SimulatedSubscribe),
    Stop,
}

impl Hosted {
    pub fn start(room: RoomId, actor: u64, node: NodeId, times: RoomTimes) -> (Self, Vec<RoomRequest>) {
        let mut hosted = Self {
            room,
            actor,
            node,
            times,
            state: None,
            sessions: BTreeMap::new(),
            fanout: FanoutBuffer::default(),
            early: Vec::new(),
            waiting: Vec::new(),
            starting: false,
            missed: false,
            mailbox: VecDeque::new(),
            deserted_ticks: 0,
        };
        let requests = hosted.renew_members(&mut SimulatedConnections::new(), Timestamp(0));
        (hosted, requests)
    }

    /// Hints past the bound are noted; who wants to come in waits in front of it.
    pub fn enqueue(&mut self, message: RoomInput) {
        match message {
            RoomInput::Subscribe(_) => self.mailbox.push_back(message),
            _ if self.mailbox.len() < MAILBOX => self.mailbox.push_back(message),
            RoomInput::Event(_) | RoomInput::CheckHead(_) => self.missed = true,
            RoomInput::Unsubscribe(_) => {}
        }
    }

    /// Held entries may go out at any time.
    pub fn is_busy(&self) -> bool {
        !self.mailbox.is_empty() || self.fanout.is_holding()
    }

    pub fn turn(&mut self, connections: &mut SimulatedConnections, now: Timestamp) -> Vec<RoomRequest> {
        let effects = match (self.mailbox.pop_front(), &mut self.state) {
            (None, _) => {
                // Timers fire whenever the random numbers say so.
                // The thread is through with what was told before.
                self.fanout.fanout_done(elapsed(now));
                self.fanout.on_timer(elapsed(now));
                self.flush(connections, now);
                return Vec::new();
            }
            (Some(RoomInput::Event(event)), Some(state)) => state.on_event(event, now),
            (Some(RoomInput::Event(event)), None) => {
                self.early.push(event);
                return Vec::new();
            }
            (Some(RoomInput::CheckHead(Some(head))), Some(state)) => state.head_is(head),
            (Some(RoomInput::CheckHead(None)), Some(state)) => state.resync(),
            (Some(RoomInput::CheckHead(_)), None) if self.starting => {
                self.missed = true;
                return Vec::new();
            }
            (Some(RoomInput::CheckHead(_)), None) => return self.renew_members(connections, now),
            (Some(RoomInput::Subscribe(subscribe)), _) => {
                return self.grant(subscribe, connections, now).unwrap_or_else(|| {
                    self.waiting.push((subscribe, 0));
                    self.renew_members(connections, now)
                });
            }
            (Some(RoomInput::Unsubscribe(key)), state) => {
                self.sessions.remove(&key);
                state.as_mut().map(|state| state.unsubscribe(key, now)).unwrap_or_default()
            }
        };
        self.carry_out(effects, connections, now)
    }

    fn renew_members(&mut self, connections: &mut SimulatedConnections, now: Timestamp) -> Vec<RoomRequest> {
        match &mut self.state {
            Some(state) => {
                let effects = state.renew_members();
                self.carry_out(effects, connections, now)
            }
            None if self.starting => Vec::new(),
            None => {
                self.starting = true;
                vec![RoomRequest::LoadMembers]
            }
        }
    }

    pub fn members_not_loaded(&mut self) -> Vec<RoomRequest> {
        self.starting = false;
        if let Some(state) = &mut self.state {
            state.members_not_loaded();
        }
        std::mem::take(&mut self.waiting).into_iter().map(|(subscribe, _)| RoomRequest::Refuse(subscribe)).collect()
    }

    pub fn entries_not_loaded(&mut self) {
        if let Some(state) = &mut self.state {
            state.entries_not_loaded();
        }
    }

    pub fn loaded_entries(
        &mut self,
        entries: Vec<crate::domain::Entry>,
        connections: &mut SimulatedConnections,
        now: Timestamp,
    ) -> Vec<RoomRequest> {
        let effects = self.state.as_mut().map(|state| state.loaded_entries(&entries)).unwrap_or_default();
        self.carry_out(effects, connections, now)
    }

    pub fn know(
        &mut self,
        snapshot: Snapshot,
        connections: &mut SimulatedConnections,
        now: Timestamp,
    ) -> Vec<RoomRequest> {
        self.starting = false;
        let effects = match &mut self.state {
            Some(state) => state.loaded_members(snapshot),
            None => {
                let mut state = RoomState::new(self.room, self.node, self.times, snapshot);
                let mut effects = vec![Effect::Publish(RoomEvent::WhoIsThere)];
                for event in std::mem::take(&mut self.early) {
                    effects.extend(state.on_event(event, now));
                }
                self.state = Some(state);
                effects
            }
        };
        let mut requests = self.carry_out(effects, connections, now);
        for (subscribe, looks) in std::mem::take(&mut self.waiting) {
            match self.grant(subscribe, connections, now) {
                Some(more) => requests.extend(more),
                None if looks < MAX_LOOKS => self.waiting.push((subscribe, looks + 1)),
                None => requests.push(RoomRequest::Refuse(subscribe)),
            }
        }
        if !self.waiting.is_empty() {
            requests.extend(self.renew_members(connections, now));
        }
        requests
    }

    /// `None`: the members must be read first.
    fn grant(
        &mut self,
        subscribe: SimulatedSubscribe,
        connections: &mut SimulatedConnections,
        now: Timestamp,
    ) -> Option<Vec<RoomRequest>> {
        let state = self.state.as_mut()?;
        let SimulatedSubscribe { key, account, request } = subscribe;
        if !state.admits(account, request.membership.acl_version)? {
            return Some(vec![RoomRequest::TurnAway(subscribe)]);
        }
        let effects = state.subscribe(key, account, now);
        let granted = SimulatedOutbound::JoinGranted {
            request,
            actor: self.actor,
            head: state.head(),
            members: state.member_views(),
        };
        self.deserted_ticks = 0;
        let requests = self.carry_out(effects, connections, now);
        self.flush(connections, now);
        if push(connections, key, granted).is_ok() {
            self.sessions.insert(key, account);
        }
        Some(requests)
    }

    fn carry_out(
        &mut self,
        effects: Vec<Effect>,
        connections: &mut SimulatedConnections,
        now: Timestamp,
    ) -> Vec<RoomRequest> {
        let room = self.room;
        let mut requests = Vec::new();
        for effect in effects {
            let frame = match effect {
                Effect::Entries(batches) => {
                    if self.fanout.hold(batches, elapsed(now)) == FlushDecision::Flush {
                        self.flush(connections, now);
                    }
                    continue;
                }
                Effect::Read { account, seq } => SimulatedFrame::Read { room, account, seq },
                Effect::Presence { account, online, .. } => SimulatedFrame::Presence { room, account, online },
                Effect::Remove { session } => {
                    self.flush(connections, now);
                    if self.sessions.remove(&session).is_some() {
                        let version = self.state.as_ref().map_or(0, RoomState::acl_version);
                        let _ = push(connections, session, SimulatedOutbound::Removed { room, version });
                    }
                    continue;
                }
                Effect::LoadEntries { after } => {
                    requests.push(RoomRequest::LoadEntries { after });
                    continue;
                }
                Effect::LoadMembers => {
                    requests.push(RoomRequest::LoadMembers);
                    continue;
                }
                Effect::Publish(event) => {
                    requests.push(RoomRequest::Publish(event));
                    continue;
                }
                Effect::Typing { .. } | Effect::Unread { .. } | Effect::CountUnread { .. } | Effect::Named { .. } => {
                    continue;
                }
            };
            self.flush(connections, now);
            self.push_all(connections, || SimulatedOutbound::Frame { room, frame: frame.clone() });
        }
        requests
    }

    fn flush(&mut self, connections: &mut SimulatedConnections, now: Timestamp) {
        let (room, batches) = (self.room, self.fanout.take(elapsed(now), self.sessions.len()));
        if !batches.is_empty() {
            let entries: Vec<Arc<Entry>> = batches.iter().flat_map(EntryBatch::entries).map(Arc::new).collect();
            self.push_all(connections, || SimulatedOutbound::Entries { room, entries: entries.clone() });
        }
    }

    fn push_all(&mut self, connections: &mut SimulatedConnections, outbound: impl Fn() -> SimulatedOutbound) {
        self.sessions.retain(|key, _| push(connections, *key, outbound()).is_ok());
    }

    pub fn tick(&mut self, connections: &mut SimulatedConnections, now: Timestamp) -> Vec<RoomRequest> {
        let Some(state) = &mut self.state else {
            return if self.waiting.is_empty() { self.count_deserted() } else { Vec::new() };
        };
        self.sessions.retain(|key, _| connections.get(key).is_some_and(|connection| !connection.cut));
        let mut effects = Vec::new();
        for key in state.session_keys().into_iter().filter(|key| !self.sessions.contains_key(key)) {
            effects.extend(state.unsubscribe(key, now));
        }
        effects.extend(state.tick(now));
        if std::mem::take(&mut self.missed) {
            effects.extend(state.resync());
        }
        let deserted = state.is_deserted();
        let mut requests = self.carry_out(effects, connections, now);
        if deserted {
            requests.extend(self.count_deserted());
        }
        requests
    }

    fn count_deserted(&mut self) -> Vec<RoomRequest> {
        self.deserted_ticks += 1;
        if self.deserted_ticks >= DESERTED_TICKS { vec![RoomRequest::Stop] } else { Vec::new() }
    }

    /// The actor is gone, put away or by a fault. Sessions in it are told to come back, waiting ones are refused.
    pub fn dies(&mut self, connections: &mut SimulatedConnections) -> Vec<SimulatedSubscribe> {
        self.push_all(connections, || SimulatedOutbound::Close);
        let queued = self.mailbox.drain(..).filter_map(|message| match message {
            RoomInput::Subscribe(subscribe) => Some(subscribe),
            _ => None,
        });
        self.waiting.drain(..).map(|(subscribe, _)| subscribe).chain(queued).collect()
    }
}

/// The clock of a fan-out buffer, which only goes forward.
fn elapsed(now: Timestamp) -> Duration {
    Duration::from_millis(now.0.unsigned_abs())
}

fn push(connections: &mut SimulatedConnections, key: SessionKey, outbound: SimulatedOutbound) -> Result<(), Gone> {
    connections.get_mut(&key).ok_or(Gone)?.push(outbound)
}
