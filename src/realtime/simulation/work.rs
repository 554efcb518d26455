//! What takes time: questions to the database, transactions, and what follows them. Each goes one step when the dice say so,
//! and is lost with the node that does it.

use std::sync::Arc;

use super::connection::{Connection, Frame, Outbound, Ticket};
use super::hosted::{Hosted, Message, Subscribe};
use super::world::World;
use crate::domain::{AccountId, Entry, EntryKind, NodeId, RoomEvent, RoomId, Run, Seq, Timestamp};
use crate::realtime::session::SessionKey;

pub struct Work {
    pub node: usize,
    /// The run of the node that it belongs to.
    pub run: NodeId,
    pub what: Doing,
}

/// The asking of a read is one step, its answer another.
pub enum Doing {
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
    Standing {
        key: SessionKey,
        room: RoomId,
        join: u64,
        after: Option<Seq>,
    },
    Enter {
        key: SessionKey,
        room: RoomId,
        ticket: Ticket,
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
        then: Option<Box<Doing>>,
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
        frame: Frame,
    },
    MarkRead {
        room: RoomId,
        account: AccountId,
        seq: Seq,
    },
    Tell {
        room: RoomId,
        event: RoomEvent,
    },
    /// The subscription at the bus.
    Follow {
        room: RoomId,
    },
}

impl Doing {
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

impl World {
    pub fn begin(&mut self, node: usize, what: Doing) {
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
        let fails = self.is_stormy && self.dice.percent(8);
        match what {
            Doing::Entries { room, actor, .. } if fails => {
                self.seen.failed_reads += 1;
                if let Some(hosted) = self.hosted(node, room, actor) {
                    hosted.entries_not_loaded();
                }
            }
            Doing::Version { room, actor } if fails => {
                self.seen.failed_reads += 1;
                if let Some(hosted) = self.hosted(node, room, actor) {
                    let asks = hosted.members_not_loaded();
                    self.grant(node, room, actor, asks);
                }
            }
            Doing::Entries { room, actor, after } => {
                let entries = self.database.committed_after(room, after);
                self.begin(node, Doing::GotEntries { room, actor, entries });
            }
            Doing::GotEntries { room, actor, entries } => {
                let entries = entries.iter().map(|entry| Entry::clone(entry)).collect();
                self.at_room(node, room, actor, |hosted, connections, now| {
                    hosted.loaded_entries(entries, connections, now)
                });
            }
            // The version first: the members may be newer than it, never older.
            Doing::Version { room, actor } => {
                let (head, version) = (self.database.head(room), self.database.version(room));
                self.begin(node, Doing::Members { room, actor, head, version });
            }
            Doing::Members { room, actor, head, version } => {
                let snapshot = self.database.snapshot(room, head, version);
                self.begin(node, Doing::GotMembers { room, actor, snapshot });
            }
            Doing::GotMembers { room, actor, snapshot } => {
                self.at_room(node, room, actor, |hosted, connections, now| hosted.know(snapshot, connections, now));
            }
            Doing::Standing { key, room, join, after } => {
                let Some(account) = self.account_of(key) else { return };
                let standing = self.database.standing(room, account).filter(|_| !fails);
                match standing {
                    Some(standing) => {
                        self.begin(node, Doing::Enter { key, room, ticket: Ticket { join, after, standing } });
                    }
                    None => self.connection(key, |connection| connection.join_failed(room, join)),
                }
            }
            Doing::Enter { key, room, ticket } => {
                let Some(account) = self.account_of(key) else { return };
                self.find_room(node, room);
                let subscribe = Message::Subscribe(Subscribe { key, account, ticket });
                self.nodes[node].rooms.get_mut(&room).unwrap().tell(subscribe);
            }
            Doing::Page { key, room, join, after } => {
                let Some(account) = self.account_of(key) else { return };
                let page = self.database.page(room, account, after).filter(|_| !fails);
                self.begin(node, Doing::GotPage { key, room, join, page });
            }
            Doing::GotPage { key, room, join, page } => {
                self.seen.pages += 1;
                if let Some(connection) = self.connections.get_mut(&key).filter(|connection| !connection.closing) {
                    let wishes = connection.page(room, join, page);
                    self.wish(key, wishes);
                }
            }
            Doing::Heads if fails => self.nodes[node].polling = false,
            Doing::Heads => {
                let heads = self.nodes[node].rooms.keys().map(|room| (*room, self.database.head(*room))).collect();
                self.begin(node, Doing::GotHeads(heads));
            }
            Doing::GotHeads(heads) => {
                self.nodes[node].polling = false;
                for (room, head) in heads {
                    self.check(node, room, Some(head));
                }
            }
            Doing::Post { .. } | Doing::Change { .. } | Doing::MarkRead { .. } => self.transact(node, what, fails),
            Doing::Publish { room, entry, then } => {
                for run in Run::of([&*entry]) {
                    self.publish(node, room, &RoomEvent::Committed(run));
                }
                self.tell_added(room, &entry);
                if let Some(then) = then {
                    self.begin(node, *then);
                }
            }
            Doing::Added { room, account, version } => {
                let theirs = |connection: &&mut Connection| connection.node == node && connection.account == account;
                for connection in self.connections.values_mut().filter(theirs) {
                    let _ = connection.push(Outbound::Added { room, version });
                }
            }
            Doing::Answer { key, room, number, frame } => {
                self.connection(key, |connection| connection.answer(room, number, frame));
            }
            Doing::Tell { room, event } => self.publish(node, room, &event),
            Doing::Follow { room } => {
                if self.nodes[node].rooms.contains_key(&room) && !self.nodes[node].alone {
                    self.nodes[node].subscribed.insert(room);
                    self.check(node, room, None);
                }
            }
        }
    }

    /// A transaction commits whole or not at all; what follows the commit are further steps, which a crash may take away.
    fn transact(&mut self, node: usize, what: Doing, fails: bool) {
        match what {
            Doing::Post { key, room, nonce, number } if fails => {
                self.begin(node, Doing::Answer { key, room, number, frame: Frame::PostUnavailable { nonce } });
            }
            Doing::Post { key, room, nonce, number } => {
                let Some(account) = self.account_of(key) else { return };
                let (frame, entry) = match self.database.post(room, account, &nonce) {
                    Some((seq, entry)) => {
                        self.seen.repeated += usize::from(entry.is_none());
                        (Frame::Posted { room, nonce, seq }, entry)
                    }
                    None => (Frame::PostRefused { nonce }, None),
                };
                let answer = Doing::Answer { key, room, number, frame };
                match entry {
                    Some(entry) => self.begin(node, Doing::Publish { room, entry, then: Some(Box::new(answer)) }),
                    None => self.begin(node, answer),
                }
            }
            Doing::Change { room, account } if !fails => {
                // One in three is written by a version that says it otherwise: then the members must be read.
                let told = self.dice.below(3) > 0;
                let entry = self.database.change(room, account, told);
                self.seen.changes += 1;
                self.begin(node, Doing::Publish { room, entry, then: None });
            }
            Doing::MarkRead { room, account, seq } if !fails => {
                if let Some(seq) = self.database.mark_read(room, account, seq) {
                    self.begin(node, Doing::Tell { room, event: RoomEvent::Read { account, seq, unread: 0 } });
                }
            }
            _ => {}
        }
    }

    /// Each node hears it whenever it does.
    fn tell_added(&mut self, room: RoomId, entry: &Entry) {
        let account = entry.data.as_ref().and_then(|data| data["account"].as_i64()).map(AccountId);
        if let (EntryKind::MemberAdded, Some(account)) = (entry.kind, account) {
            for node in (0..self.nodes.len()).filter(|node| self.nodes[*node].alive).collect::<Vec<_>>() {
                self.begin(node, Doing::Added { room, account, version: entry.acl_version });
            }
        }
    }

    /// On the node itself at once, to the others by the bus.
    pub fn publish(&mut self, node: usize, room: RoomId, event: &RoomEvent) {
        if let Some(hosted) = self.nodes[node].rooms.get_mut(&room) {
            hosted.tell(Message::Hear(event.clone()));
        }
        if self.nodes[node].alone {
            return;
        }
        for to in 0..self.nodes.len() {
            let other = &self.nodes[to];
            if to != node && other.alive && !other.alone && other.subscribed.contains(&room) {
                self.bus.send(to, room, event, &mut self.dice, self.now, !self.is_stormy);
            }
        }
    }

    pub fn check(&mut self, node: usize, room: RoomId, head: Option<Seq>) {
        if let Some(hosted) = self.nodes[node].rooms.get_mut(&room) {
            hosted.tell(Message::CheckHead(head));
        }
    }

    pub fn clock(&self) -> Timestamp {
        Timestamp(self.now)
    }
}
