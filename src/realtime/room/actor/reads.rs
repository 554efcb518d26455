//! The reads of a room from the database beside its actor: its members, and entries that the bus did not bring.

use actix::prelude::*;

use super::Room;
use crate::domain::{Code, Refusal, RoomEvent, Seq};
use crate::realtime::room::state::{Effect, RoomState};
use crate::store::members::Snapshot;
use crate::store::{log, members};
use crate::testing::failpoints::gaps_are_read;

/// Entries read at once to fill a gap.
const GAP_PAGE: i64 = 500;

impl Room {
    pub(super) fn load_members(&mut self, ctx: &mut Context<Self>) {
        self.board.metrics.member_reads.one();
        let (store, room) = (self.app.store.clone(), self.id);
        let read = async move { store.read_queued(move |conn| members::snapshot(conn, room)).await };
        ctx.spawn(read.into_actor(self).map(|result, room, ctx| {
            room.starting = false;
            match result {
                Ok(Some(snapshot)) => room.know(snapshot, ctx),
                Ok(None) => room.members_not_loaded(&Refusal::new(Code::RoomUnknown)),
                Err(error) => {
                    tracing::debug!(room.id = %room.id, error = %error, "cannot read the members of a room");
                    room.members_not_loaded(&Refusal::retry(Code::Unavailable, 1000));
                }
            }
        }));
    }

    /// Members as they stand now, or as soon as the read under way is over.
    pub(super) fn renew_members(&mut self, ctx: &mut Context<Self>) {
        match &mut self.state {
            Some(state) => {
                let effects = state.renew_members();
                self.carry_out(effects, ctx);
            }
            None if self.starting => {}
            None => {
                self.starting = true;
                self.load_members(ctx);
            }
        }
    }

    fn members_not_loaded(&mut self, why: &Refusal) {
        if let Some(state) = &mut self.state {
            state.members_not_loaded();
        }
        self.refuse_waiting(why);
    }

    pub(super) fn load_entries(&self, after: Seq, ctx: &mut Context<Self>) {
        if !gaps_are_read() {
            return;
        }
        self.board.metrics.gap_reads.one();
        let (store, room) = (self.app.store.clone(), self.id);
        let read =
            async move { store.read_queued(move |conn| log::committed_after(conn, room, after, GAP_PAGE)).await };
        ctx.spawn(read.into_actor(self).map(|result, room, ctx| {
            let Some(state) = &mut room.state else { return };
            match result {
                Ok(entries) => {
                    let effects = state.loaded_entries(&entries);
                    room.carry_out(effects, ctx);
                }
                Err(error) => {
                    tracing::debug!(room.id = %room.id, error = %error, "cannot read the log of a room");
                    state.entries_not_loaded();
                }
            }
        }));
    }

    /// The first snapshot makes the state, a later one renews its members.
    fn know(&mut self, snapshot: Snapshot, ctx: &mut Context<Self>) {
        let now = self.app.clock.now();
        let effects = match &mut self.state {
            Some(state) => state.loaded_members(snapshot),
            None => {
                let mut state = RoomState::new(self.id, self.node, self.times, snapshot);
                let mut effects = vec![Effect::Publish(RoomEvent::WhoIsThere)];
                for event in std::mem::take(&mut self.early) {
                    effects.extend(state.on_event(event, now));
                }
                self.state = Some(state);
                effects
            }
        };
        self.carry_out(effects, ctx);
        self.answer_waiting(ctx);
    }
}
