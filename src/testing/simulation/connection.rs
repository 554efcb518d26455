//! One connection: the server's end, which does what `session/commands.rs`, `joins.rs` and `outbound.rs` do around its
//! [`CatchUp`]s, and the wire to the client.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::messages::{ConnectionRequest, SimulatedFrame, SimulatedJoinRequest, SimulatedOutbound};
use crate::domain::{AccountId, Entry, RoomId, Seq};
use crate::realtime::links::{Gone, SessionKey};
use crate::realtime::protocol::MemberView;
use crate::realtime::session::{Additions, AfterPage, CatchUp, Live, Postings};

const PAGES_AT_ONCE: usize = 2;

pub struct SimulatedConnection {
    pub key: SessionKey,
    pub node: usize,
    pub account: AccountId,
    pub rooms: BTreeMap<RoomId, JoinedState>,
    joining: BTreeMap<RoomId, u64>,
    joins: u64,
    pages: VecDeque<(RoomId, u64)>,
    reading_pages: usize,
    postings: Postings<SimulatedFrame>,
    additions: Additions<SimulatedFrame>,
    /// The last post that was begun.
    asked: u64,
    /// Of each room that the session was taken out of: the last post that was begun before that, and whether it was told.
    removals: BTreeMap<RoomId, (u64, bool)>,
    pub inbox: VecDeque<SimulatedOutbound>,
    /// The most that may wait in it before the session is cut.
    pub bound: usize,
    /// Over its bound: nothing reaches it any more.
    pub cut: bool,
    pub closing: bool,
    pub wire: VecDeque<SimulatedFrame>,
}

pub struct JoinedState {
    /// The actor of the room that let it in.
    pub actor: u64,
    join: u64,
    at: CatchUp,
}

impl SimulatedConnection {
    pub fn new(key: SessionKey, node: usize, account: AccountId, bound: usize) -> Self {
        Self {
            key,
            node,
            account,
            rooms: BTreeMap::new(),
            joining: BTreeMap::new(),
            joins: 0,
            pages: VecDeque::new(),
            reading_pages: 0,
            postings: Postings::default(),
            additions: Additions::default(),
            asked: 0,
            removals: BTreeMap::new(),
            inbox: VecDeque::new(),
            bound,
            cut: false,
            closing: false,
            wire: VecDeque::new(),
        }
    }

    /// A room puts something into the queue.
    pub fn push(&mut self, outbound: SimulatedOutbound) -> Result<(), Gone> {
        if self.cut {
            return Err(Gone);
        }
        if self.inbox.len() >= self.bound {
            self.cut = true;
            return Err(Gone);
        }
        self.inbox.push_back(outbound);
        Ok(())
    }

    pub fn send(&mut self, frame: SimulatedFrame) {
        match &frame {
            SimulatedFrame::Removed { room, .. } => {
                self.removals.entry(*room).and_modify(|(_, told)| *told = true);
            }
            SimulatedFrame::Joined { room, .. }
            | SimulatedFrame::Left { room }
            | SimulatedFrame::Added { room, .. } => {
                self.removals.remove(room);
            }
            _ => {}
        }
        if !self.closing {
            self.wire.push_back(frame);
        }
    }

    pub fn close(&mut self) {
        self.send(SimulatedFrame::Close);
        self.closing = true;
    }

    /// Gives the number of the post.
    pub fn post(&mut self, room: RoomId) -> u64 {
        self.asked = self.postings.begin(room);
        self.asked
    }

    pub fn answer(&mut self, room: RoomId, number: u64, frame: SimulatedFrame) {
        let is_late = self.removals.get(&room).is_some_and(|(asked, told)| *told && number <= *asked);
        assert!(!is_late, "{} hears of a post in {room} after the word of the removal: {frame:?}", self.account);
        self.send(frame);
        if let Some(word) = self.postings.end(room, number) {
            self.send(word);
        }
    }

    pub fn join(&mut self, room: RoomId, after: Option<Seq>) -> ConnectionRequest {
        self.joins += 1;
        self.joining.insert(room, self.joins);
        ConnectionRequest::Membership { room, join: self.joins, after }
    }

    pub fn join_failed(&mut self, room: RoomId, join: u64) {
        if self.joining.get(&room) == Some(&join) {
            self.joining.remove(&room);
        }
        self.send(SimulatedFrame::JoinRefused { room });
    }

    pub fn leave(&mut self, room: RoomId) -> Option<ConnectionRequest> {
        self.joining.remove(&room);
        let left = self.rooms.remove(&room);
        self.say_removed(room);
        self.additions.left(room);
        self.send(SimulatedFrame::Left { room });
        left.map(|joined| ConnectionRequest::Unsubscribe { room, actor: joined.actor })
    }

    /// Takes the next thing from the queue.
    pub fn turn(&mut self) -> Vec<ConnectionRequest> {
        let Some(outbound) = self.inbox.pop_front() else { return Vec::new() };
        if self.closing {
            return Vec::new();
        }
        match outbound {
            SimulatedOutbound::JoinGranted { request, actor, head, members } => {
                return self.granted(request, actor, head, members);
            }
            SimulatedOutbound::Entries { room, entries } => {
                let (first, last) = (entries.first().unwrap().seq, entries.last().unwrap().seq);
                match self.rooms.get_mut(&room).map(|joined| joined.at.live(first, last)) {
                    Some(Live::Send) => self.send(SimulatedFrame::Entries { room, entries }),
                    Some(Live::Read { .. }) => return self.read_on(room),
                    Some(Live::Drop) | None => {}
                }
            }
            SimulatedOutbound::Frame { room, frame } => {
                if self.rooms.contains_key(&room) {
                    self.send(frame);
                }
            }
            SimulatedOutbound::Removed { room, version } => {
                if self.rooms.remove(&room).is_some() {
                    self.removals.insert(room, (self.asked, false));
                    if let Some(word) = self.postings.removed(room, SimulatedFrame::Removed { room, version }) {
                        self.send(word);
                    }
                    if let Some(added) = self.additions.removed(room, version) {
                        self.say_removed(room);
                        self.send(added);
                    }
                }
            }
            SimulatedOutbound::Added { room, version } => {
                let is_in_it = self.rooms.contains_key(&room) || self.joining.contains_key(&room);
                if let Some(added) =
                    self.additions.added(room, Some(version), SimulatedFrame::Added { room, version }, is_in_it)
                {
                    self.say_removed(room);
                    self.send(added);
                }
            }
            SimulatedOutbound::Close => self.close(),
        }
        Vec::new()
    }

    fn say_removed(&mut self, room: RoomId) {
        if let Some(word) = self.postings.word(room) {
            self.send(word);
        }
    }

    fn granted(
        &mut self,
        request: SimulatedJoinRequest,
        actor: u64,
        head: Seq,
        members: Vec<MemberView>,
    ) -> Vec<ConnectionRequest> {
        let SimulatedJoinRequest { join, after, membership } = request;
        let room = membership.room;
        if self.joining.get(&room) != Some(&join) {
            self.send(SimulatedFrame::JoinRefused { room });
            let is_strange = !self.joining.contains_key(&room) && !self.rooms.contains_key(&room);
            return if is_strange { vec![ConnectionRequest::Unsubscribe { room, actor }] } else { Vec::new() };
        }
        self.joining.remove(&room);
        self.say_removed(room);
        self.additions.joined(room, membership.acl_version);
        let after = after.unwrap_or(membership.head);
        let at = CatchUp::start(after, head.max(membership.head));
        self.rooms.insert(room, JoinedState { actor, join, at });
        self.send(SimulatedFrame::Joined { room, after, version: membership.acl_version, members });
        if at.is_reading() {
            return self.read_on(room);
        }
        self.send(SimulatedFrame::Live { room, seq: at.cursor() });
        Vec::new()
    }

    fn read_on(&mut self, room: RoomId) -> Vec<ConnectionRequest> {
        if let Some(joined) = self.rooms.get(&room) {
            self.pages.push_back((room, joined.join));
        }
        self.read_pages()
    }

    fn read_pages(&mut self) -> Vec<ConnectionRequest> {
        let mut requests = Vec::new();
        while self.reading_pages < PAGES_AT_ONCE
            && let Some((room, join)) = self.pages.pop_front()
        {
            let Some(joined) = self.rooms.get(&room).filter(|joined| joined.join == join) else { continue };
            self.reading_pages += 1;
            requests.push(ConnectionRequest::Page { room, join, after: joined.at.cursor() });
        }
        requests
    }

    /// `None`: it could not be read, or not by this account.
    pub fn page(&mut self, room: RoomId, join: u64, page: Option<Vec<Arc<Entry>>>) -> Vec<ConnectionRequest> {
        self.reading_pages -= 1;
        let Some(joined) = self.rooms.get_mut(&room).filter(|joined| joined.join == join) else {
            return self.read_pages();
        };
        let Some(entries) = page else {
            self.close();
            return Vec::new();
        };
        let after = joined.at.page(entries.last().map(|entry| entry.seq));
        let cursor = joined.at.cursor();
        if !entries.is_empty() {
            self.send(SimulatedFrame::Entries { room, entries });
        }
        let mut requests = match after {
            AfterPage::Read { .. } => self.read_on(room),
            AfterPage::CaughtUp => {
                self.send(SimulatedFrame::Live { room, seq: cursor });
                Vec::new()
            }
        };
        requests.extend(self.read_pages());
        requests
    }
}
