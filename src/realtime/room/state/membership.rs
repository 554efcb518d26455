//! Who is let in, as far as the log tells it.

use std::collections::BTreeMap;

use super::{Effect, RoomState};
use crate::domain::{AccountId, Entry, EntryKind, Role, Timestamp};
use crate::realtime::session::SessionKey;
use crate::store::members::Member;

impl RoomState {
    /// A change of members that follows directly on what we know can be applied without asking the database.
    pub(super) fn apply_change(&mut self, entry: &Entry) -> bool {
        if entry.acl_version != self.acl_version + 1 {
            return false;
        }
        let Some((account, name, role)) = entry.data.as_ref().and_then(who) else {
            return false;
        };
        // An entry that was written before this was asked leaves the account as it is known.
        let address_proved = entry.data.as_ref().and_then(|data| data.get("address_proved")?.as_bool());
        match entry.kind {
            // The name in the entry is that of the day. Whether it is older than the known one, the database knows.
            EntryKind::MemberAdded if self.members.get(&account).is_some_and(|member| member.name != name) => {
                return false;
            }
            EntryKind::MemberAdded => {
                let member = self.members.entry(account).or_insert(Member {
                    account,
                    name,
                    role,
                    active: true,
                    address_proved: address_proved.unwrap_or(true),
                    // What was said before one came is not unread, and was not read either.
                    read: None,
                    last_seen: None,
                    named_at: None,
                });
                member.active = true;
                member.role = role;
                member.address_proved = address_proved.unwrap_or(member.address_proved);
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

    /// What follows on an entry that adds somebody. They may have been here before the log said so, when nobody was told that
    /// they came; and they may have another name than the one in the entry.
    pub(super) fn known_of_newcomer(&self, entry: &Entry) -> Vec<Effect> {
        let Some(data) = entry.data.as_ref().filter(|_| entry.kind == EntryKind::MemberAdded) else {
            return Vec::new();
        };
        let account = data.get("account").and_then(|account| account.as_i64()).map(AccountId);
        let Some(member) = account.and_then(|account| self.members.get(&account)).filter(|member| member.active) else {
            return Vec::new();
        };
        let account = member.account;
        let (online, last_seen) = (self.presence.is_online(account), self.presence.last_seen(account));
        let mut effects = vec![Effect::Presence { account, online, last_seen: last_seen.filter(|_| !online) }];
        if data.get("name").and_then(|name| name.as_str()).is_some_and(|name| name != member.name) {
            effects.push(Effect::Named { account, name: member.name.clone() });
        }
        effects
    }

    pub(super) fn renamed(&mut self, account: AccountId, name: String, at: Timestamp) -> Vec<Effect> {
        match self.members.get_mut(&account) {
            // Of one who is none here: whoever says so has seen that they are a member.
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

    /// Names that changed while the bus was silent. Of who take part no more nothing new is told.
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

    /// Positions that moved while the bus was silent. To the devices of those who moved them the count was not told either.
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

fn who(data: &serde_json::Value) -> Option<(AccountId, String, Role)> {
    let account = AccountId(data.get("account")?.as_i64()?);
    let name = data.get("name")?.as_str()?.to_owned();
    let role = Role::parse(data.get("role")?.as_str()?)?;
    Some((account, name, role))
}
