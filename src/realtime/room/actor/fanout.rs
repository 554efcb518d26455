//! The fan-out of a room to its sessions, and its time.

use actix::prelude::*;
use bytestring::ByteString;

use super::Room;
use crate::domain::{AccountId, EntryBatch};
use crate::realtime::links::{Outbound, SessionHandle, SessionKey};
use crate::realtime::protocol::{ServerFrame, frames_of};
use crate::realtime::room::fanout_buffer::FlushDecision;
use crate::store::members;
use crate::testing::failpoints::{Failpoint, panic_if_planted};

impl Room {
    /// Sends entries now, or together with those of the next milliseconds.
    pub(super) fn flush_or_hold(&mut self, batches: Vec<EntryBatch>, ctx: &mut Context<Self>) {
        let decision = self.fanout.hold(batches, self.epoch.elapsed());
        self.act_on(decision, ctx);
    }

    fn act_on(&mut self, decision: FlushDecision, ctx: &mut Context<Self>) {
        match decision {
            FlushDecision::Flush => self.flush(ctx),
            FlushDecision::Scheduled | FlushDecision::Nothing => {}
            FlushDecision::After(wait) => {
                ctx.run_later(wait, |room, ctx| {
                    let decision = room.fanout.on_timer(room.epoch.elapsed());
                    room.act_on(decision, ctx);
                });
            }
        }
    }

    /// Continues when this thread has worked off everything that is queued now.
    fn when_fanout_done(&self, ctx: &mut Context<Self>) {
        let end = tokio::task::yield_now();
        ctx.spawn(end.into_actor(self).map(|(), room, ctx| {
            let decision = room.fanout.fanout_done(room.epoch.elapsed());
            room.act_on(decision, ctx);
        }));
    }

    /// Sends the held entries. Every other frame of the room goes behind them.
    pub(super) fn flush(&mut self, ctx: &mut Context<Self>) {
        if !self.fanout.is_holding() {
            return;
        }
        let room = self.id;
        let batches = self.fanout.take(self.epoch.elapsed(), self.sessions.len());
        batches.iter().for_each(|batch| panic_if_planted(Failpoint::PanicInRoom, batch.json()));
        let entries: usize = batches.iter().map(EntryBatch::len).sum();
        self.board.metrics.delivered(entries * self.sessions.len());
        for (first, last, frame) in frames_of(&batches) {
            self.push_all(|_| Some(Outbound::Entries { room, first, last, frame: frame.clone() }));
        }
        self.board.metrics.fanned_out(self.heard.take());
        if self.fanout.is_under_way() {
            self.when_fanout_done(ctx);
        }
    }

    pub(super) fn push_frame(
        &mut self,
        frame: &ServerFrame<'_>,
        to: impl Fn(AccountId) -> bool,
        ctx: &mut Context<Self>,
    ) {
        self.flush(ctx);
        let room = self.id;
        let frame: ByteString = frame.encode();
        self.push_all(|session| {
            to(session.account).then(|| Outbound::Frame { room: Some(room), frame: frame.clone() })
        });
    }

    pub(super) fn push_all(&mut self, outbound: impl Fn(&SessionHandle) -> Option<Outbound>) {
        // A session that is gone or was cut receives nothing more; the next tick takes it out of the state.
        self.sessions.retain(|_, session| outbound(session).is_none_or(|outbound| session.push(outbound).is_ok()));
    }

    /// Counts the unread messages of members whose positions moved without an event.
    pub(super) fn count_unread(&mut self, accounts: Vec<AccountId>, ctx: &mut Context<Self>) {
        let (store, room) = (self.app.store.clone(), self.id);
        let count = async move { store.read_queued(move |conn| members::unread_of(conn, room, &accounts)).await };
        ctx.spawn(count.into_actor(self).map(move |counted, this, ctx| {
            let counted = counted.unwrap_or_else(|error| {
                tracing::debug!(room.id = %room, error = %error, "cannot count what is unread");
                Vec::new()
            });
            for (account, read, count) in counted {
                // A position that has moved again came with an event, and its count with it.
                if this.state.as_ref().is_some_and(|state| state.read_of(account) == Some(read)) {
                    let frame = ServerFrame::Unread { reference: None, room, read: Some(read), count };
                    this.push_frame(&frame, |to| to == account, ctx);
                }
            }
        }));
    }

    pub(super) fn remove(&mut self, key: SessionKey, ctx: &mut Context<Self>) {
        // Entries from before the removal are still theirs.
        self.flush(ctx);
        if let (Some(session), Some(state)) = (self.sessions.remove(key), &self.state) {
            let frame = ServerFrame::Removed { room: self.id, subject: state.subject() }.encode();
            let _ = session.push(Outbound::Removed { room: self.id, version: state.acl_version(), frame });
        }
    }
}
