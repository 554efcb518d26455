//! The state of a room and its decisions, as a plain struct: events come in, effects come out, the time is given. It sends
//! nothing and reads nothing itself, so that a test can run it through thousands of schedules.

mod delivery;
mod membership;
mod pending;

use std::collections::{BTreeMap, HashMap, HashSet};

use self::delivery::Loading;
use self::membership::by_account;
use self::pending::Pending;
pub use self::pending::{MAX_PENDING, MAX_PENDING_BYTES};
use super::presence::Presence;
use crate::domain::{AccountId, EntryBatch, NodeId, PresenceReport, RoomEvent, RoomId, RoomSubject, Seq, Timestamp};
use crate::realtime::links::SessionKey;
use crate::realtime::protocol::MemberView;
use crate::realtime::vec_map::VecMap;
use crate::store::members::{Member, Snapshot};

/// How long marks live without a sign.
#[derive(Debug, Clone, Copy)]
pub struct RoomTimes {
    pub typing_ms: i64,
    pub presence_lease_ms: i64,
    pub presence_refresh_ms: i64,
}

/// An effect that the actor carries out.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// To every session in the room: entries that follow on each other, in order.
    Entries(Vec<EntryBatch>),
    Read {
        account: AccountId,
        seq: Seq,
    },
    Presence {
        account: AccountId,
        online: bool,
        last_seen: Option<Timestamp>,
    },
    /// A member has another name.
    Named {
        account: AccountId,
        name: String,
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
    /// Count the unread messages of these people, whose positions moved without an event, and send the count to their sessions.
    CountUnread {
        accounts: Vec<AccountId>,
    },
    /// This session receives nothing more of the room.
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
    subject: RoomSubject,
    /// The last entry that was delivered.
    head: Seq,
    /// The newest entry that the bus or the database named.
    known_head: Seq,
    acl_version: i64,
    members: BTreeMap<AccountId, Member>,
    sessions: VecMap<SessionKey, AccountId>,
    pending: Pending,
    /// The entry that is missing while later ones are there, and since when.
    gap: Option<(Seq, Timestamp)>,
    /// Holds the newest entry that was named when the read began.
    loading_entries: Loading<Seq>,
    /// Holds the version of the members that was needed when the read began.
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
            subject: snapshot.subject,
            head: snapshot.head,
            known_head: snapshot.head,
            acl_version: snapshot.acl_version,
            members: by_account(snapshot.members),
            sessions: VecMap::default(),
            pending: Pending::default(),
            gap: None,
            loading_entries: Loading::default(),
            loading_members: Loading::default(),
            presence: Presence::new(times.presence_lease_ms, times.presence_refresh_ms),
            typing: HashMap::new(),
            typing_ms: times.typing_ms,
        }
    }

    pub fn subject(&self) -> RoomSubject {
        self.subject
    }

    pub fn head(&self) -> Seq {
        self.head
    }

    /// Entries that wait for a gap to be filled or for newer members.
    pub fn pending(&self) -> usize {
        self.pending.entries()
    }

    /// Bytes of their text.
    pub fn pending_bytes(&self) -> usize {
        self.pending.bytes()
    }

    /// How far a member has read, as the events said.
    pub fn read_of(&self, account: AccountId) -> Option<Seq> {
        self.members.get(&account)?.read
    }

    pub fn is_deserted(&self) -> bool {
        self.sessions.is_empty()
    }

    pub fn session_keys(&self) -> Vec<SessionKey> {
        self.sessions.keys().collect()
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
        let Some(account) = self.sessions.remove(session) else {
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

    /// The version of the members that it knows.
    pub fn acl_version(&self) -> i64 {
        self.acl_version
    }

    /// Members as a newcomer is shown them. A person who takes part no more is a name beside their messages; where they are now is told
    /// to nobody.
    pub fn member_views(&self) -> Vec<MemberView> {
        let view = |member: &Member| MemberView {
            account: member.account,
            name: member.name.clone(),
            role: member.role,
            active: member.active,
            address_proved: member.address_proved,
            read: member.read,
            online: member.active && self.presence.is_online(member.account),
            last_seen: self.presence.last_seen(member.account).max(member.last_seen).filter(|_| member.active),
        };
        self.members.values().map(view).collect()
    }

    pub fn on_event(&mut self, event: RoomEvent, now: Timestamp) -> Vec<Effect> {
        match event {
            RoomEvent::Committed(batch) => self.committed(batch, now),
            RoomEvent::Read { account, seq, unread } => self.read(account, seq, unread),
            RoomEvent::Typing { account, on } => self.type_mark(account, on, now),
            RoomEvent::Renamed { account, name, at } => self.renamed(account, name, at),
            RoomEvent::Presence(report) => self.report(report, now),
            RoomEvent::WhoIsThere => vec![self.own_report(now)],
        }
    }

    fn read(&mut self, account: AccountId, seq: Seq, unread: i64) -> Vec<Effect> {
        match self.members.get_mut(&account) {
            // The event may be about somebody who is no member here: its node has seen that they are one again.
            Some(member) if Some(seq) > member.read => member.read = Some(seq),
            Some(_) => return Vec::new(),
            None => return self.renew_members(),
        }
        vec![Effect::Read { account, seq }, Effect::Unread { account, read: seq, count: unread }]
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
        effects.extend(self.fetch_if_late(now));
        effects
    }

    /// Applies a change of presence and announces the difference, here and to the other nodes.
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

#[cfg(test)]
mod tests;
