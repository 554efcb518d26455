//! The periodic work of the hub: heads and names that the bus may have lost, sessions that ended, peers that are silent.

use std::collections::HashMap;

use actix::prelude::*;

use super::Hub;
use crate::domain::{RoomEvent, RoomId, Timestamp};
use crate::realtime::protocol::Close;
use crate::store::names::Name;
use crate::store::rooms::RoomHead;
use crate::store::sessions::Revocation;
use crate::store::{Db, names, rooms, sessions};

impl Hub {
    pub(super) fn poll_heads(&mut self, ctx: &mut Context<Self>) {
        let (now, hosted) = (self.app.clock.now(), self.directory.ids());
        if hosted.is_empty() {
            // A room that begins later reads how its people are called.
            return self.names.read(now);
        }
        if std::mem::replace(&mut self.polling_heads, true) {
            return;
        }
        let (store, since) = (self.app.store.clone(), self.names.since());
        let look = move |conn: &mut Db| Ok((rooms::heads(conn, &hosted)?, names::changed_since(conn, since)?));
        let reading = async move { store.read_first(look).await };
        ctx.spawn(reading.into_actor(self).map(move |result, hub, _| {
            hub.polling_heads = false;
            match result {
                Ok((heads, renamed)) => {
                    hub.names.read(now);
                    hub.publish_names(renamed);
                    for RoomHead { room, seq, .. } in heads {
                        hub.directory.check(room, Some(seq));
                    }
                }
                Err(error) => tracing::debug!(error = %error, "cannot compare the heads of the rooms"),
            }
        }));
    }

    /// Publishes a name once: a room that loses the event in a full mailbox reads the name with its members.
    fn publish_names(&mut self, renamed: Vec<(Name, Vec<RoomId>)>) {
        let mut published = HashMap::with_capacity(renamed.len());
        for (Name { account, name, at }, rooms) in renamed {
            if self.published_names.get(&account) != Some(&at) {
                for room in rooms {
                    self.directory.on_event(room, RoomEvent::Renamed { account, name: name.clone(), at });
                }
            }
            published.insert(account, at);
        }
        self.published_names = published;
    }

    pub(super) fn poll_revocations(&mut self, ctx: &mut Context<Self>) {
        let now = self.app.clock.now();
        if self.sessions.is_empty() {
            return self.revocation_cursor.read(now);
        }
        if self.revocation_cursor.is_lost(now) {
            // Clients with a live session reconnect at once; the others are refused.
            self.close_all(Close::Overloaded);
            return self.revocation_cursor.read(now);
        }
        if std::mem::replace(&mut self.polling_revocations, true) {
            return;
        }
        let since = self.revocation_cursor.since();
        let store = self.app.store.clone();
        let reading = async move { store.read_first(move |conn| sessions::revocations_since(conn, since)).await };
        ctx.spawn(reading.into_actor(self).map(move |result, hub, ctx| {
            hub.polling_revocations = false;
            match result {
                Ok(revocations) => {
                    hub.revocation_cursor.read(now);
                    hub.revoked(revocations, ctx);
                }
                Err(error) => tracing::debug!(error = %error, "cannot read the ended sessions"),
            }
        }));
    }

    fn revoked(&mut self, revocations: Vec<Revocation>, ctx: &mut Context<Self>) {
        let mut handled = HashMap::with_capacity(revocations.len());
        for revocation in revocations {
            if !self.handled_revocations.contains_key(&revocation.id) {
                self.on_account_event(revocation.account, revocation.event.clone(), ctx);
            }
            handled.insert(revocation.id, (revocation.account, revocation.event));
        }
        self.handled_revocations = handled;
    }

    /// Cuts peers that were silent although pinged: their own actors may be unable to.
    pub(super) fn cut_silent_peers(&mut self) {
        let silence_ms = i64::try_from(self.options.silence.as_millis()).unwrap_or(i64::MAX);
        let since: Timestamp = self.app.clock.now().plus_ms(-silence_ms);
        for sessions in self.sessions.values_mut() {
            sessions.retain(|handle| {
                if handle.is_silent(since) {
                    handle.cut();
                }
                !handle.is_gone()
            });
        }
        self.sessions.retain(|_, sessions| !sessions.is_empty());
    }
}
