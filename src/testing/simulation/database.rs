//! The model of the database: what is committed is true, at once and for everybody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::{AccountId, Entry, EntryBody, EntryKind, Role, RoomId, RoomSubject, Seq, Timestamp, TransactionId};
use crate::store::members::{Member, Membership, Snapshot};

/// Entries of a page: few, so that catching up takes several.
const PAGE: usize = 3;

pub struct SimulatedDatabase {
    rooms: BTreeMap<RoomId, SimulatedLog>,
}

struct SimulatedLog {
    entries: Vec<Arc<Entry>>,
    /// The members at each version.
    history: Vec<BTreeSet<AccountId>>,
    /// The positions that people marked read; `joined` holds the heads when they came.
    reads: BTreeMap<AccountId, Seq>,
    joined: BTreeMap<AccountId, Seq>,
    /// Everybody who ever was a member.
    known: BTreeSet<AccountId>,
    nonces: BTreeMap<(AccountId, String), Seq>,
}

impl SimulatedDatabase {
    pub fn new(rooms: i64, members: &[AccountId]) -> Self {
        let log = || SimulatedLog {
            entries: Vec::new(),
            history: vec![members.iter().copied().collect()],
            reads: BTreeMap::new(),
            joined: BTreeMap::new(),
            known: members.iter().copied().collect(),
            nonces: BTreeMap::new(),
        };
        Self { rooms: (1..=rooms).map(|room| (RoomId(room), log())).collect() }
    }

    fn log(&self, room: RoomId) -> &SimulatedLog {
        &self.rooms[&room]
    }

    fn log_mut(&mut self, room: RoomId) -> &mut SimulatedLog {
        self.rooms.get_mut(&room).unwrap()
    }

    pub fn head(&self, room: RoomId) -> Seq {
        Seq(i64::try_from(self.log(room).entries.len()).unwrap())
    }

    pub fn version(&self, room: RoomId) -> i64 {
        i64::try_from(self.log(room).history.len()).unwrap() - 1
    }

    pub fn entry(&self, room: RoomId, seq: Seq) -> Option<&Arc<Entry>> {
        self.log(room).entries.get(usize::try_from(seq.0).ok()?.checked_sub(1)?)
    }

    pub fn is_member(&self, room: RoomId, account: AccountId) -> bool {
        self.log(room).history.last().unwrap().contains(&account)
    }

    /// May this account ever have this entry? If it was a member under the entry's version or under a later one: a removal
    /// raises the version, so whatever is committed after it needs a membership that is newer.
    pub fn may_have(&self, account: AccountId, entry: &Entry) -> bool {
        let from = usize::try_from(entry.acl_version).unwrap();
        self.log(entry.room).history.iter().skip(from).any(|members| members.contains(&account))
    }

    /// Has this account been no member at some time since this version?
    pub fn was_out_since(&self, room: RoomId, account: AccountId, version: i64) -> bool {
        let from = usize::try_from(version).unwrap();
        self.log(room).history.iter().skip(from).any(|members| !members.contains(&account))
    }

    /// Where the nonce stands, and the entry if it is new. `None`: not a member.
    pub fn post(&mut self, room: RoomId, author: AccountId, nonce: &str) -> Option<(Seq, Option<Arc<Entry>>)> {
        if !self.is_member(room, author) {
            return None;
        }
        if let Some(seq) = self.log(room).nonces.get(&(author, nonce.to_owned())) {
            return Some((*seq, None));
        }
        let entry = self.append(room, author, Some(nonce.to_owned()), EntryBody::message(""));
        self.log_mut(room).nonces.insert((author, nonce.to_owned()), entry.seq);
        Some((entry.seq, Some(entry)))
    }

    /// Removes a member, or adds who is none. `told`: the entry says of them all that a room must know.
    pub fn change(&mut self, room: RoomId, account: AccountId, told: bool) -> Arc<Entry> {
        let mut members = self.log(room).history.last().unwrap().clone();
        let kind = if members.remove(&account) {
            EntryKind::MemberRemoved
        } else {
            members.insert(account);
            EntryKind::MemberAdded
        };
        let head = self.head(room);
        let log = self.log_mut(room);
        log.history.push(members);
        if log.known.insert(account) {
            // Messages from before somebody joined are not unread, and were not read either.
            log.joined.insert(account, head);
        }
        let data = match told {
            true => {
                serde_json::json!({ "account": account, "name": format!("Member {account}"), "role": Role::Broker })
            }
            false => serde_json::json!({ "account": account }),
        };
        self.append(room, AccountId(1), None, EntryBody::from_parts(kind.as_str().to_owned(), None, Some(data)))
    }

    fn append(&mut self, room: RoomId, author: AccountId, nonce: Option<String>, body: EntryBody) -> Arc<Entry> {
        let (seq, acl_version) = (self.head(room).next(), self.version(room));
        let entry = Entry { room, seq, author: Some(author), nonce, body, at: Timestamp(seq.0), acl_version };
        let entry = Arc::new(entry);
        self.log_mut(room).entries.push(entry.clone());
        entry
    }

    pub fn membership(&self, room: RoomId, account: AccountId) -> Option<Membership> {
        self.is_member(room, account).then(|| Membership {
            subject: RoomSubject::Conversation(TransactionId(room.0)),
            room,
            head: self.head(room),
            acl_version: self.version(room),
            read: self.read_of(room, account),
            joined: self.joined_of(room, account),
            unread: 0,
        })
    }

    pub fn read_of(&self, room: RoomId, account: AccountId) -> Option<Seq> {
        self.log(room).reads.get(&account).copied()
    }

    fn joined_of(&self, room: RoomId, account: AccountId) -> Seq {
        self.log(room).joined.get(&account).copied().unwrap_or_default()
    }

    /// The members now, with a head and a version that may have been read a little before.
    pub fn snapshot(&self, room: RoomId, head: Seq, acl_version: i64) -> Snapshot {
        let member = |account: &AccountId| Member {
            account: *account,
            name: format!("Member {account}"),
            role: Role::Broker,
            active: self.is_member(room, *account),
            address_proved: true,
            read: self.read_of(room, *account),
            last_seen: None,
            named_at: None,
        };
        let members = self.log(room).known.iter().map(member).collect();
        Snapshot { subject: RoomSubject::Conversation(TransactionId(room.0)), head, acl_version, members }
    }

    pub fn committed_after(&self, room: RoomId, after: Seq) -> Vec<Arc<Entry>> {
        self.log(room).entries.iter().filter(|entry| entry.seq > after).take(PAGE).cloned().collect()
    }

    /// The same for a person, who must be a member when it is read.
    pub fn page(&self, room: RoomId, account: AccountId, after: Seq) -> Option<Vec<Arc<Entry>>> {
        self.is_member(room, account).then(|| self.committed_after(room, after))
    }

    /// The position, if it moved.
    pub fn mark_read(&mut self, room: RoomId, account: AccountId, seq: Seq) -> Option<Seq> {
        let position = self.read_of(room, account).unwrap_or_else(|| self.joined_of(room, account));
        if !self.is_member(room, account) || seq > self.head(room) || seq <= position {
            return None;
        }
        self.log_mut(room).reads.insert(account, seq);
        Some(seq)
    }

    /// How often somebody's message stands in the log.
    pub fn count(&self, room: RoomId, author: AccountId, nonce: &str) -> usize {
        let is_it = |entry: &&Arc<Entry>| entry.author == Some(author) && entry.nonce.as_deref() == Some(nonce);
        self.log(room).entries.iter().filter(is_it).count()
    }

    pub fn members(&self, room: RoomId) -> Vec<AccountId> {
        self.log(room).history.last().unwrap().iter().copied().collect()
    }
}
