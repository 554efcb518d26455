//! A storm, in which anything may happen at any step, and the calm after it, in which all must come right.

use super::node::SimulatedNode;
use super::work::WorkKind;
use super::world::{ROOMS, Simulation};
use crate::domain::{AccountId, NodeId, RoomId};

/// How often things have happened, over all runs: a simulation in which nothing goes wrong proves nothing.
#[derive(Debug, Default)]
pub struct Coverage {
    pub entries: usize,
    pub pages: usize,
    pub changes: usize,
    pub failed_reads: usize,
    pub crashes: usize,
    pub dead_rooms: usize,
    pub broken_buses: usize,
    pub cut: usize,
    pub acknowledged: usize,
    pub repeated: usize,
    /// Events of the bus.
    pub lost: usize,
    pub doubled: usize,
    pub overtaken: usize,
}

impl Coverage {
    pub fn add(&mut self, other: &Self) {
        self.entries += other.entries;
        self.pages += other.pages;
        self.changes += other.changes;
        self.failed_reads += other.failed_reads;
        self.crashes += other.crashes;
        self.dead_rooms += other.dead_rooms;
        self.broken_buses += other.broken_buses;
        self.cut += other.cut;
        self.acknowledged += other.acknowledged;
        self.repeated += other.repeated;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.overtaken += other.overtaken;
    }

    pub fn everything_happened(&self) {
        let Self {
            entries,
            pages,
            changes,
            failed_reads,
            crashes,
            dead_rooms,
            broken_buses,
            cut,
            acknowledged,
            repeated,
            lost,
            doubled,
            overtaken,
        } = self;
        let of_people = [entries, pages, changes, acknowledged, repeated];
        let of_fate = [failed_reads, crashes, dead_rooms, broken_buses, cut, lost, doubled, overtaken];
        let least = of_people.into_iter().chain(of_fate).min();
        assert!(least.is_some_and(|least| *least > 10), "{self:?}");
    }
}

impl Simulation {
    pub fn storm(&mut self) {
        let steps = 100 + self.rng.below(900);
        for _ in 0..steps {
            match self.rng.below(100) {
                0..28 => drop(self.work()),
                28..42 => drop(self.room_turn()),
                42..55 => drop(self.connection_turn()),
                55..66 => drop(self.any_client_turn()),
                66..74 => drop(self.arrival()),
                74..91 => self.somebody_does_something(),
                91..93 => self.change_members(),
                93..97 => {
                    let milliseconds = self.rng.milliseconds(1_500);
                    self.pass(milliseconds);
                }
                _ => self.misfortune(),
            }
        }
    }

    fn any_client_turn(&mut self) -> bool {
        let client = self.rng.below(self.clients.len());
        self.client_turn(client)
    }

    fn any_room(&mut self) -> RoomId {
        RoomId(1 + self.rng.milliseconds(usize::try_from(ROOMS).unwrap()))
    }

    fn somebody_does_something(&mut self) {
        let client = self.rng.below(self.clients.len());
        let room = self.any_room();
        let Some(key) = self.clients[client].connection else { return self.connect(client) };
        match self.rng.below(14) {
            0..4 => {
                if !self.clients[client].views.contains_key(&room) || self.rng.percent(10) {
                    self.join(client, room);
                }
            }
            4..9 => {
                self.clients[client].write(room);
                self.send_next(client);
            }
            9..12 => {
                let view = self.clients[client].views.contains_key(&room);
                if let (Some(seq), true) = (self.clients[client].cursors.get(&room).copied(), view) {
                    let account = self.clients[client].account;
                    let node = self.connections.get(&key).map(|connection| connection.node);
                    if let Some(node) = node {
                        self.begin(node, WorkKind::MarkRead { room, account, seq });
                    }
                }
            }
            12 if self.rng.percent(40) => {
                let wish = self.connections.get_mut(&key).and_then(|connection| connection.leave(room));
                self.wish(key, wish.into_iter().collect());
            }
            13 if self.rng.percent(30) => self.hang_up(key),
            _ => self.send_next(client),
        }
    }

    fn join(&mut self, client: usize, room: RoomId) {
        let Some(key) = self.clients[client].connection else { return };
        // Now and then somebody begins at the head, whatever they had.
        let from_head = self.is_stormy && self.rng.percent(10);
        let after = self.clients[client].cursors.get(&room).copied().unwrap_or_default();
        if self.clients[client].asked.insert(room)
            && let Some(connection) = self.connections.get_mut(&key).filter(|connection| !connection.closing)
        {
            let wish = connection.join(room, (!from_head).then_some(after));
            self.wish(key, vec![wish]);
        }
    }

    /// The oldest message that was not answered, with its nonce.
    fn send_next(&mut self, client: usize) {
        let Some(key) = self.clients[client].connection else { return };
        let Some(connection) = self.connections.get_mut(&key) else { return };
        let node = connection.node;
        let client = &mut self.clients[client];
        if let Some((room, nonce)) = client.outbox.front().cloned()
            && !std::mem::replace(&mut client.sending, true)
        {
            let number = connection.post(room);
            self.begin(node, WorkKind::Post { key, room, nonce, number });
        }
    }

    fn change_members(&mut self) {
        let (room, account) = (self.any_room(), AccountId(1 + self.rng.milliseconds(4)));
        let node = self.rng.below(self.nodes.len());
        if self.nodes[node].alive {
            self.begin(node, WorkKind::Change { room, account });
        }
        // A client that waits for being added comes at once.
        let waiting = self.clients.iter().position(|client| client.account == account);
        if let Some(client) = waiting.filter(|_| self.rng.percent(60)) {
            self.join(client, room);
        }
    }

    fn misfortune(&mut self) {
        let node = self.rng.below(self.nodes.len());
        match (self.rng.below(8), self.nodes[node].alive) {
            (0, true) => self.crash(node),
            (_, false) => self.start(node),
            (1 | 2, _) => {
                let rooms: Vec<RoomId> = self.nodes[node].rooms.keys().copied().collect();
                if let Some(room) = self.rng.pick(&rooms) {
                    self.seen.dead_rooms += 1;
                    self.end_room(node, room);
                }
            }
            (3 | 4, _) if !self.nodes[node].alone => {
                self.seen.broken_buses += 1;
                self.nodes[node].alone = true;
                self.nodes[node].subscribed.clear();
                self.bus.lose(node);
            }
            (5..8, _) if self.nodes[node].alone => self.reconnect(node),
            _ => {}
        }
    }

    fn crash(&mut self, node: usize) {
        self.seen.crashes += 1;
        self.nodes[node].alive = false;
        self.nodes[node].rooms.clear();
        self.bus.lose(node);
        let broken: Vec<_> = self.connections.values().filter(|c| c.node == node).map(|c| c.key).collect();
        broken.into_iter().for_each(|key| self.hang_up(key));
    }

    fn start(&mut self, node: usize) {
        let id = NodeId(self.number());
        self.nodes[node] = SimulatedNode::start(id, self.now);
    }

    /// The bus is back: everything that is followed is subscribed to, then checked.
    fn reconnect(&mut self, node: usize) {
        self.nodes[node].alone = false;
        let rooms: Vec<RoomId> = self.nodes[node].rooms.keys().copied().collect();
        for room in rooms {
            self.begin(node, WorkKind::Follow { room });
        }
    }

    /// Nothing goes wrong any more; within the time that the promises name all must be as it should.
    pub fn settle(&mut self) {
        self.is_stormy = false;
        self.connections.values_mut().for_each(|connection| connection.bound = usize::MAX);
        for node in 0..self.nodes.len() {
            if self.nodes[node].alive && self.rng.percent(30) {
                self.crash(node);
            }
            if !self.nodes[node].alive {
                self.start(node);
            }
            // Read positions and presence that the storm lost are found when a broken bus comes back.
            self.nodes[node].alone = true;
            self.bus.lose(node);
            self.reconnect(node);
        }
        let away = [self.rng.below(2 * self.clients.len()), self.rng.below(2 * self.clients.len())];
        for round in 0..TIMES_OVER / ROUND {
            for client in 0..self.clients.len() {
                if away.contains(&client) {
                    self.go_away(client);
                    continue;
                }
                if round % 3 == 0 {
                    self.want_everything(client);
                }
                self.send_next(client);
            }
            self.drain();
            self.pass(ROUND);
        }
        self.drain();
        self.judge();
    }

    /// Without a word, and for good.
    fn go_away(&mut self, client: usize) {
        self.clients[client].is_away = true;
        if let Some(key) = self.clients[client].connection {
            self.hang_up(key);
        }
    }

    fn want_everything(&mut self, client: usize) {
        if self.clients[client].connection.is_none() {
            self.connect(client);
        }
        for room in (1..=ROOMS).map(RoomId) {
            if !self.clients[client].views.contains_key(&room) {
                self.join(client, room);
            }
        }
    }

    fn drain(&mut self) {
        let mut steps = 0;
        loop {
            let mut moved = self.work() | self.room_turn() | self.connection_turn() | self.arrival();
            for client in 0..self.clients.len() {
                moved |= self.client_turn(client);
            }
            if !moved {
                return;
            }
            steps += 1;
            assert!(steps < 20_000, "work without end");
        }
    }
}

/// A lease of a report, the grace of a leaver, and some seconds in which everybody comes back.
const TIMES_OVER: i64 = 60_000 + 5_000 + 15_000;
/// After so much time everybody looks around.
const ROUND: i64 = 2_000;

impl Simulation {
    fn judge(&mut self) {
        for room in (1..=ROOMS).map(RoomId) {
            let head = self.database.head(room);
            let members = self.database.members(room);
            for client in self.clients.iter().filter(|client| !client.is_away) {
                let Some(view) = client.views.get(&room) else {
                    assert!(!members.contains(&client.account), "{} is not in room {room}", client.account);
                    continue;
                };
                let account = client.account;
                assert!(members.contains(&account), "{account} is still in room {room}");
                assert!(view.is_live, "{account} is not live in room {room}");
                assert_eq!(client.cursors[&room], head, "{account} lacks something of room {room}");
                for member in &members {
                    let is_there = self.clients.iter().any(|c| c.account == *member && c.views.contains_key(&room));
                    let is_seen = view.online.contains(member);
                    assert_eq!(is_seen, is_there, "{account} in room {room}: is {member} there?");
                    // Nothing is known of a person whom no frame has named.
                    if let Some(read) = view.reads.get(member) {
                        let stored = self.database.read_of(room, *member);
                        assert_eq!(*read, stored, "{account} in room {room}: read by {member}");
                    }
                }
            }
        }
        for client in &self.clients {
            assert!(client.outbox.is_empty() || client.is_away, "{} waits for an answer", client.account);
            for (room, nonce, seq) in &client.acknowledged {
                let entry = self.database.entry(*room, *seq).expect("an entry");
                assert_eq!((entry.author, entry.nonce.as_ref()), (Some(client.account), Some(nonce)));
                assert_eq!(self.database.count(*room, client.account, nonce), 1, "{nonce} is stored more than once");
            }
        }
        let bus = &self.bus;
        (self.seen.lost, self.seen.doubled, self.seen.overtaken) = (bus.lost, bus.doubled, bus.overtaken);
        self.seen.acknowledged += self.clients.iter().map(|client| client.acknowledged.len()).sum::<usize>();
    }
}
