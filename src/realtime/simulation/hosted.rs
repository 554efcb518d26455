//! A room on a node: [`RoomState`] with what `room/actor.rs` does around it. The actor cannot run here, so its shell is
//! written once more; what decides is the real thing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::connection::{Connection, Frame, Outbound, Ticket};
use crate::domain::{AccountId, Entry, NodeId, RoomEvent, RoomId, Run, Seq, Timestamp};
use crate::realtime::room::{Effect, Pace, RoomState, RoomTimes, Turn};
use crate::realtime::session::{Gone, SessionKey};
use crate::store::members::Snapshot;

pub type Connections = BTreeMap<SessionKey, Connection>;

/// What may wait in front of a room; a hint too many is only noted.
const MAILBOX: usize = 8;
const DESERTED_TICKS: u32 = 6;
const MAX_LOOKS: u32 = 3;

pub struct Hosted {
    pub room: RoomId,
    /// Which of the room's actors this is.
    pub actor: u64,
    node: NodeId,
    times: RoomTimes,
    state: Option<RoomState>,
    sessions: BTreeMap<SessionKey, AccountId>,
    pace: Pace,
    early: Vec<RoomEvent>,
    waiting: Vec<(Subscribe, u32)>,
    starting: bool,
    missed: bool,
    mailbox: VecDeque<Message>,
    deserted_ticks: u32,
}

#[derive(Clone, Copy)]
pub struct Subscribe {
    pub key: SessionKey,
    pub account: AccountId,
    pub ticket: Ticket,
}

pub enum Message {
    Hear(RoomEvent),
    CheckHead(Option<Seq>),
    Subscribe(Subscribe),
    Unsubscribe(SessionKey),
}

/// What a room wants of the world.
pub enum Ask {
    LoadEntries {
        after: Seq,
    },
    LoadMembers,
    Publish(RoomEvent),
    Refuse(Subscribe),
    /// Refuse somebody who is no member.
    TurnAway(Subscribe),
    Stop,
}

impl Hosted {
    pub fn start(room: RoomId, actor: u64, node: NodeId, times: RoomTimes) -> (Self, Vec<Ask>) {
        let mut hosted = Self {
            room,
            actor,
            node,
            times,
            state: None,
            sessions: BTreeMap::new(),
            pace: Pace::default(),
            early: Vec::new(),
            waiting: Vec::new(),
            starting: false,
            missed: false,
            mailbox: VecDeque::new(),
            deserted_ticks: 0,
        };
        let asks = hosted.renew_members(&mut Connections::new(), Timestamp(0));
        (hosted, asks)
    }

    /// Hints past the bound are noted; who wants to come in waits in front of it.
    pub fn tell(&mut self, message: Message) {
        match message {
            Message::Subscribe(_) => self.mailbox.push_back(message),
            _ if self.mailbox.len() < MAILBOX => self.mailbox.push_back(message),
            Message::Hear(_) | Message::CheckHead(_) => self.missed = true,
            Message::Unsubscribe(_) => {}
        }
    }

    /// What is held may go out at any time.
    pub fn is_busy(&self) -> bool {
        !self.mailbox.is_empty() || self.pace.is_holding()
    }

    pub fn turn(&mut self, connections: &mut Connections, now: Timestamp) -> Vec<Ask> {
        let effects = match (self.mailbox.pop_front(), &mut self.state) {
            (None, _) => {
                // Timers fire whenever the dice say so.
                // The thread is through with what was told before.
                self.pace.is_through(elapsed(now));
                self.pace.came_back(elapsed(now));
                self.speak(connections, now);
                return Vec::new();
            }
            (Some(Message::Hear(event)), Some(state)) => state.hear(event, now),
            (Some(Message::Hear(event)), None) => {
                self.early.push(event);
                return Vec::new();
            }
            (Some(Message::CheckHead(Some(head))), Some(state)) => state.head_is(head),
            (Some(Message::CheckHead(None)), Some(state)) => state.look_again(),
            (Some(Message::CheckHead(_)), None) => return self.renew_members(connections, now),
            (Some(Message::Subscribe(subscribe)), _) => {
                return self.admit(subscribe, connections, now).unwrap_or_else(|| {
                    self.waiting.push((subscribe, 0));
                    self.renew_members(connections, now)
                });
            }
            (Some(Message::Unsubscribe(key)), state) => {
                self.sessions.remove(&key);
                state.as_mut().map(|state| state.unsubscribe(key, now)).unwrap_or_default()
            }
        };
        self.carry_out(effects, connections, now)
    }

    fn renew_members(&mut self, connections: &mut Connections, now: Timestamp) -> Vec<Ask> {
        match &mut self.state {
            Some(state) => {
                let effects = state.renew_members();
                self.carry_out(effects, connections, now)
            }
            None if self.starting => Vec::new(),
            None => {
                self.starting = true;
                vec![Ask::LoadMembers]
            }
        }
    }

    pub fn members_not_loaded(&mut self) -> Vec<Ask> {
        self.starting = false;
        if let Some(state) = &mut self.state {
            state.members_not_loaded();
        }
        std::mem::take(&mut self.waiting).into_iter().map(|(subscribe, _)| Ask::Refuse(subscribe)).collect()
    }

    pub fn entries_not_loaded(&mut self) {
        if let Some(state) = &mut self.state {
            state.entries_not_loaded();
        }
    }

    pub fn loaded_entries(
        &mut self,
        entries: Vec<crate::domain::Entry>,
        connections: &mut Connections,
        now: Timestamp,
    ) -> Vec<Ask> {
        let effects = self.state.as_mut().map(|state| state.loaded_entries(&entries)).unwrap_or_default();
        self.carry_out(effects, connections, now)
    }

    pub fn know(&mut self, snapshot: Snapshot, connections: &mut Connections, now: Timestamp) -> Vec<Ask> {
        self.starting = false;
        let effects = match &mut self.state {
            Some(state) => state.loaded_members(snapshot),
            None => {
                let mut state = RoomState::new(self.room, self.node, self.times, snapshot);
                let mut effects = vec![Effect::Publish(RoomEvent::WhoIsThere)];
                for event in std::mem::take(&mut self.early) {
                    effects.extend(state.hear(event, now));
                }
                self.state = Some(state);
                effects
            }
        };
        let mut asks = self.carry_out(effects, connections, now);
        for (subscribe, looks) in std::mem::take(&mut self.waiting) {
            match self.admit(subscribe, connections, now) {
                Some(more) => asks.extend(more),
                None if looks < MAX_LOOKS => self.waiting.push((subscribe, looks + 1)),
                None => asks.push(Ask::Refuse(subscribe)),
            }
        }
        if !self.waiting.is_empty() {
            asks.extend(self.renew_members(connections, now));
        }
        asks
    }

    /// `None`: the members must be read first.
    fn admit(&mut self, subscribe: Subscribe, connections: &mut Connections, now: Timestamp) -> Option<Vec<Ask>> {
        let state = self.state.as_mut()?;
        let Subscribe { key, account, ticket } = subscribe;
        if !state.admits(account, ticket.standing.acl_version)? {
            return Some(vec![Ask::TurnAway(subscribe)]);
        }
        let effects = state.subscribe(key, account, now);
        let admitted =
            Outbound::Admitted { ticket, actor: self.actor, head: state.head(), members: state.member_views() };
        self.deserted_ticks = 0;
        let asks = self.carry_out(effects, connections, now);
        self.speak(connections, now);
        if push(connections, key, admitted).is_ok() {
            self.sessions.insert(key, account);
        }
        Some(asks)
    }

    fn carry_out(&mut self, effects: Vec<Effect>, connections: &mut Connections, now: Timestamp) -> Vec<Ask> {
        let room = self.room;
        let mut asks = Vec::new();
        for effect in effects {
            let frame = match effect {
                Effect::Entries(runs) => {
                    if self.pace.hold(runs, elapsed(now)) == Turn::Tell {
                        self.speak(connections, now);
                    }
                    continue;
                }
                Effect::Read { account, seq } => Frame::Read { room, account, seq },
                Effect::Presence { account, online, .. } => Frame::Presence { room, account, online },
                Effect::Remove { session } => {
                    self.speak(connections, now);
                    if self.sessions.remove(&session).is_some() {
                        let version = self.state.as_ref().map_or(0, RoomState::acl_version);
                        let _ = push(connections, session, Outbound::Removed { room, version });
                    }
                    continue;
                }
                Effect::LoadEntries { after } => {
                    asks.push(Ask::LoadEntries { after });
                    continue;
                }
                Effect::LoadMembers => {
                    asks.push(Ask::LoadMembers);
                    continue;
                }
                Effect::Publish(event) => {
                    asks.push(Ask::Publish(event));
                    continue;
                }
                Effect::Typing { .. } | Effect::Unread { .. } | Effect::CountUnread { .. } | Effect::Named { .. } => {
                    continue;
                }
            };
            self.speak(connections, now);
            self.push_all(connections, || Outbound::Frame { room, frame: frame.clone() });
        }
        asks
    }

    fn speak(&mut self, connections: &mut Connections, now: Timestamp) {
        let (room, runs) = (self.room, self.pace.take(elapsed(now), self.sessions.len()));
        if !runs.is_empty() {
            let entries: Vec<Arc<Entry>> = runs.iter().flat_map(Run::entries).map(Arc::new).collect();
            self.push_all(connections, || Outbound::Entries { room, entries: entries.clone() });
        }
    }

    fn push_all(&mut self, connections: &mut Connections, outbound: impl Fn() -> Outbound) {
        self.sessions.retain(|key, _| push(connections, *key, outbound()).is_ok());
    }

    pub fn tick(&mut self, connections: &mut Connections, now: Timestamp) -> Vec<Ask> {
        let looked_away = std::mem::take(&mut self.missed);
        let Some(state) = &mut self.state else {
            return if self.waiting.is_empty() { self.count_deserted() } else { Vec::new() };
        };
        self.sessions.retain(|key, _| connections.get(key).is_some_and(|connection| !connection.cut));
        let mut effects = Vec::new();
        for key in state.session_keys().into_iter().filter(|key| !self.sessions.contains_key(key)) {
            effects.extend(state.unsubscribe(key, now));
        }
        effects.extend(state.tick(now));
        if looked_away {
            effects.extend(state.look_again());
        }
        let deserted = state.is_deserted();
        let mut asks = self.carry_out(effects, connections, now);
        if deserted {
            asks.extend(self.count_deserted());
        }
        asks
    }

    fn count_deserted(&mut self) -> Vec<Ask> {
        self.deserted_ticks += 1;
        if self.deserted_ticks >= DESERTED_TICKS { vec![Ask::Stop] } else { Vec::new() }
    }

    /// The actor is gone, put away or by a fault. Who is in it is told to come back, who waits is refused.
    pub fn dies(&mut self, connections: &mut Connections) -> Vec<Subscribe> {
        self.push_all(connections, || Outbound::Close);
        let queued = self.mailbox.drain(..).filter_map(|message| match message {
            Message::Subscribe(subscribe) => Some(subscribe),
            _ => None,
        });
        self.waiting.drain(..).map(|(subscribe, _)| subscribe).chain(queued).collect()
    }
}

/// The clock of a pace, which only goes forward.
fn elapsed(now: Timestamp) -> Duration {
    Duration::from_millis(now.0.unsigned_abs())
}

fn push(connections: &mut Connections, key: SessionKey, outbound: Outbound) -> Result<(), Gone> {
    connections.get_mut(&key).ok_or(Gone)?.push(outbound)
}
