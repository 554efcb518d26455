//! The presence of people, here and on other nodes: leases with an end, never written to the database.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::domain::{AccountId, NodeId, PresenceReport, Timestamp};

/// A page that is loaded again is no absence.
const GRACE_MS: i64 = 5_000;

pub struct Presence {
    here: BTreeSet<AccountId>,
    /// Gone from this node since; still counted until the grace is over.
    leaving: HashMap<AccountId, Timestamp>,
    elsewhere: HashMap<NodeId, (HashSet<AccountId>, Timestamp)>,
    last_seen: HashMap<AccountId, Timestamp>,
    reported_at: Option<Timestamp>,
    /// A node's report dies after this,
    lease_ms: i64,
    /// and is repeated before.
    refresh_ms: i64,
}

impl Presence {
    pub fn new(lease_ms: i64, refresh_ms: i64) -> Self {
        Self {
            here: BTreeSet::new(),
            leaving: HashMap::new(),
            elsewhere: HashMap::new(),
            last_seen: HashMap::new(),
            reported_at: None,
            lease_ms,
            refresh_ms,
        }
    }

    pub fn arrive(&mut self, account: AccountId) {
        self.leaving.remove(&account);
        self.here.insert(account);
    }

    pub fn leave(&mut self, account: AccountId, now: Timestamp) {
        if self.here.contains(&account) {
            self.leaving.insert(account, now);
        }
    }

    /// No longer a member: gone without grace.
    pub fn forget(&mut self, account: AccountId) {
        self.here.remove(&account);
        self.leaving.remove(&account);
    }

    pub fn report(&mut self, report: PresenceReport, now: Timestamp) {
        let online: HashSet<AccountId> = report.online.into_iter().collect();
        if let Some((before, _)) = self.elsewhere.get(&report.node) {
            for account in before.difference(&online) {
                self.last_seen.insert(*account, report.at);
            }
        }
        if online.is_empty() {
            self.elsewhere.remove(&report.node);
        } else {
            self.elsewhere.insert(report.node, (online, now.plus_ms(self.lease_ms)));
        }
    }

    pub fn expire(&mut self, now: Timestamp) {
        let gone: Vec<AccountId> =
            self.leaving.iter().filter(|(_, at)| at.plus_ms(GRACE_MS) <= now).map(|(account, _)| *account).collect();
        for account in gone {
            if let Some(at) = self.leaving.remove(&account) {
                self.last_seen.insert(account, at);
            }
            self.here.remove(&account);
        }
        let last_seen = &mut self.last_seen;
        self.elsewhere.retain(|_, (online, until)| {
            let lives = *until > now;
            if !lives {
                last_seen.extend(online.iter().map(|account| (*account, *until)));
            }
            lives
        });
    }

    pub fn is_online(&self, account: AccountId) -> bool {
        self.here.contains(&account) || self.elsewhere.values().any(|(online, _)| online.contains(&account))
    }

    pub fn online(&self) -> HashSet<AccountId> {
        let elsewhere = self.elsewhere.values().flat_map(|(online, _)| online.iter());
        self.here.iter().chain(elsewhere).copied().collect()
    }

    pub fn here(&self) -> Vec<AccountId> {
        self.here.iter().copied().collect()
    }

    pub fn last_seen(&self, account: AccountId) -> Option<Timestamp> {
        self.last_seen.get(&account).copied()
    }

    pub fn report_is_due(&mut self, now: Timestamp) -> bool {
        let due = !self.here.is_empty() && self.reported_at.is_none_or(|at| at.plus_ms(self.refresh_ms) <= now);
        if due {
            self.reported_at = Some(now);
        }
        due
    }

    pub fn note_report(&mut self, now: Timestamp) {
        self.reported_at = Some(now);
    }
}
