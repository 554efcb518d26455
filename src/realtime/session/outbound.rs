//! The content of a session's queue: frames of rooms and of the hub, and the outcomes of posts.

use actix::prelude::*;

use super::actor::SocketSession;
use super::catch_up::Live;
use crate::realtime::links::{Outbound, SessionMailbox, Unsent};
use crate::testing::failpoints::is_written;

impl SessionMailbox for Addr<SocketSession> {
    fn try_send(&self, outbound: Outbound) -> Result<(), Unsent> {
        Ok(Addr::try_send(self, outbound)?)
    }

    fn is_open(&self) -> bool {
        self.connected()
    }
}

impl Handler<Outbound> for SocketSession {
    type Result = ();

    fn handle(&mut self, outbound: Outbound, ctx: &mut Self::Context) {
        self.shared.taken(&outbound);
        if self.closing {
            return;
        }
        match outbound {
            Outbound::JoinGranted(granted) => self.granted(*granted, ctx),
            Outbound::Posted { reference, posting, result } => self.posted(reference, posting, result, ctx),
            Outbound::Entries { room, first, last, frame } => {
                match self.rooms.get_mut(room).map(|joined| joined.at.live(first, last)) {
                    Some(Live::Send) if is_written(last) => ctx.text(frame),
                    Some(Live::Read { .. }) => self.read_on(room, ctx),
                    Some(Live::Send | Live::Drop) | None => {}
                }
            }
            Outbound::Frame { room, frame } => {
                if room.is_none_or(|room| self.rooms.contains(room)) {
                    ctx.text(frame);
                }
            }
            Outbound::Removed { room, version, frame } => {
                if self.rooms.remove(room).is_some() {
                    self.readings.removed(room);
                    if let Some(word) = self.postings.removed(room, frame) {
                        ctx.text(word);
                    }
                    if let Some(added) = self.additions.removed(room, version) {
                        self.say_added(room, added, ctx);
                    }
                }
            }
            Outbound::Added { room, version, frame } => {
                let is_in_it = self.rooms.contains(room) || self.joining.contains(room);
                if let Some(added) = self.additions.added(room, version, frame, is_in_it) {
                    self.say_added(room, added, ctx);
                }
            }
            Outbound::Answer(frame) => {
                ctx.text(frame);
                self.end(ctx);
            }
            Outbound::Close(why) => self.close(why, ctx),
        }
    }
}
