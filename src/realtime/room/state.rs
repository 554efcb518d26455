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

/// How long marks live without a sign.
#[derive(Debug, Clone, Copy)]
pub struct RoomTimes {
    pub typing_ms: i64,
    pub presence_lease_ms: i64,
    pub presence_refresh_ms: i64,
}

/// One read at a time. `None`: none is under way.
#[derive(Debug, Default)]
struct Loading<T> {
    /// What was known when the read under way began: what it answers holds for that, not for what came since.
    since: Option<T>,
    /// Somebody wants to know how things stand now, and the read under way may be older than that.
    again: bool,
}

impl<T> Loading<T> {
    /// `true` if the read is to be begun.
    fn begin(&mut self, known: T) -> bool {
        let idle = self.since.is_none();
        if idle {
            self.since = Some(known);
        }
        idle
    }

    fn begin_or_repeat(&mut self, known: T) -> bool {
        let idle = self.begin(known);
        self.again |= !idle;
        idle
    }
}

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
    /// With the newest entry that was spoken of.
    loading_entries: Loading<Seq>,
    /// With the version that was needed.
    loading_members: Loading<i64>,
    presence: Presence,
    typing: HashMap<AccountId, Timestamp>,
    typing_ms: i64,
}

impl RoomState {
    pub fn new(room: RoomId, node: NodeId, times: RoomTimes, snapshot: Snapshot) -> Self {
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
            loading_entries: Loading::default(),
            loading_members: Loading::default(),
            presence: Presence::new(times.presence_lease_ms, times.presence_refresh_ms),
            typing: HashMap::new(),
            typing_ms: times.typing_ms,
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
        self.keep(entries);
        self.advance()
    }

    fn keep(&mut self, entries: impl IntoIterator<Item = Arc<Entry>>) {
        for entry in entries {
            self.known_head = self.known_head.max(entry.seq);
            if entry.seq > self.head {
                self.pending.insert(entry.seq, entry);
            }
            if self.pending.len() > MAX_PENDING {
                // The farthest goes: what is next in line must always find a place.
                self.pending.pop_last();
            }
        }
    }

    /// Somebody compared with the database: this is its head.
    pub fn head_is(&mut self, seq: Seq) -> Vec<Effect> {
        self.known_head = self.known_head.max(seq);
        self.advance()
    }

    /// Anything may have been missed.
    pub fn look_again(&mut self) -> Vec<Effect> {
        let mut effects = self.renew_members();
        if self.loading_entries.begin_or_repeat(self.known_head) {
            effects.push(Effect::LoadEntries { after: self.head });
        }
        // The reports of the other nodes may have been missed too.
        effects.push(Effect::Publish(RoomEvent::WhoIsThere));
        effects
    }

    /// Asks for members as they stand now.
    pub fn renew_members(&mut self) -> Vec<Effect> {
        let begins = self.loading_members.begin_or_repeat(self.acl_version);
        if begins { vec![Effect::LoadMembers] } else { Vec::new() }
    }

    pub fn loaded_entries(&mut self, entries: Vec<Entry>) -> Vec<Effect> {
        let loaded = std::mem::take(&mut self.loading_entries);
        let before = self.head;
        self.keep(entries.into_iter().map(Arc::new));
        let (mut effects, waits) = self.deliver();
        if !waits && self.head == before && loaded.since >= Some(self.known_head) {
            // Nothing comes next, whatever the bus said: the database is the truth.
            self.known_head = self.head;
            self.pending.clear();
        }
        if !waits {
            effects.extend(self.fetch());
        }
        if loaded.again && self.loading_entries.begin(self.known_head) {
            effects.push(Effect::LoadEntries { after: self.head });
        }
        effects
    }

    pub fn loaded_members(&mut self, snapshot: Snapshot) -> Vec<Effect> {
        let loaded = std::mem::take(&mut self.loading_members);
        if loaded.since.is_some_and(|needed| snapshot.acl_version < needed) {
            // The version that an entry spoke of does not exist: the database is the truth.
            self.pending.clear();
            self.known_head = self.head;
        }
        let mut effects = Vec::new();
        if snapshot.acl_version >= self.acl_version {
            self.acl_version = snapshot.acl_version;
            self.known_head = self.known_head.max(snapshot.head);
            let old = std::mem::replace(&mut self.members, by_account(snapshot.members));
            for member in self.members.values_mut() {
                // Heard while the members were being read.
                member.read = old.get(&member.account).map_or(member.read, |before| before.read.max(member.read));
            }
            effects.extend(self.moved_positions(&old));
            effects.extend(self.remove_strangers());
        }
        effects.extend(self.advance());
        if loaded.again && self.loading_members.begin(self.acl_version) {
            effects.push(Effect::LoadMembers);
        }
        effects
    }

    /// A read failed: the next hint or the next look at the head tries again.
    pub fn entries_not_loaded(&mut self) {
        self.loading_entries = Loading::default();
    }

    pub fn members_not_loaded(&mut self) {
        self.loading_members = Loading::default();
    }

    fn advance(&mut self) -> Vec<Effect> {
        let (mut effects, waits) = self.deliver();
        if !waits {
            effects.extend(self.fetch());
        }
        effects
    }

    /// Delivers what is next in line. An entry waits until the members are at least as new as it is; then the flag is set.
    fn deliver(&mut self) -> (Vec<Effect>, bool) {
        let mut effects = Vec::new();
        self.pending = self.pending.split_off(&self.head.next());
        while let Some(entry) = self.pending.get(&self.head.next()).cloned() {
            if entry.acl_version > self.acl_version && !self.apply_change(&entry) {
                if self.loading_members.begin(entry.acl_version) {
                    effects.push(Effect::LoadMembers);
                }
                return (effects, true);
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
        (effects, false)
    }

    /// Asks for what is missing.
    fn fetch(&mut self) -> Option<Effect> {
        let missing = self.known_head > self.head && self.loading_entries.begin(self.known_head);
        missing.then_some(Effect::LoadEntries { after: self.head })
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
                    // What was said before one came is not unread.
                    read: Seq(entry.seq.0 - 1),
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
            self.typing.insert(account, now.plus_ms(self.typing_ms)).is_none()
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

    /// Called every second: leases run out, departures become final, the own report is repeated.
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
        // Another node may not know yet that somebody was removed.
        let is_member = |account: &&AccountId| self.members.get(account).is_some_and(|member| member.active);
        let mut arrived: Vec<&AccountId> = after.difference(&before).filter(is_member).collect();
        let mut left: Vec<&AccountId> = before.difference(&after).filter(is_member).collect();
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

#[cfg(test)]
mod tests;
