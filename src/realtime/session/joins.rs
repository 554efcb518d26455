//! Joins: the database checks the right, the room's actor lets the session in, and the answer comes through the session's queue.

use actix::prelude::*;
use actix_web_actors::ws::WebsocketContext;

use super::actor::{JoinedRoom, SocketSession};
use super::catch_up::CatchUp;
use super::commands::{PAGE, unavailable};
use crate::app::{AppResult, messages};
use crate::domain::{Code, RoomId, Seq};
use crate::realtime::links::{JoinGranted, JoinRequest};
use crate::realtime::protocol::ServerFrame;

type Ctx = WebsocketContext<SocketSession>;

/// A join that waits for its turn.
pub(super) struct PendingJoin {
    reference: u64,
    room: RoomId,
    after: Option<Seq>,
    join: u64,
}

impl SocketSession {
    pub(super) fn join(&mut self, reference: u64, room: RoomId, after: Option<Seq>, ctx: &mut Ctx) {
        let is_new = |room: RoomId| !self.rooms.contains(room);
        let count = self.rooms.len() + self.joining.keys().filter(|room| is_new(*room)).count();
        if count >= self.options.rooms && is_new(room) && !self.joining.contains(room) {
            return self.refuse(Some(reference), &Code::TooManyRooms.into(), ctx);
        }
        if !self.begin(Some(reference), ctx) {
            return;
        }
        self.joins += 1;
        let join = self.joins;
        self.joining.insert(room, join);
        self.asked.push_back(PendingJoin { reference, room, after, join });
        self.go_on_joining(ctx);
    }

    /// Runs one join at a time, however many are requested. So a storm of connections is fair, and the memory that a connection
    /// ever needs at once, which it keeps while it lives, stays small.
    fn go_on_joining(&mut self, ctx: &mut Ctx) {
        while !self.entering
            && let Some(asked) = self.asked.pop_front()
        {
            if self.joining.get(asked.room) == Some(&asked.join) {
                self.enter(asked, ctx);
            } else {
                // The client has left meanwhile, or joined again.
                self.refuse(Some(asked.reference), &unavailable(), ctx);
                self.end(ctx);
            }
        }
        if self.asked.is_empty() {
            self.asked = std::collections::VecDeque::new();
        }
    }

    fn enter(&mut self, PendingJoin { reference, room, after, join }: PendingJoin, ctx: &mut Ctx) {
        self.entering = true;
        let session = self.handle_of(ctx);
        let (app, hub, caller) = (self.app.clone(), self.hub.clone(), self.caller.clone());
        let joining = async move {
            let membership = messages::membership(&app, &caller, room).await?;
            if after.is_some_and(|after| after > membership.head) {
                return Err(Code::CursorAhead.into());
            }
            let request = JoinRequest { reference, join, after, membership };
            // A room that stops at this moment is looked up again.
            for _ in 0..3 {
                let link = hub.find_room(room).await.map_err(|_| unavailable())??;
                match link.subscribe(session.clone(), request).await {
                    Ok(answer) => return Ok(answer?),
                    Err(_) => continue,
                }
            }
            Err(unavailable().into())
        };
        ctx.spawn(joining.into_actor(self).map(move |result: AppResult<()>, session, ctx| {
            session.entering = false;
            // A granted join comes through the queue, see `granted`.
            if let Err(error) = result {
                if session.joining.get(room) == Some(&join) {
                    session.joining.remove(room);
                }
                session.fail(Some(reference), &error, ctx);
            }
            session.end(ctx);
            session.go_on_joining(ctx);
        }));
    }

    /// The later frames of the room come behind this, so none of them can be missed.
    pub(super) fn granted(&mut self, JoinGranted { request, room: link, head, members }: JoinGranted, ctx: &mut Ctx) {
        let JoinRequest { reference, join, after, membership } = request;
        let room = membership.room;
        if self.joining.get(room) != Some(&join) {
            // The client has left meanwhile, or joined again.
            if !self.joining.contains(room) && !self.rooms.contains(room) {
                link.unsubscribe(self.key);
            }
            return self.refuse(Some(reference), &unavailable(), ctx);
        }
        self.joining.remove(room);
        self.say_removed(room, ctx);
        self.additions.joined(room, membership.acl_version);
        // `unread` was counted at the head of the membership; entries beyond it are sent as missed.
        let at = CatchUp::start(after.unwrap_or(membership.head), head.max(membership.head));
        self.rooms.insert(room, JoinedRoom { link, join, at, page: PAGE });
        let frame = ServerFrame::Joined {
            reference,
            room,
            subject: membership.subject,
            head: membership.head,
            read: membership.read,
            joined_seq: membership.joined,
            unread: membership.unread,
            members,
        };
        self.send(&frame, ctx);
        if at.is_reading() {
            self.read_on(room, ctx);
        } else {
            self.send(&ServerFrame::Live { room, seq: at.cursor() }, ctx);
        }
    }
}
