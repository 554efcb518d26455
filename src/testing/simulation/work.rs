//! Work that takes time: questions to the database, transactions, and what follows them. Each goes one step when the random numbers say so,
//! and is lost with the node that does it.

use std::sync::Arc;

use super::connection::SimulatedConnection;
use super::hosted::{Hosted, RoomInput, SimulatedSubscribe};
use super::messages::{SimulatedFrame, SimulatedJoinRequest, SimulatedOutbound};
use super::world::Simulation;
use crate::domain::{AccountId, Entry, EntryBatch, NodeId, RoomEvent, RoomId, Seq, Timestamp};
use crate::realtime::links::SessionKey;

pub struct Work {
    pub node: usize,
    /// The run of the node that it belongs to.
    pub run: NodeId,
    pub what: WorkKind,
}

/// The asking of a read is one step, its answer another.
pub enum WorkKind {
    Entries {
        room: RoomId,
        actor: u64,
        after: Seq,
    },
    GotEntries {
        room: RoomId,
        actor: u64,
        entries: Vec<Arc<Entry>>,
    },
    Version {
        room: RoomId,
        actor: u64,
    },
    Members {
        room: RoomId,
        actor: u64,
        head: Seq,
        version: i64,
    },
    GotMembers {
        room: RoomId,
        actor: u64,
        snapshot: crate::store::members::Snapshot,
    },
    Membership {
        key: SessionKey,
        room: RoomId,
        join: u64,
        after: Option<Seq>,
    },
    Enter {
        key: SessionKey,
        room: RoomId,
        request: SimulatedJoinRequest,
    },
    Page {
        key: SessionKey,
        room: RoomId,
        join: u64,
        after: Seq,
    },
    GotPage {
        key: SessionKey,
        room: RoomId,
        join: u64,
        page: Option<Vec<Arc<Entry>>>,
    },
    Heads,
    GotHeads(Vec<(RoomId, Seq)>),
    Post {
        key: SessionKey,
        room: RoomId,
        nonce: String,
        number: u64,
    },
    Change {
        room: RoomId,
        account: AccountId,
    },
    Publish {
        room: RoomId,
        entry: Arc<Entry>,
        then: Option<Box<WorkKind>>,
    },
    /// The node's hub hears that somebody was added, by another way than the rooms hear of it.
    Added {
        room: RoomId,
        account: AccountId,
        version: i64,
    },
    Answer {
        key: SessionKey,
        room: RoomId,
        number: u64,
        frame: SimulatedFrame,
    },
    MarkRead {
        room: RoomId,
        account: AccountId,
        seq: Seq,
    },
    PublishEvent {
        room: RoomId,
        event: RoomEvent,
    },
    /// The subscription at the bus.
    Follow {
        room: RoomId,
    },
}

impl WorkKind {
    /// The actor of a room that reads.
    pub fn actor(&self) -> Option<u64> {
        match self {
            Self::Entries { actor, .. }
            | Self::GotEntries { actor, .. }
            | Self::Version { actor, .. }
            | Self::Members { actor, .. }
            | Self::GotMembers { actor, .. } => Some(*actor),
            _ => None,
        }
    }
}

impl Simulation {
    pub fn begin(&mut self, node: usize, what: WorkKind) {
        let run = self.nodes[node].id;
        self.works.push(Work { node, run, what });
    }

    fn account_of(&self, key: SessionKey) -> Option<AccountId> {
        self.connections.get(&key).map(|connection| connection.account)
    }

    /// The room's actor, if it is still that one.
    pub fn hosted(&mut self, node: usize, room: RoomId, actor: u64) -> Option<&mut Hosted> {
        self.nodes[node].rooms.get_mut(&room).filter(|hosted| hosted.actor == actor)
    }

    pub fn go_on(&mut self, Work { node, run, what }: Work) {
        if !self.nodes[node].alive || self.nodes[node].id != run {
            return;
        }
        let fails = self.is_stormy && self.rng.percent(8);
        match what {
            WorkKind::Entries { room, actor, .. } if fails => {
                self.seen.failed_reads += 1;
                if let Some(hosted) = self.hosted(node, room, actor) {
                    hosted.entries_not_loaded();
                }
            }
            WorkKind::Version { room, actor } if fails => {
                self.seen.failed_reads += 1;
                if let Some(hosted) = self.hosted(node, room, actor) {
                    let requests = hosted.members_not_loaded();
                    self.grant(node, room, actor, requests);
                }
            }
            WorkKind::Entries { room, actor, after } => {
                let entries = self.database.committed_after(room, after);
                self.begin(node, WorkKind::GotEntries { room, actor, entries });
            }
            WorkKind::GotEntries { room, actor, entries } => {
                let entries = entries.iter().map(|entry| Entry::clone(entry)).collect();
                self.at_room(node, room, actor, |hosted, connections, now| {
                    hosted.loaded_entries(entries, connections, now)
                });
            }
            // The version first: the members may be newer than it, never older.
            WorkKind::Version { room, actor } => {
                let (head, version) = (self.database.head(room), self.database.version(room));
                self.begin(node, WorkKind::Members { room, actor, head, version });
            }
            WorkKind::Members { room, actor, head, version } => {
                let snapshot = self.database.snapshot(room, head, version);
                self.begin(node, WorkKind::GotMembers { room, actor, snapshot });
            }
            WorkKind::GotMembers { room, actor, snapshot } => {
                self.at_room(node, room, actor, |hosted, connections, now| hosted.know(snapshot, connections, now));
            }
            WorkKind::Membership { key, room, join, after } => {
                let Some(account) = self.account_of(key) else { return };
                let membership = self.database.membership(room, account).filter(|_| !fails);
                match membership {
                    Some(membership) => {
                        self.begin(
                            node,
                            WorkKind::Enter { key, room, request: SimulatedJoinRequest { join, after, membership } },
                        );
                    }
                    None => self.connection(key, |connection| connection.join_failed(room, join)),
                }
            }
            WorkKind::Enter { key, room, request } => {
                let Some(account) = self.account_of(key) else { return };
                self.find_room(node, room);
                let subscribe = RoomInput::Subscribe(SimulatedSubscribe { key, account, request });
                self.nodes[node].rooms.get_mut(&room).unwrap().enqueue(subscribe);
            }
            WorkKind::Page { key, room, join, after } => {
                let Some(account) = self.account_of(key) else { return };
                let page = self.database.page(room, account, after).filter(|_| !fails);
                self.begin(node, WorkKind::GotPage { key, room, join, page });
            }
            WorkKind::GotPage { key, room, join, page } => {
                self.seen.pages += 1;
                if let Some(connection) = self.connections.get_mut(&key).filter(|connection| !connection.closing) {
                    let requests = connection.page(room, join, page);
                    self.wish(key, requests);
                }
            }
            WorkKind::Heads if fails => self.nodes[node].polling = false,
            WorkKind::Heads => {
                let heads = self.nodes[node].rooms.keys().map(|room| (*room, self.database.head(*room))).collect();
                self.begin(node, WorkKind::GotHeads(heads));
            }
            WorkKind::GotHeads(heads) => {
                self.nodes[node].polling = false;
                for (room, head) in heads {
                    self.check(node, room, Some(head));
                }
            }
            WorkKind::Post { .. } | WorkKind::Change { .. } | WorkKind::MarkRead { .. } => {
                self.transact(node, what, fails)
            }
            WorkKind::Publish { room, entry, then } => {
                for run in EntryBatch::of([&*entry]) {
                    self.publish(node, room, &RoomEvent::Committed(run));
                }
                self.publish_added(room, &entry);
                if let Some(then) = then {
                    self.begin(node, *then);
                }
            }
            WorkKind::Added { room, account, version } => {
                let theirs =
                    |connection: &&mut SimulatedConnection| connection.node == node && connection.account == account;
                for connection in self.connections.values_mut().filter(theirs) {
                    let _ = connection.push(SimulatedOutbound::Added { room, version });
                }
            }
            WorkKind::Answer { key, room, number, frame } => {
                self.connection(key, |connection| connection.answer(room, number, frame));
            }
            WorkKind::PublishEvent { room, event } => self.publish(node, room, &event),
            WorkKind::Follow { room } => {
                if self.nodes[node].rooms.contains_key(&room) && !self.nodes[node].alone {
                    self.nodes[node].subscribed.insert(room);
                    self.check(node, room, None);
                }
            }
        }
    }

    /// A transaction commits whole or not at all; what follows the commit are further steps, which a crash may take away.
    fn transact(&mut self, node: usize, what: WorkKind, fails: bool) {
        match what {
            WorkKind::Post { key, room, nonce, number } if fails => {
                self.begin(
                    node,
                    WorkKind::Answer { key, room, number, frame: SimulatedFrame::PostUnavailable { nonce } },
                );
            }
            WorkKind::Post { key, room, nonce, number } => {
                let Some(account) = self.account_of(key) else { return };
                let (frame, entry) = match self.database.post(room, account, &nonce) {
                    Some((seq, entry)) => {
                        self.seen.repeated += usize::from(entry.is_none());
                        (SimulatedFrame::Posted { room, nonce, seq }, entry)
                    }
                    None => (SimulatedFrame::PostRefused { nonce }, None),
                };
                let answer = WorkKind::Answer { key, room, number, frame };
                match entry {
                    Some(entry) => self.begin(node, WorkKind::Publish { room, entry, then: Some(Box::new(answer)) }),
                    None => self.begin(node, answer),
                }
            }
            WorkKind::Change { room, account } if !fails => {
                // One in three is written by a version that says it otherwise: then the members must be read.
                let told = self.rng.below(3) > 0;
                let entry = self.database.change(room, account, told);
                self.seen.changes += 1;
                self.begin(node, WorkKind::Publish { room, entry, then: None });
            }
            WorkKind::MarkRead { room, account, seq } if !fails => {
                if let Some(seq) = self.database.mark_read(room, account, seq) {
                    self.begin(
                        node,
                        WorkKind::PublishEvent { room, event: RoomEvent::Read { account, seq, unread: 0 } },
                    );
                }
            }
            _ => {}
        }
    }

    /// Each node hears it whenever it does.
    fn publish_added(&mut self, room: RoomId, entry: &Entry) {
        if let Some((account, true)) = entry.body.member_change() {
            for node in (0..self.nodes.len()).filter(|node| self.nodes[*node].alive).collect::<Vec<_>>() {
                self.begin(node, WorkKind::Added { room, account, version: entry.acl_version });
            }
        }
    }

    /// On the node itself at once, to the others by the bus.
    pub fn publish(&mut self, node: usize, room: RoomId, event: &RoomEvent) {
        if let Some(hosted) = self.nodes[node].rooms.get_mut(&room) {
            hosted.enqueue(RoomInput::Event(event.clone()));
        }
        if self.nodes[node].alone {
            return;
        }
        for to in 0..self.nodes.len() {
            let other = &self.nodes[to];
            if to != node && other.alive && !other.alone && other.subscribed.contains(&room) {
                self.bus.send(to, room, event, &mut self.rng, self.now, !self.is_stormy);
            }
        }
    }

    pub fn check(&mut self, node: usize, room: RoomId, head: Option<Seq>) {
        if let Some(hosted) = self.nodes[node].rooms.get_mut(&room) {
            hosted.enqueue(RoomInput::CheckHead(head));
        }
    }

    pub fn clock(&self) -> Timestamp {
        Timestamp(self.now)
    }
}
