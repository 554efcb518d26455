//! Who is let in, as far as the log tells it.

use std::collections::BTreeMap;

use super::{Effect, RoomState};
use crate::domain::{AccountId, Entry, EntryKind, Role};
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
            EntryKind::MemberAdded => {
                let member = self.members.entry(account).or_insert(Member {
                    account,
                    name: name.clone(),
                    role,
                    active: true,
                    address_proved: address_proved.unwrap_or(true),
                    // What was said before one came is not unread, and was not read either.
                    read: None,
                    last_seen: None,
                });
                member.active = true;
                member.name = name;
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

    /// Who is added may have been here before the log said so: then nobody was told that he came.
    pub(super) fn presence_of_newcomer(&self, entry: &Entry) -> Option<Effect> {
        if entry.kind != EntryKind::MemberAdded {
            return None;
        }
        let account = AccountId(entry.data.as_ref()?.get("account")?.as_i64()?);
        self.members.get(&account).filter(|member| member.active)?;
        let (online, last_seen) = (self.presence.is_online(account), self.presence.last_seen(account));
        Some(Effect::Presence { account, online, last_seen: last_seen.filter(|_| !online) })
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
