//! The members of a room, as far as the log tells them.

use std::collections::BTreeMap;

use super::{Effect, RoomState};
use crate::domain::{AccountId, Entry, EntryBody, Timestamp};
use crate::realtime::links::SessionKey;
use crate::store::members::Member;

impl RoomState {
    /// Applies a change that follows directly on the known version, without a read of the database.
    pub(super) fn apply_change(&mut self, entry: &Entry) -> bool {
        if entry.acl_version != self.acl_version + 1 {
            return false;
        }
        match &entry.body {
            // The name in the entry is that of the day. Whether it is older than the known one, the database knows.
            EntryBody::MemberAdded(added)
                if self.members.get(&added.account).is_some_and(|member| member.name != added.name) =>
            {
                return false;
            }
            EntryBody::MemberAdded(added) => {
                let member = self.members.entry(added.account).or_insert(Member {
                    account: added.account,
                    name: added.name.clone(),
                    role: added.role,
                    active: true,
                    // An entry that was written before this was asked leaves the account as it is known.
                    address_proved: added.address_proved.unwrap_or(true),
                    // Messages from before somebody joined are not unread, and were not read either.
                    read: None,
                    last_seen: None,
                    named_at: None,
                });
                member.active = true;
                member.role = added.role;
                member.address_proved = added.address_proved.unwrap_or(member.address_proved);
            }
            EntryBody::MemberRemoved(removed) => {
                if let Some(member) = self.members.get_mut(&removed.account) {
                    member.active = false;
                }
            }
            _ => return false,
        }
        self.acl_version = entry.acl_version;
        true
    }

    /// The effects of an entry that adds somebody. They may have been here before the log said so, when nobody was told that
    /// they came; and they may have another name than the one in the entry.
    pub(super) fn known_of_newcomer(&self, entry: &Entry) -> Vec<Effect> {
        let Some((account, true)) = entry.body.member_change() else { return Vec::new() };
        let Some(member) = self.members.get(&account).filter(|member| member.active) else { return Vec::new() };
        let (online, last_seen) = (self.presence.is_online(account), self.presence.last_seen(account));
        let mut effects = vec![Effect::Presence { account, online, last_seen: last_seen.filter(|_| !online) }];
        let is_called_so = matches!(&entry.body, EntryBody::MemberAdded(added) if added.name == member.name);
        if !is_called_so {
            effects.push(Effect::Named { account, name: member.name.clone() });
        }
        effects
    }

    pub(super) fn renamed(&mut self, account: AccountId, name: String, at: Timestamp) -> Vec<Effect> {
        match self.members.get_mut(&account) {
            // The event names somebody who is no member here: its sender knows newer members.
            None => self.renew_members(),
            Some(member) if member.named_at >= Some(at) => Vec::new(),
            Some(member) => {
                member.named_at = Some(at);
                let is_news = member.active && member.name != name;
                member.name.clone_from(&name);
                if is_news { vec![Effect::Named { account, name }] } else { Vec::new() }
            }
        }
    }

    /// Names that changed while the bus was silent. Former members keep the name that was known.
    pub(super) fn changed_names(&self, old: &BTreeMap<AccountId, Member>) -> Vec<Effect> {
        let is_new = |member: &&Member| {
            let before = old.get(&member.account);
            before.is_some_and(|before| before.active && member.active && before.name != member.name)
        };
        let named = |member: &Member| Effect::Named { account: member.account, name: member.name.clone() };
        self.members.values().filter(is_new).map(named).collect()
    }

    pub(super) fn remove_strangers(&mut self) -> Vec<Effect> {
        let members = &self.members;
        let is_member = |account: &AccountId| members.get(account).is_some_and(|member| member.active);
        let strangers: Vec<SessionKey> =
            self.sessions.iter().filter(|(_, account)| !is_member(account)).map(|(session, _)| session).collect();
        for session in &strangers {
            if let Some(account) = self.sessions.remove(*session) {
                self.presence.forget(account);
                self.typing.remove(&account);
            }
        }
        strangers.into_iter().map(|session| Effect::Remove { session }).collect()
    }

    /// Read positions that moved while the bus was silent. The devices of these people lack the new count, too.
    pub(super) fn moved_positions(&self, old: &BTreeMap<AccountId, Member>) -> Vec<Effect> {
        let moved = |member: &&Member| old.get(&member.account).is_some_and(|before| before.read < member.read);
        let positions = self.members.values().filter(moved).filter_map(|member| Some((member.account, member.read?)));
        let mut effects: Vec<Effect> = positions.map(|(account, seq)| Effect::Read { account, seq }).collect();
        let is_here = |account: &AccountId| self.sessions.values().any(|here| here == account);
        let accounts: Vec<AccountId> =
            self.members.values().filter(moved).map(|member| member.account).filter(is_here).collect();
        if !accounts.is_empty() {
            effects.push(Effect::CountUnread { accounts });
        }
        effects
    }
}

pub(super) fn by_account(members: Vec<Member>) -> BTreeMap<AccountId, Member> {
    members.into_iter().map(|member| (member.account, member)).collect()
}
