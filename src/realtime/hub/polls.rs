//! What the hub looks after by itself, now and then: heads that the bus may have lost, sessions that ended, peers that are silent.

use std::collections::HashMap;

use actix::prelude::*;

use super::Hub;
use crate::domain::Timestamp;
use crate::realtime::protocol::Close;
use crate::store::rooms::Head;
use crate::store::sessions::Revocation;
use crate::store::{rooms, sessions};

impl Hub {
    pub(super) fn poll_heads(&mut self, ctx: &mut Context<Self>) {
        let hosted = self.directory.ids();
        if hosted.is_empty() || std::mem::replace(&mut self.polling_heads, true) {
            return;
        }
        let store = self.app.store.clone();
        let reading = async move { store.read_first(move |conn| rooms::heads(conn, &hosted)).await };
        ctx.spawn(reading.into_actor(self).map(|result, hub, _| {
            hub.polling_heads = false;
            match result {
                Ok(heads) => {
                    for Head { room, seq, .. } in heads {
                        hub.directory.check(room, Some(seq));
                    }
                }
                Err(error) => tracing::debug!(error = %error, "cannot compare the heads of the rooms"),
            }
        }));
    }

    pub(super) fn poll_revocations(&mut self, ctx: &mut Context<Self>) {
        let now = self.app.clock.now();
        if self.sessions.is_empty() {
            return self.horizon.read(now);
        }
        if self.horizon.is_lost(now) {
            // Who still has a session comes back at once; the others are refused.
            self.close_all(Close::Overloaded);
            return self.horizon.read(now);
        }
        if std::mem::replace(&mut self.polling_revocations, true) {
            return;
        }
        let since = self.horizon.since();
        let store = self.app.store.clone();
        let reading = async move { store.read_first(move |conn| sessions::revocations_since(conn, since)).await };
        ctx.spawn(reading.into_actor(self).map(move |result, hub, ctx| {
            hub.polling_revocations = false;
            match result {
                Ok(revocations) => {
                    hub.horizon.read(now);
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
                self.heard(revocation.account, revocation.event.clone(), ctx);
            }
            handled.insert(revocation.id, (revocation.account, revocation.event));
        }
        self.handled_revocations = handled;
    }

    /// Cuts peers that were silent although pinged: their own actors may be unable to.
    pub(super) fn sweep(&mut self) {
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
