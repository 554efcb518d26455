//! The parts together, and one step of any of them.

use std::collections::BTreeMap;

use super::bus::Bus;
use super::client::Client;
use super::connection::{Connection, Frame, Wish};
use super::database::Database;
use super::dice::Dice;
use super::hosted::{Ask, Connections, Hosted, Message};
use super::node::{Node, Timer};
use super::weather::Seen;
use super::work::{Doing, Work};
use crate::domain::{AccountId, NodeId, RoomId, Timestamp};
use crate::realtime::room::RoomTimes;
use crate::realtime::session::SessionKey;

pub const TIMES: RoomTimes = RoomTimes { typing_ms: 5_000, presence_lease_ms: 60_000, presence_refresh_ms: 50_000 };
pub const ROOMS: i64 = 2;

pub struct World {
    pub dice: Dice,
    pub now: i64,
    /// Things go wrong.
    pub is_stormy: bool,
    pub database: Database,
    pub bus: Bus,
    pub nodes: Vec<Node>,
    pub connections: Connections,
    pub clients: Vec<Client>,
    pub works: Vec<Work>,
    pub seen: Seen,
    /// Numbers that are never given twice: of connections, actors and runs of nodes.
    numbers: u64,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let nodes = 1 + dice.below(3);
        // The first account has two devices.
        let clients: Vec<Client> = [1, 1, 2, 3, 4].into_iter().map(|id| Client::new(AccountId(id))).collect();
        let mut world = Self {
            dice,
            now: 0,
            is_stormy: true,
            database: Database::new(ROOMS, &[AccountId(1), AccountId(2)]),
            bus: Bus::default(),
            nodes: Vec::new(),
            connections: BTreeMap::new(),
            clients,
            works: Vec::new(),
            seen: Seen::default(),
            numbers: 0,
        };
        for _ in 0..nodes {
            let id = NodeId(world.number());
            world.nodes.push(Node::start(id, 0));
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
                        self.begin(node, Doing::Heads);
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
        run: impl FnOnce(&mut Hosted, &mut Connections, Timestamp) -> Vec<Ask>,
    ) {
        let now = self.clock();
        let Some(hosted) = self.nodes[node].rooms.get_mut(&room).filter(|hosted| hosted.actor == actor) else { return };
        let asks = run(hosted, &mut self.connections, now);
        self.grant(node, room, actor, asks);
    }

    pub fn grant(&mut self, node: usize, room: RoomId, actor: u64, asks: Vec<Ask>) {
        for ask in asks {
            match ask {
                Ask::LoadEntries { after } => {
                    self.not_twice(room, actor, |what| {
                        matches!(what, Doing::Entries { .. } | Doing::GotEntries { .. })
                    });
                    self.begin(node, Doing::Entries { room, actor, after });
                }
                Ask::LoadMembers => {
                    let is_members = |what: &Doing| {
                        matches!(what, Doing::Version { .. } | Doing::Members { .. } | Doing::GotMembers { .. })
                    };
                    self.not_twice(room, actor, is_members);
                    self.begin(node, Doing::Version { room, actor });
                }
                Ask::Publish(event) => self.publish(node, room, &event),
                Ask::TurnAway(subscribe) => {
                    let (account, version) = (subscribe.account, subscribe.ticket.standing.acl_version);
                    let is_right = self.database.was_out_since(room, account, version);
                    assert!(is_right, "{account} is refused in room {room}, though they are a member");
                    self.connection(subscribe.key, |connection| connection.join_failed(room, subscribe.ticket.join));
                }
                Ask::Refuse(subscribe) => self.connection(subscribe.key, |connection| {
                    connection.join_failed(room, subscribe.ticket.join);
                }),
                Ask::Stop => self.end_room(node, room),
            }
        }
    }

    fn not_twice(&self, room: RoomId, actor: u64, is_it: impl Fn(&Doing) -> bool) {
        let of_actor = |work: &Work| work.what.actor() == Some(actor) && is_it(&work.what);
        assert!(!self.works.iter().any(of_actor), "the actor {actor} of room {room} reads the same twice at a time");
    }

    pub fn find_room(&mut self, node: usize, room: RoomId) {
        if self.nodes[node].rooms.contains_key(&room) {
            return;
        }
        let actor = self.number();
        let (hosted, asks) = Hosted::start(room, actor, self.nodes[node].id, TIMES);
        self.nodes[node].rooms.insert(room, hosted);
        self.begin(node, Doing::Follow { room });
        self.grant(node, room, actor, asks);
    }

    /// Put away, or ended by a fault: its sessions and those that wait at its door hear of it.
    pub fn end_room(&mut self, node: usize, room: RoomId) {
        let Some(mut hosted) = self.nodes[node].rooms.remove(&room) else { return };
        self.nodes[node].subscribed.remove(&room);
        for subscribe in hosted.dies(&mut self.connections) {
            self.connection(subscribe.key, |connection| connection.join_failed(room, subscribe.ticket.join));
        }
    }

    pub fn connection(&mut self, key: SessionKey, run: impl FnOnce(&mut Connection)) {
        if let Some(connection) = self.connections.get_mut(&key).filter(|connection| !connection.closing) {
            run(connection);
        }
    }

    pub fn wish(&mut self, key: SessionKey, wishes: Vec<Wish>) {
        let Some(node) = self.connections.get(&key).map(|connection| connection.node) else { return };
        for wish in wishes {
            match wish {
                Wish::Standing { room, join, after } => self.begin(node, Doing::Standing { key, room, join, after }),
                Wish::Page { room, join, after } => self.begin(node, Doing::Page { key, room, join, after }),
                Wish::Unsubscribe { room, actor } => {
                    if let Some(hosted) = self.hosted(node, room, actor) {
                        hosted.tell(Message::Unsubscribe(key));
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
                    hosted.tell(Message::Unsubscribe(key));
                }
            }
        }
        for client in self.clients.iter_mut().filter(|client| client.connection == Some(key)) {
            client.disconnected();
        }
    }

    pub fn connect(&mut self, client: usize) {
        let living: Vec<usize> = (0..self.nodes.len()).filter(|node| self.nodes[*node].alive).collect();
        if let Some(node) = self.dice.pick(&living) {
            let key = SessionKey(self.number());
            let bound = if self.is_stormy { 2 + self.dice.below(8) } else { usize::MAX };
            self.connections.insert(key, Connection::new(key, node, self.clients[client].account, bound));
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
        self.seen.entries += if let Frame::Entries { entries, .. } = &frame { entries.len() } else { 0 };
        if self.clients[client].hear(frame, &self.database) {
            self.hang_up(key);
        }
        true
    }

    /// One step of one part. `false`: there was nothing to do.
    pub fn work(&mut self) -> bool {
        if self.works.is_empty() {
            return false;
        }
        let place = self.dice.below(self.works.len());
        let work = self.works.swap_remove(place);
        self.go_on(work);
        true
    }

    pub fn room_turn(&mut self) -> bool {
        let busy: Vec<(usize, RoomId)> = (0..self.nodes.len())
            .flat_map(|node| self.nodes[node].rooms.values().filter(|r| r.is_busy()).map(move |r| (node, r.room)))
            .collect();
        let Some((node, room)) = self.dice.pick(&busy) else { return false };
        let actor = self.nodes[node].rooms[&room].actor;
        self.at_room(node, room, actor, |hosted, connections, now| hosted.turn(connections, now));
        true
    }

    pub fn connection_turn(&mut self) -> bool {
        let waiting = |connection: &&Connection| !connection.inbox.is_empty() && !connection.cut;
        let busy: Vec<SessionKey> = self.connections.values().filter(waiting).map(|c| c.key).collect();
        let Some(key) = self.dice.pick(&busy) else { return false };
        let wishes = self.connections.get_mut(&key).map(Connection::turn).unwrap_or_default();
        self.wish(key, wishes);
        true
    }

    pub fn arrival(&mut self) -> bool {
        let Some(flight) = self.bus.arrival(&mut self.dice, self.now) else { return false };
        if let Some(hosted) = self.nodes[flight.to].rooms.get_mut(&flight.room) {
            hosted.tell(Message::Hear(flight.event));
        }
        true
    }
}
