//! Changes of accounts (`store::account_changes`), to the connections that follow them. A change that the bus brings is sent at once; a
//! gap, a request to follow and the regular comparison read the database, for all who wait in one statement.

use actix::prelude::*;

use super::change_cursor::{Missed, OnChange, wanted};
use super::messages::FollowAccount;
use super::{Connected, Hub};
use crate::domain::{AccountChange, AccountId, Code, Refusal};
use crate::realtime::links::{FollowRequest, Outbound};
use crate::realtime::protocol::ServerFrame;
use crate::store::account_changes::{self, Asked, Kept};

/// Changes of one account that are sent one by one. A connection that missed more is told that everything may have changed.
const MOST: i64 = 100;

impl Hub {
    /// A change of this account that the bus brought.
    pub(super) fn on_change(&mut self, account: AccountId, change: &AccountChange, ctx: &mut Context<Self>) {
        let Some(connections) = self.sessions.get_mut(&account) else { return };
        let frame = ServerFrame::changed(change).encode();
        let mut is_behind = false;
        for connected in connections {
            match connected.cursor.on_change(change.seq) {
                OnChange::Send => connected.send(Outbound::Frame { room: None, frame: frame.clone() }),
                OnChange::Drop => {}
                OnChange::Read => is_behind = true,
            }
        }
        if is_behind {
            self.changes_due.insert(account);
            self.read_changes(ctx);
        }
    }

    /// Compares what all connections were told with the database.
    pub(super) fn poll_changes(&mut self, ctx: &mut Context<Self>) {
        let follows = |connections: &Vec<Connected>| connections.iter().any(|connected| connected.cursor.follows());
        let accounts = self.sessions.iter().filter(|(_, connections)| follows(connections));
        self.changes_due.extend(accounts.map(|(account, _)| *account));
        self.read_changes(ctx);
    }

    /// One reading at a time: what becomes due meanwhile is read together afterwards.
    fn read_changes(&mut self, ctx: &mut Context<Self>) {
        if self.reading_changes {
            return;
        }
        let due = std::mem::take(&mut self.changes_due);
        let asked: Vec<Asked> = due.into_iter().filter_map(|account| self.asked_of(account)).collect();
        if asked.is_empty() {
            return;
        }
        self.reading_changes = true;
        let accounts: Vec<AccountId> = asked.iter().map(|asked| asked.account).collect();
        let store = self.app.store.clone();
        let look = move |conn: &mut _| account_changes::missed(conn, &asked, MOST);
        let reading = async move { store.read_first(look).await };
        ctx.spawn(reading.into_actor(self).map(move |result, hub, ctx| {
            hub.reading_changes = false;
            match result {
                Ok(found) => found.iter().for_each(|kept| hub.tell_missed(kept)),
                Err(error) => {
                    tracing::debug!(error = %error, "cannot read what changed for people");
                    hub.refuse_followers(&accounts);
                }
            }
            hub.read_changes(ctx);
        }));
    }

    fn asked_of(&mut self, account: AccountId) -> Option<Asked> {
        let connections = self.sessions.get_mut(&account)?;
        let wanted = wanted(connections.iter_mut().map(|connected| &mut connected.cursor))?;
        Some(Asked { account, after: wanted.after, always: wanted.always })
    }

    fn tell_missed(&mut self, kept: &Kept) {
        for connected in self.sessions.get_mut(&kept.account).into_iter().flatten() {
            let outcome = connected.cursor.on_read(kept.head, &kept.changes);
            if let Some(FollowRequest { reference, .. }) = outcome.answered {
                let frame = ServerFrame::Following { reference, seq: kept.head }.encode();
                connected.send(Outbound::Answer(frame));
            }
            match outcome.missed {
                Missed::Nothing => {}
                Missed::These(changes) => {
                    for change in changes {
                        let frame = ServerFrame::changed(change).encode();
                        connected.send(Outbound::Frame { room: None, frame });
                    }
                }
                Missed::Everything => {
                    let frame = ServerFrame::Stale { seq: kept.head }.encode();
                    connected.send(Outbound::Frame { room: None, frame });
                }
            }
        }
    }

    fn refuse_followers(&mut self, accounts: &[AccountId]) {
        for account in accounts {
            for connected in self.sessions.get_mut(account).into_iter().flatten() {
                if let Some(request) = connected.cursor.on_failure() {
                    connected.refuse(request);
                }
            }
        }
    }
}

impl Connected {
    /// A connection that takes no more is cut, and resumes.
    fn send(&self, outbound: Outbound) {
        let _ = self.push(outbound);
    }

    fn refuse(&self, request: FollowRequest) {
        let refusal = Refusal::retry(Code::Unavailable, 1000);
        self.send(Outbound::Answer(ServerFrame::refused(Some(request.reference), &refusal).encode()));
    }
}

impl Handler<FollowAccount> for Hub {
    type Result = bool;

    fn handle(&mut self, FollowAccount { key, account, request }: FollowAccount, ctx: &mut Self::Context) -> bool {
        let connections = self.sessions.get_mut(&account).into_iter().flatten();
        let Some(connected) = connections.into_iter().find(|connected| connected.key == key) else { return false };
        if let Some(superseded) = connected.cursor.ask(request) {
            connected.refuse(superseded);
        }
        self.changes_due.insert(account);
        self.read_changes(ctx);
        true
    }
}
