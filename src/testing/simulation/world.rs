//! The parts together, and one step of any of them.

use std::collections::BTreeMap;

use super::bus::SimulatedBus;
use super::client::SimulatedClient;
use super::connection::SimulatedConnection;
use super::database::SimulatedDatabase;
use super::faults::Coverage;
use super::hosted::{Hosted, RoomInput, RoomRequest, SimulatedConnections};
use super::messages::{ConnectionRequest, SimulatedFrame};
use super::node::{SimulatedNode, Timer};
use super::rng::SimulationRng;
use super::work::{Work, WorkKind};
use crate::domain::{AccountId, NodeId, RoomId, Timestamp};
use crate::realtime::links::SessionKey;
use crate::realtime::room::RoomTimes;

pub const TIMES: RoomTimes = RoomTimes { typing_ms: 5_000, presence_lease_ms: 60_000, presence_refresh_ms: 50_000 };
pub const ROOMS: i64 = 2;

pub struct Simulation {
    pub rng: SimulationRng,
    pub now: i64,
    /// Things go wrong.
    pub is_stormy: bool,
    pub database: SimulatedDatabase,
    pub bus: SimulatedBus,
    pub nodes: Vec<SimulatedNode>,
    pub connections: SimulatedConnections,
    pub clients: Vec<SimulatedClient>,
    pub works: Vec<Work>,
    pub seen: Coverage,
    /// Numbers that are never given twice: of connections, actors and runs of nodes.
    numbers: u64,
}

impl Simulation {
    pub fn new(seed: u64) -> Self {
        let mut rng = SimulationRng::new(seed);
        let nodes = 1 + rng.below(3);
        // The first account has two devices.
        let clients: Vec<SimulatedClient> =
            [1, 1, 2, 3, 4].into_iter().map(|id| SimulatedClient::new(AccountId(id))).collect();
        let mut world = Self {
            rng,
            now: 0,
            is_stormy: true,
            database: SimulatedDatabase::new(ROOMS, &[AccountId(1), AccountId(2)]),
            bus: SimulatedBus::default(),
            nodes: Vec::new(),
            connections: BTreeMap::new(),
            clients,
            works: Vec::new(),
            seen: Coverage::default(),
            numbers: 0,
        };
        for _ in 0..nodes {
            let id = NodeId(world.number());
            world.nodes.push(SimulatedNode::start(id, 0));
        }
        world
    }

    pub fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub fn pass(&mut self, milliseconds: i64) {
        self.now += milliseconds;
        for node in 0..self.nodes.len() {
            for timer in self.nodes[node].timers(self.now) {
                match timer {
                    Timer::Tick => {
                        let rooms: Vec<_> = self.nodes[node].rooms.iter().map(|(id, room)| (*id, room.actor)).collect();
                        for (room, actor) in rooms {
                            self.at_room(node, room, actor, |hosted, connections, now| hosted.tick(connections, now));
                        }
                    }
                    Timer::Heads if self.nodes[node].rooms.is_empty() || self.nodes[node].polling => {}
                    Timer::Heads => {
                        self.nodes[node].polling = true;
                        self.begin(node, WorkKind::Heads);
                    }
                }
            }
        }
    }

    /// Runs something at a room, and does what it asks for.
    pub fn at_room(
        &mut self,
        node: usize,
        room: RoomId,
        actor: u64,
        run: impl FnOnce(&mut Hosted, &mut SimulatedConnections, Timestamp) -> Vec<RoomRequest>,
    ) {
        let now = self.clock();
        let Some(hosted) = self.nodes[node].rooms.get_mut(&room).filter(|hosted| hosted.actor == actor) else { return };
        let requests = run(hosted, &mut self.connections, now);
        self.grant(node, room, actor, requests);
    }

    pub fn grant(&mut self, node: usize, room: RoomId, actor: u64, requests: Vec<RoomRequest>) {
        for ask in requests {
            match ask {
                RoomRequest::LoadEntries { after } => {
                    self.not_twice(room, actor, |what| {
                        matches!(what, WorkKind::Entries { .. } | WorkKind::GotEntries { .. })
                    });
                    self.begin(node, WorkKind::Entries { room, actor, after });
                }
                RoomRequest::LoadMembers => {
                    let is_members = |what: &WorkKind| {
                        matches!(
                            what,
                            WorkKind::Version { .. } | WorkKind::Members { .. } | WorkKind::GotMembers { .. }
                        )
                    };
                    self.not_twice(room, actor, is_members);
                    self.begin(node, WorkKind::Version { room, actor });
                }
                RoomRequest::Publish(event) => self.publish(node, room, &event),
                RoomRequest::TurnAway(subscribe) => {
                    let (account, version) = (subscribe.account, subscribe.request.membership.acl_version);
                    let is_right = self.database.was_out_since(room, account, version);
                    assert!(is_right, "{account} is refused in room {room}, though they are a member");
                    self.connection(subscribe.key, |connection| connection.join_failed(room, subscribe.request.join));
                }
                RoomRequest::Refuse(subscribe) => self.connection(subscribe.key, |connection| {
                    connection.join_failed(room, subscribe.request.join);
                }),
                RoomRequest::Stop => self.end_room(node, room),
            }
        }
    }

    fn not_twice(&self, room: RoomId, actor: u64, is_it: impl Fn(&WorkKind) -> bool) {
        let of_actor = |work: &Work| work.what.actor() == Some(actor) && is_it(&work.what);
        assert!(!self.works.iter().any(of_actor), "the actor {actor} of room {room} reads the same twice at a time");
    }

    pub fn find_room(&mut self, node: usize, room: RoomId) {
        if self.nodes[node].rooms.contains_key(&room) {
            return;
        }
        let actor = self.number();
        let (hosted, requests) = Hosted::start(room, actor, self.nodes[node].id, TIMES);
        self.nodes[node].rooms.insert(room, hosted);
        self.begin(node, WorkKind::Follow { room });
        self.grant(node, room, actor, requests);
    }

    /// Put away, or ended by a fault: its sessions and those that wait at its door hear of it.
    pub fn end_room(&mut self, node: usize, room: RoomId) {
        let Some(mut hosted) = self.nodes[node].rooms.remove(&room) else { return };
        self.nodes[node].subscribed.remove(&room);
        for subscribe in hosted.dies(&mut self.connections) {
            self.connection(subscribe.key, |connection| connection.join_failed(room, subscribe.request.join));
        }
    }

    pub fn connection(&mut self, key: SessionKey, run: impl FnOnce(&mut SimulatedConnection)) {
        if let Some(connection) = self.connections.get_mut(&key).filter(|connection| !connection.closing) {
            run(connection);
        }
    }

    pub fn wish(&mut self, key: SessionKey, requests: Vec<ConnectionRequest>) {
        let Some(node) = self.connections.get(&key).map(|connection| connection.node) else { return };
        for wish in requests {
            match wish {
                ConnectionRequest::Membership { room, join, after } => {
                    self.begin(node, WorkKind::Membership { key, room, join, after })
                }
                ConnectionRequest::Page { room, join, after } => {
                    self.begin(node, WorkKind::Page { key, room, join, after })
                }
                ConnectionRequest::Unsubscribe { room, actor } => {
                    if let Some(hosted) = self.hosted(node, room, actor) {
                        hosted.enqueue(RoomInput::Unsubscribe(key));
                    }
                }
            }
        }
    }

    /// The connection is over, on both sides; what was on its wire is lost.
    pub fn hang_up(&mut self, key: SessionKey) {
        if let Some(connection) = self.connections.remove(&key) {
            for (room, joined) in connection.rooms {
                if let Some(hosted) = self.hosted(connection.node, room, joined.actor) {
                    hosted.enqueue(RoomInput::Unsubscribe(key));
                }
            }
        }
        for client in self.clients.iter_mut().filter(|client| client.connection == Some(key)) {
            client.disconnected();
        }
    }

    pub fn connect(&mut self, client: usize) {
        let living: Vec<usize> = (0..self.nodes.len()).filter(|node| self.nodes[*node].alive).collect();
        if let Some(node) = self.rng.pick(&living) {
            let key = SessionKey(self.number());
            let bound = if self.is_stormy { 2 + self.rng.below(8) } else { usize::MAX };
            self.connections.insert(key, SimulatedConnection::new(key, node, self.clients[client].account, bound));
            self.clients[client].connection = Some(key);
        }
    }

    pub fn client_turn(&mut self, client: usize) -> bool {
        let Some(key) = self.clients[client].connection else { return false };
        let Some(connection) = self.connections.get_mut(&key) else { return false };
        let Some(frame) = connection.wire.pop_front() else {
            // One that was cut, or has said goodbye, ends when its wire is empty.
            let is_over = connection.cut || connection.closing;
            if is_over {
                self.seen.cut += usize::from(connection.cut);
                self.hang_up(key);
            }
            return is_over;
        };
        self.seen.entries += if let SimulatedFrame::Entries { entries, .. } = &frame { entries.len() } else { 0 };
        if self.clients[client].on_event(frame, &self.database) {
            self.hang_up(key);
        }
        true
    }

    /// One step of one part. `false`: there was nothing to do.
    pub fn work(&mut self) -> bool {
        if self.works.is_empty() {
            return false;
        }
        let place = self.rng.below(self.works.len());
        let work = self.works.swap_remove(place);
        self.go_on(work);
        true
    }

    pub fn room_turn(&mut self) -> bool {
        let busy: Vec<(usize, RoomId)> = (0..self.nodes.len())
            .flat_map(|node| self.nodes[node].rooms.values().filter(|r| r.is_busy()).map(move |r| (node, r.room)))
            .collect();
        let Some((node, room)) = self.rng.pick(&busy) else { return false };
        let actor = self.nodes[node].rooms[&room].actor;
        self.at_room(node, room, actor, |hosted, connections, now| hosted.turn(connections, now));
        true
    }

    pub fn connection_turn(&mut self) -> bool {
        let waiting = |connection: &&SimulatedConnection| !connection.inbox.is_empty() && !connection.cut;
        let busy: Vec<SessionKey> = self.connections.values().filter(waiting).map(|c| c.key).collect();
        let Some(key) = self.rng.pick(&busy) else { return false };
        let requests = self.connections.get_mut(&key).map(SimulatedConnection::turn).unwrap_or_default();
        self.wish(key, requests);
        true
    }

    pub fn arrival(&mut self) -> bool {
        let Some(flight) = self.bus.arrival(&mut self.rng, self.now) else { return false };
        if let Some(hosted) = self.nodes[flight.to].rooms.get_mut(&flight.room) {
            hosted.enqueue(RoomInput::Event(flight.event));
        }
        true
    }
}
