//! Somebody with a device: what they have, what they still have to send, and what they check in everything that comes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::database::SimulatedDatabase;
use super::messages::SimulatedFrame;
use crate::domain::{AccountId, RoomId, Seq};
use crate::realtime::links::SessionKey;

pub struct SimulatedClient {
    pub account: AccountId,
    pub connection: Option<SessionKey>,
    /// The last entry of each room, kept over connections.
    pub cursors: BTreeMap<RoomId, Seq>,
    pub views: BTreeMap<RoomId, View>,
    pub asked: BTreeSet<RoomId>,
    /// The last words told on this connection, by room: versions of an addition and of a removal.
    added: BTreeMap<RoomId, i64>,
    removed: BTreeMap<RoomId, i64>,
    /// An addition that came before an older removal, to be told again at once.
    owed: Option<(RoomId, i64)>,
    /// Not yet answered, the oldest first.
    pub outbox: VecDeque<(RoomId, String)>,
    /// The oldest of the outbox is on its way.
    pub sending: bool,
    nonces: u64,
    pub acknowledged: Vec<(RoomId, String, Seq)>,
    /// When the storm is over they do not come back.
    pub is_away: bool,
}

/// A room as this connection knows it.
#[derive(Default)]
pub struct View {
    last: Seq,
    /// The version of the members under which it was let in.
    version: i64,
    pub is_live: bool,
    pub reads: BTreeMap<AccountId, Option<Seq>>,
    /// As presence said it, whoever is a member: it may come before the entry that adds somebody.
    pub online: BTreeSet<AccountId>,
}

impl SimulatedClient {
    pub fn new(account: AccountId) -> Self {
        Self {
            account,
            connection: None,
            cursors: BTreeMap::new(),
            views: BTreeMap::new(),
            asked: BTreeSet::new(),
            added: BTreeMap::new(),
            removed: BTreeMap::new(),
            owed: None,
            outbox: VecDeque::new(),
            sending: false,
            nonces: 0,
            acknowledged: Vec::new(),
            is_away: false,
        }
    }

    pub fn write(&mut self, room: RoomId) {
        self.nonces += 1;
        self.outbox.push_back((room, format!("{}-{}", self.account, self.nonces)));
    }

    /// The connection is gone, with whatever was still on it.
    pub fn disconnected(&mut self) {
        self.connection = None;
        self.views.clear();
        self.asked.clear();
        self.added.clear();
        self.removed.clear();
        self.owed = None;
        self.sending = false;
    }

    fn view(&mut self, room: RoomId, what: &SimulatedFrame) -> &mut View {
        let account = self.account;
        self.views.get_mut(&room).unwrap_or_else(|| panic!("{account} hears of a room that they are not in: {what:?}"))
    }

    /// `true` if the connection is closed.
    pub fn on_event(&mut self, frame: SimulatedFrame, database: &SimulatedDatabase) -> bool {
        if let Some((room, owed)) = self.owed.take() {
            let is_it =
                matches!(&frame, SimulatedFrame::Added { room: told, version } if (*told, *version) == (room, owed));
            assert!(is_it, "{} takes an old removal from {room} for the last word: {frame:?}", self.account);
        }
        match &frame {
            SimulatedFrame::Joined { room, after, version, members } => {
                self.asked.remove(room);
                self.removed.remove(room);
                let reads = members.iter().map(|member| (member.account, member.read)).collect();
                let online = members.iter().filter(|member| member.online).map(|member| member.account).collect();
                self.views.insert(*room, View { last: *after, version: *version, is_live: false, reads, online });
                self.cursors.insert(*room, *after);
            }
            SimulatedFrame::Entries { room, entries } => {
                let account = self.account;
                for entry in entries {
                    let view = self.view(*room, &frame);
                    assert_eq!(entry.seq, view.last.next(), "{account} in {room}: not contiguous");
                    assert_eq!(
                        Some(entry),
                        database.entry(*room, entry.seq),
                        "{account} in {room}: not what is stored"
                    );
                    assert!(
                        database.may_have(account, entry),
                        "{account} in {room}: {} after their removal",
                        entry.seq
                    );
                    view.last = entry.seq;
                    if let Some((newcomer, true)) = entry.body.member_change() {
                        view.reads.entry(newcomer).or_default();
                    }
                    self.cursors.insert(*room, entry.seq);
                }
            }
            SimulatedFrame::Live { room, seq } => {
                let account = self.account;
                let view = self.view(*room, &frame);
                assert_eq!(view.last, *seq, "{account} in {room}: live at another entry than the last");
                view.is_live = true;
            }
            SimulatedFrame::Read { room, account, seq } => {
                let before = self.view(*room, &frame).reads.insert(*account, Some(*seq)).flatten();
                assert!(before.is_none_or(|before| before < *seq), "{account} in {room}: {before:?} read, then {seq}");
            }
            SimulatedFrame::Presence { room, account, online } => {
                let view = self.view(*room, &frame);
                if *online {
                    view.online.insert(*account);
                } else {
                    view.online.remove(account);
                }
            }
            SimulatedFrame::Left { room } => {
                self.views.remove(room);
                self.added.remove(room);
            }
            SimulatedFrame::Added { room, version } => {
                let undone = self.removed.get(room).is_some_and(|removed| version <= removed);
                assert!(!undone, "{} is told of an addition to {room} after its removal", self.account);
                let added = self.added.entry(*room).or_default();
                *added = (*added).max(*version);
            }
            SimulatedFrame::Removed { room, version: out } => {
                self.owed = self.added.get(room).filter(|added| *added > out).map(|added| (*room, *added));
                self.removed.insert(*room, *out);
                let version = self.view(*room, &frame).version;
                let is_right = database.was_out_since(*room, self.account, version);
                assert!(is_right, "{} is put out of room {room}, though they never left", self.account);
                self.views.remove(room);
            }
            SimulatedFrame::JoinRefused { room } => {
                self.asked.remove(room);
            }
            SimulatedFrame::Posted { room, nonce, seq } => {
                assert_eq!(self.outbox.pop_front().as_ref(), Some(&(*room, nonce.clone())));
                self.sending = false;
                self.acknowledged.push((*room, nonce.clone(), *seq));
            }
            SimulatedFrame::PostRefused { nonce } => {
                assert_eq!(self.outbox.pop_front().map(|(_, nonce)| nonce).as_ref(), Some(nonce));
                self.sending = false;
            }
            SimulatedFrame::PostUnavailable { nonce } => {
                assert_eq!(self.outbox.front().map(|(_, nonce)| nonce), Some(nonce));
                self.sending = false;
            }
            SimulatedFrame::Close => return true,
        }
        false
    }
}
