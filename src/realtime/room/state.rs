//! What a room knows and decides, as a plain struct: something comes in, effects come out, the time is given. It sends
//! nothing and reads nothing itself, so that it can be run through thousands of schedules in a test.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::presence::Presence;
use crate::domain::{
    AccountId, Entry, EntryKind, NodeId, PresenceReport, Role, RoomEvent, RoomId, Seq, Timestamp, TransactionId,
};
use crate::realtime::protocol::MemberView;
use crate::realtime::session::SessionKey;
use crate::store::members::{Member, Snapshot};

/// Entries that may wait for a gap to be filled or for newer members. Beyond, they are read again from the database.
const MAX_PENDING: usize = 1024;
/// A typing mark dies after this, unless it is repeated.
const TYPING_MS: i64 = 5_000;

/// What the shell is asked to do.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// To every session in the room.
    Entry(Arc<Entry>),
    Read {
        account: AccountId,
        seq: Seq,
    },
    Presence {
        account: AccountId,
        online: bool,
        last_seen: Option<Timestamp>,
    },
    /// To every session but the typist's own.
    Typing {
        account: AccountId,
        on: bool,
    },
    /// To the sessions of this account.
    Unread {
        account: AccountId,
        read: Seq,
        count: i64,
    },
    /// These sessions hear nothing more of the room.
    Remove {
        session: SessionKey,
    },
    /// Read the entries above this one and give them to [`RoomState::loaded_entries`].
    LoadEntries {
        after: Seq,
    },
    /// Read the members and give them to [`RoomState::loaded_members`].
    LoadMembers,
    Publish(RoomEvent),
}

pub struct RoomState {
    pub room: RoomId,
    node: NodeId,
    transaction: TransactionId,
    /// The last entry that was delivered.
    head: Seq,
    /// The newest entry that anybody spoke of.
    known_head: Seq,
    acl_version: i64,
    members: BTreeMap<AccountId, Member>,
    sessions: HashMap<SessionKey, AccountId>,
    pending: BTreeMap<Seq, Arc<Entry>>,
    loading_entries: bool,
    loading_members: bool,
    presence: Presence,
    typing: HashMap<AccountId, Timestamp>,
}

impl RoomState {
    pub fn new(room: RoomId, node: NodeId, snapshot: Snapshot) -> Self {
        Self {
            room,
            node,
            transaction: snapshot.transaction,
            head: snapshot.head,
            known_head: snapshot.head,
            acl_version: snapshot.acl_version,
            members: by_account(snapshot.members),
            sessions: HashMap::new(),
            pending: BTreeMap::new(),
            loading_entries: false,
            loading_members: false,
            presence: Presence::default(),
            typing: HashMap::new(),
        }
    }

    pub fn transaction(&self) -> TransactionId {
        self.transaction
    }

    pub fn head(&self) -> Seq {
        self.head
    }

    pub fn is_deserted(&self) -> bool {
        self.sessions.is_empty()
    }

    pub fn session_keys(&self) -> Vec<SessionKey> {
        self.sessions.keys().copied().collect()
    }

    /// May this account be let in with the members known now? `None`: newer members must be loaded first.
    pub fn admits(&self, account: AccountId, acl_version: i64) -> Option<bool> {
        if self.acl_version < acl_version {
            return None;
        }
        Some(self.members.get(&account).is_some_and(|member| member.active))
    }

    /// Lets a session in. Everything after [`RoomState::head`] will be delivered to it.
    pub fn subscribe(&mut self, session: SessionKey, account: AccountId, now: Timestamp) -> Vec<Effect> {
        self.sessions.insert(session, account);
        self.presence_changed(|presence| presence.arrive(account), now)
    }

    pub fn unsubscribe(&mut self, session: SessionKey, now: Timestamp) -> Vec<Effect> {
        let Some(account) = self.sessions.remove(&session) else {
            return Vec::new();
        };
        let mut effects = Vec::new();
        if !self.sessions.values().any(|other| *other == account) {
            self.presence.leave(account, now);
            if self.typing.remove(&account).is_some() {
                effects.push(Effect::Typing { account, on: false });
            }
        }
        effects
    }

    /// Members as a newcomer is shown them.
    pub fn member_views(&self) -> Vec<MemberView> {
        let view = |member: &Member| MemberView {
            account: member.account,
            name: member.name.clone(),
            role: member.role,
            active: member.active,
            read: member.read,
            online: self.presence.is_online(member.account),
            last_seen: self.presence.last_seen(member.account).max(member.last_seen),
        };
        self.members.values().map(view).collect()
    }

    pub fn hear(&mut self, event: RoomEvent, now: Timestamp) -> Vec<Effect> {
        match event {
            RoomEvent::Committed(entries) => self.committed(entries),
            RoomEvent::Read { account, seq, unread } => self.read(account, seq, unread),
            RoomEvent::Typing { account, on } => self.type_mark(account, on, now),
            RoomEvent::Presence(report) => self.report(report, now),
            RoomEvent::WhoIsThere => vec![self.own_report(now)],
        }
    }

    fn committed(&mut self, entries: Vec<Arc<Entry>>) -> Vec<Effect> {
        for entry in entries {
            self.known_head = self.known_head.max(entry.seq);
            if entry.seq > self.head && self.pending.len() < MAX_PENDING {
                self.pending.insert(entry.seq, entry);
            }
        }
        self.advance()
    }

    /// Somebody compared with the database: this is its head.
    pub fn head_is(&mut self, seq: Seq) -> Vec<Effect> {
        self.known_head = self.known_head.max(seq);
        self.advance()
    }

    pub fn loaded_entries(&mut self, entries: Vec<Entry>) -> Vec<Effect> {
        self.loading_entries = false;
        if entries.is_empty() {
            // The database has nothing more, whatever the bus said: it is the truth.
            self.known_head = self.head;
            self.pending.clear();
        }
        self.committed(entries.into_iter().map(Arc::new).collect())
    }

    pub fn loaded_members(&mut self, snapshot: Snapshot) -> Vec<Effect> {
        self.loading_members = false;
        let mut effects = Vec::new();
        if snapshot.acl_version >= self.acl_version {
            self.acl_version = snapshot.acl_version;
            self.known_head = self.known_head.max(snapshot.head);
            let old = std::mem::replace(&mut self.members, by_account(snapshot.members));
            effects.extend(self.moved_positions(&old));
            effects.extend(self.remove_strangers());
        }
        effects.extend(self.advance());
        effects
    }

    /// A load failed: the next hint or the next look at the head tries again.
    pub fn load_failed(&mut self) {
        self.loading_entries = false;
        self.loading_members = false;
    }

    /// Delivers what is next in line. An entry waits until the members are at least as new as it is.
    fn advance(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.pending = self.pending.split_off(&self.head.next());
        while let Some(entry) = self.pending.get(&self.head.next()).cloned() {
            if entry.acl_version > self.acl_version && !self.apply_change(&entry) {
                if !std::mem::replace(&mut self.loading_members, true) {
                    effects.push(Effect::LoadMembers);
                }
                return effects;
            }
            self.pending.remove(&entry.seq);
            self.head = entry.seq;
            if entry.kind == EntryKind::MemberRemoved {
                effects.extend(self.remove_strangers());
            }
            if let Some(author) = entry.author.filter(|_| entry.kind == EntryKind::Message) {
                self.typing.remove(&author);
            }
            effects.push(Effect::Entry(entry));
        }
        if self.known_head > self.head && !std::mem::replace(&mut self.loading_entries, true) {
            effects.push(Effect::LoadEntries { after: self.head });
        }
        effects
    }

    /// A change of members that follows directly on what we know can be applied without asking the database.
    fn apply_change(&mut self, entry: &Entry) -> bool {
        if entry.acl_version != self.acl_version + 1 {
            return false;
        }
        let Some((account, name, role)) = entry.data.as_ref().and_then(who) else {
            return false;
        };
        match entry.kind {
            EntryKind::MemberAdded => {
                let member = self.members.entry(account).or_insert(Member {
                    account,
                    name,
                    role,
                    active: true,
                    read: entry.seq,
                    last_seen: None,
                });
                member.active = true;
                member.role = role;
            }
            EntryKind::MemberRemoved => {
                if let Some(member) = self.members.get_mut(&account) {
                    member.active = false;
                }
            }
            _ => return false,
        }
        self.acl_version = entry.acl_version;
        true
    }

    fn remove_strangers(&mut self) -> Vec<Effect> {
        let members = &self.members;
        let is_member = |account: &AccountId| members.get(account).is_some_and(|member| member.active);
        let mut strangers: Vec<SessionKey> =
            self.sessions.iter().filter(|(_, account)| !is_member(account)).map(|(session, _)| *session).collect();
        strangers.sort_unstable();
        for session in &strangers {
            if let Some(account) = self.sessions.remove(session) {
                self.presence.forget(account);
                self.typing.remove(&account);
            }
        }
        strangers.into_iter().map(|session| Effect::Remove { session }).collect()
    }

    fn read(&mut self, account: AccountId, seq: Seq, unread: i64) -> Vec<Effect> {
        match self.members.get_mut(&account) {
            Some(member) if member.active && seq > member.read => member.read = seq,
            _ => return Vec::new(),
        }
        vec![Effect::Read { account, seq }, Effect::Unread { account, read: seq, count: unread }]
    }

    /// Positions that moved while the bus was silent.
    fn moved_positions(&self, old: &BTreeMap<AccountId, Member>) -> Vec<Effect> {
        let moved = |member: &&Member| {
            member.active && old.get(&member.account).is_some_and(|before| before.read < member.read)
        };
        let effect = |member: &Member| Effect::Read { account: member.account, seq: member.read };
        self.members.values().filter(moved).map(effect).collect()
    }

    fn type_mark(&mut self, account: AccountId, on: bool, now: Timestamp) -> Vec<Effect> {
        if !self.members.get(&account).is_some_and(|member| member.active) {
            return Vec::new();
        }
        let changed = if on {
            self.typing.insert(account, now.plus_ms(TYPING_MS)).is_none()
        } else {
            self.typing.remove(&account).is_some()
        };
        // Repeated marks are passed on too: a client forgets by its own clock.
        if changed || on { vec![Effect::Typing { account, on }] } else { Vec::new() }
    }

    fn report(&mut self, report: PresenceReport, now: Timestamp) -> Vec<Effect> {
        if report.node == self.node {
            return Vec::new();
        }
        self.presence_changed(|presence| presence.report(report, now), now)
    }

    fn own_report(&self, now: Timestamp) -> Effect {
        let online = self.presence.here();
        Effect::Publish(RoomEvent::Presence(PresenceReport { node: self.node, online, at: now }))
    }

    /// Called every few seconds: leases run out, departures become final, the own report is repeated.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Effect> {
        let over: Vec<AccountId> =
            self.typing.iter().filter(|(_, until)| **until <= now).map(|(account, _)| *account).collect();
        let mut effects = Vec::new();
        for account in over {
            self.typing.remove(&account);
            effects.push(Effect::Typing { account, on: false });
        }
        effects.extend(self.presence_changed(|presence| presence.expire(now), now));
        if self.presence.report_is_due(now) {
            effects.push(self.own_report(now));
        }
        effects
    }

    /// Runs a change of presence and tells what came of it, here and on the other nodes.
    fn presence_changed(&mut self, change: impl FnOnce(&mut Presence), now: Timestamp) -> Vec<Effect> {
        let here_before = self.presence.here();
        let before: HashSet<AccountId> = self.presence.online();
        change(&mut self.presence);
        let after = self.presence.online();
        let mut effects = Vec::new();
        let mut arrived: Vec<&AccountId> = after.difference(&before).collect();
        let mut left: Vec<&AccountId> = before.difference(&after).collect();
        arrived.sort_unstable();
        left.sort_unstable();
        for account in arrived {
            effects.push(Effect::Presence { account: *account, online: true, last_seen: None });
        }
        for account in left {
            let last_seen = self.presence.last_seen(*account);
            effects.push(Effect::Presence { account: *account, online: false, last_seen });
        }
        if self.presence.here() != here_before {
            self.presence.note_report(now);
            effects.push(self.own_report(now));
        }
        effects
    }
}

fn by_account(members: Vec<Member>) -> BTreeMap<AccountId, Member> {
    members.into_iter().map(|member| (member.account, member)).collect()
}

fn who(data: &serde_json::Value) -> Option<(AccountId, String, Role)> {
    let account = AccountId(data.get("account")?.as_i64()?);
    let name = data.get("name")?.as_str()?.to_owned();
    let role = Role::parse(data.get("role")?.as_str()?)?;
    Some((account, name, role))
}
