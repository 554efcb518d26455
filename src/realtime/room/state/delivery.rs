//! Entries in their order: the next one is delivered, missing ones are read from the database, one read at a time.
//!
//! An entry of another node often arrives after a later one of this node. So a gap has a moment to close by itself before the
//! database is asked.

use super::membership::by_account;
use super::{Effect, RoomState};
use crate::domain::{Entry, EntryBatch, RoomEvent, Seq, Timestamp};
use crate::store::members::Snapshot;
use crate::testing::failpoints::{gaps_are_read, members_must_be_new};

/// How long an entry may be on its way from another node before it counts as lost.
const PATIENCE_MS: i64 = 200;

/// One read at a time. `None`: none is under way.
#[derive(Debug, Default)]
pub(super) struct Loading<T> {
    /// The knowledge at the beginning of the read under way. The answer holds for that, not for anything that came since.
    since: Option<T>,
    /// Another read must follow: the one under way may be older than the request for it.
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
    pub(super) fn committed(&mut self, batch: EntryBatch, now: Timestamp) -> Vec<Effect> {
        let mut effects = if self.is_in_line(&batch) {
            self.advance_head(&batch);
            vec![Effect::Entries(vec![batch])]
        } else {
            self.buffer(batch);
            let (effects, waits) = self.deliver();
            if waits {
                return effects;
            }
            effects
        };
        effects.extend(self.fetch_if_late(now));
        effects
    }

    /// The common case: messages that follow on the head while nothing waits.
    fn is_in_line(&self, batch: &EntryBatch) -> bool {
        self.pending.is_empty()
            && batch.first() == self.head.next()
            && batch.change().is_none()
            && batch.acl_version() <= self.acl_version
    }

    /// The batch becomes the head.
    fn advance_head(&mut self, batch: &EntryBatch) {
        self.head = batch.last();
        self.known_head = self.known_head.max(self.head);
        for author in batch.authors() {
            self.typing.remove(author);
        }
    }

    fn buffer(&mut self, batch: EntryBatch) {
        self.known_head = self.known_head.max(batch.last());
        // A batch that is partly known is not cut up: its rest is in the database.
        if batch.first() > self.head {
            self.pending.keep(batch);
        }
    }

    /// A comparison with the database gave this head.
    pub fn head_is(&mut self, seq: Seq) -> Vec<Effect> {
        self.known_head = self.known_head.max(seq);
        self.advance()
    }

    /// Anything may have been missed.
    pub fn resync(&mut self) -> Vec<Effect> {
        let mut effects = self.renew_members();
        if self.loading_entries.begin_or_repeat(self.known_head) {
            effects.push(Effect::LoadEntries { after: self.head });
        }
        // Presence reports of other nodes may be missing, too.
        effects.push(Effect::Publish(RoomEvent::WhoIsThere));
        effects
    }

    /// Asks for members as they stand now.
    pub fn renew_members(&mut self) -> Vec<Effect> {
        let begins = self.loading_members.begin_or_repeat(self.acl_version);
        if begins { vec![Effect::LoadMembers] } else { Vec::new() }
    }

    pub fn loaded_entries(&mut self, entries: &[Entry]) -> Vec<Effect> {
        let loaded = std::mem::take(&mut self.loading_entries);
        let before = self.head;
        for batch in EntryBatch::of(entries) {
            // The database replaces what the bus said of these entries.
            self.pending.take(batch.first());
            self.buffer(batch);
        }
        let (mut effects, waits) = self.deliver();
        if !waits && self.head == before && loaded.since >= Some(self.known_head) {
            // No entry follows in the database: what the bus announced does not exist.
            self.known_head = self.head;
            self.pending.clear();
        }
        // Entries that were announced after the read began may be on their way.
        if !waits && loaded.since > Some(self.head) {
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
                let Some(before) = old.get(&member.account) else { continue };
                // Events that came during the read are newer than its answer.
                member.read = before.read.max(member.read);
                if before.named_at > member.named_at {
                    member.named_at = before.named_at;
                    member.name.clone_from(&before.name);
                }
            }
            effects.extend(self.moved_positions(&old));
            effects.extend(self.changed_names(&old));
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

    /// Delivers the entries that are next in order. The flag says that one waits for members as new as itself.
    fn deliver(&mut self) -> (Vec<Effect>, bool) {
        let mut effects = Vec::new();
        let mut batches = Vec::new();
        let mut waits = false;
        self.pending.drop_before(self.head.next());
        while let Some(batch) = self.next_in_line().and_then(|first| self.pending.take(first)) {
            if !self.apply(&batch, &mut batches, &mut effects) {
                self.pending.keep(batch);
                waits = true;
                break;
            }
            let newcomer = batch.change().map(|entry| self.known_of_newcomer(entry)).unwrap_or_default();
            batches.push(batch);
            if !newcomer.is_empty() {
                effects.extend(entries_of(std::mem::take(&mut batches)));
                effects.extend(newcomer);
            }
            self.pending.drop_before(self.head.next());
        }
        effects.extend(entries_of(batches));
        if waits {
            effects.extend(self.loading_members.begin(self.needed()).then_some(Effect::LoadMembers));
        }
        (effects, waits)
    }

    /// Where the batch begins that is delivered next, if it is here.
    fn next_in_line(&self) -> Option<Seq> {
        let next = if gaps_are_read() { self.pending.at(self.head.next()) } else { self.pending.first() };
        next.map(EntryBatch::first)
    }

    /// Moves the head to the batch that follows on it, if the members are new enough. Entries from before a removal are sent before
    /// the removed sessions go.
    fn apply(&mut self, batch: &EntryBatch, batches: &mut Vec<EntryBatch>, effects: &mut Vec<Effect>) -> bool {
        if members_must_be_new()
            && batch.acl_version() > self.acl_version
            && !batch.change().is_some_and(|entry| self.apply_change(entry))
        {
            return false;
        }
        self.advance_head(batch);
        if batch.change().is_some_and(|entry| matches!(entry.body.member_change(), Some((_, false)))) {
            effects.extend(entries_of(std::mem::take(batches)));
            effects.extend(self.remove_strangers());
        }
        true
    }

    /// The version of the members that the entry which is next in line was written under.
    fn needed(&self) -> i64 {
        self.pending.at(self.head.next()).map_or(self.acl_version, EntryBatch::acl_version)
    }

    /// Asks the database for the missing entries.
    fn fetch(&mut self) -> Option<Effect> {
        let missing = self.known_head > self.head && self.loading_entries.begin(self.known_head);
        missing.then_some(Effect::LoadEntries { after: self.head })
    }

    /// Asks for the missing entries if the gap is old enough.
    pub(super) fn fetch_if_late(&mut self, now: Timestamp) -> Option<Effect> {
        if self.known_head <= self.head {
            self.gap = None;
            return None;
        }
        let missing = self.head.next();
        if self.pending.at(missing).is_some() {
            // It is there, and waits for newer members.
            return None;
        }
        match self.gap {
            // A clock that was set back must not prolong the wait.
            Some((seq, since))
                if seq == missing && !(since.0..since.0.saturating_add(PATIENCE_MS)).contains(&now.0) =>
            {
                self.fetch()
            }
            Some((seq, _)) if seq == missing => None,
            _ => {
                self.gap = Some((missing, now));
                None
            }
        }
    }
}

fn entries_of(batches: Vec<EntryBatch>) -> Option<Effect> {
    (!batches.is_empty()).then_some(Effect::Entries(batches))
}
