//! Entries in their order: what is next in line is delivered, what is missing is asked for, one read at a time.

use std::sync::Arc;

use super::membership::by_account;
use super::{Effect, RoomState};
use crate::domain::{Entry, EntryKind, RoomEvent, Seq};
use crate::planted::{Fault, planted};
use crate::store::members::Snapshot;

/// Entries that may wait for a gap to be filled or for newer members. Beyond, they are read again from the database.
pub const MAX_PENDING: usize = 1024;

/// One read at a time. `None`: none is under way.
#[derive(Debug, Default)]
pub(super) struct Loading<T> {
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

impl RoomState {
    pub(super) fn committed(&mut self, entries: Vec<Arc<Entry>>) -> Vec<Effect> {
        if let Some(effects) = self.in_line(&entries) {
            return effects;
        }
        self.keep(entries);
        self.advance()
    }

    /// What nearly always comes: messages that follow on the head, while nothing waits. `None` if it is anything else.
    fn in_line(&mut self, entries: &[Arc<Entry>]) -> Option<Vec<Effect>> {
        let first = entries.first()?;
        let follows = |(seq, entry): (i64, &Arc<Entry>)| {
            entry.seq.0 == seq && entry.kind == EntryKind::Message && entry.acl_version <= self.acl_version
        };
        if !self.pending.is_empty() || first.seq != self.head.next() || !(first.seq.0..).zip(entries).all(follows) {
            return None;
        }
        for entry in entries {
            self.head = entry.seq;
            if let Some(author) = entry.author {
                self.typing.remove(&author);
            }
        }
        self.known_head = self.known_head.max(self.head);
        let mut effects = vec![Effect::Entries(entries.to_vec())];
        effects.extend(self.fetch());
        Some(effects)
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
        let mut run = Vec::new();
        let mut waits = false;
        if !self.pending.is_empty() {
            self.pending = self.pending.split_off(&self.head.next());
        }
        let next = |room: &Self| match planted(Fault::BusIsTruth) {
            true => room.pending.first_key_value().map(|(_, entry)| entry.clone()),
            false => room.pending.get(&room.head.next()).cloned(),
        };
        while let Some(entry) = next(self) {
            if !self.takes(&entry, &mut run, &mut effects) {
                waits = true;
                break;
            }
            self.pending.remove(&entry.seq);
            let newcomer = self.presence_of_newcomer(&entry);
            run.push(entry);
            if newcomer.is_some() {
                effects.extend(run_of(std::mem::take(&mut run)));
                effects.extend(newcomer);
            }
        }
        effects.extend(run_of(run));
        if waits {
            effects.extend(self.loading_members.begin(self.needed()).then_some(Effect::LoadMembers));
        }
        (effects, waits)
    }

    /// The entry that follows on the head becomes the head, if the members are new enough for it. What was delivered before
    /// somebody's removal goes before it.
    fn takes(&mut self, entry: &Entry, run: &mut Vec<Arc<Entry>>, effects: &mut Vec<Effect>) -> bool {
        if !planted(Fault::StaleMembers) && entry.acl_version > self.acl_version && !self.apply_change(entry) {
            return false;
        }
        self.head = entry.seq;
        if entry.kind == EntryKind::MemberRemoved {
            effects.extend(run_of(std::mem::take(run)));
            effects.extend(self.remove_strangers());
        }
        if let Some(author) = entry.author.filter(|_| entry.kind == EntryKind::Message) {
            self.typing.remove(&author);
        }
        true
    }

    /// The version of the members that the entry which is next in line was written under.
    fn needed(&self) -> i64 {
        self.pending.get(&self.head.next()).map_or(self.acl_version, |entry| entry.acl_version)
    }

    /// Asks for what is missing.
    fn fetch(&mut self) -> Option<Effect> {
        let missing = self.known_head > self.head && self.loading_entries.begin(self.known_head);
        missing.then_some(Effect::LoadEntries { after: self.head })
    }
}

fn run_of(entries: Vec<Arc<Entry>>) -> Option<Effect> {
    (!entries.is_empty()).then_some(Effect::Entries(entries))
}
