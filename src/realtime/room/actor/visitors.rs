//! Requests of sessions: to join, to leave, and to show that a person types.

use actix::prelude::*;

use super::Room;
use crate::domain::{Code, Event, Refusal, RoomEvent};
use crate::realtime::links::{JoinGranted, Outbound};
use crate::realtime::room::messages::{Subscribe, Typing, Unsubscribe};

/// How often the members are read for a session whose request names newer members than the room knows.
const MAX_LOOKS: u32 = 3;
/// A session that joins as soon as the members are known.
pub(super) struct WaitingSubscriber {
    subscribe: Subscribe,
    answer: tokio::sync::oneshot::Sender<Result<(), Refusal>>,
    looks: u32,
}

impl Room {
    /// `None`: the members must be read first.
    fn grant(&mut self, subscribe: &Subscribe, ctx: &mut Context<Self>) -> Option<Result<(), Refusal>> {
        let now = self.app.clock.now();
        let state = self.state.as_mut()?;
        let account = subscribe.session.account;
        if !state.admits(account, subscribe.request.membership.acl_version)? {
            return Some(Err(Refusal::new(Code::RoomUnknown)));
        }
        let key = subscribe.session.key;
        let effects = state.subscribe(key, account, now);
        let granted = JoinGranted {
            request: subscribe.request,
            room: subscribe.room.clone(),
            head: state.head(),
            members: state.member_views(),
        };
        self.deserted_ticks = 0;
        self.carry_out(effects, ctx);
        // The entries before this moment are not sent to the session: it reads them from the database.
        self.flush(ctx);
        // A session that cannot be reached is gone; the next tick takes it out of the state.
        if subscribe.session.push(Outbound::JoinGranted(Box::new(granted))).is_ok() {
            self.sessions.insert(key, subscribe.session.clone());
        }
        Some(Ok(()))
    }

    /// The members were read: lets in who waited for that.
    pub(super) fn answer_waiting(&mut self, ctx: &mut Context<Self>) {
        for waiting in std::mem::take(&mut self.waiting) {
            match self.grant(&waiting.subscribe, ctx) {
                Some(granted) => {
                    let _ = waiting.answer.send(granted);
                }
                // This read may have begun before the change that let them in: look again, though not for ever.
                None if waiting.looks < MAX_LOOKS => {
                    self.waiting.push(WaitingSubscriber { looks: waiting.looks + 1, ..waiting });
                }
                None => {
                    let _ = waiting.answer.send(Err(Refusal::retry(Code::Unavailable, 1000)));
                }
            }
        }
        if !self.waiting.is_empty() {
            self.renew_members(ctx);
        }
    }

    pub(super) fn refuse_waiting(&mut self, why: &Refusal) {
        for waiting in std::mem::take(&mut self.waiting) {
            let _ = waiting.answer.send(Err(why.clone()));
        }
    }
}

impl Handler<Subscribe> for Room {
    type Result = ResponseActFuture<Self, Result<(), Refusal>>;

    fn handle(&mut self, subscribe: Subscribe, ctx: &mut Self::Context) -> Self::Result {
        if let Some(granted) = self.grant(&subscribe, ctx) {
            return Box::pin(actix::fut::ready(granted));
        }
        let (answer, answered) = tokio::sync::oneshot::channel();
        self.waiting.push(WaitingSubscriber { subscribe, answer, looks: 0 });
        self.renew_members(ctx);
        let answered = async move { answered.await.unwrap_or(Err(Refusal::retry(Code::Unavailable, 1000))) };
        Box::pin(answered.into_actor(self))
    }
}

impl Handler<Unsubscribe> for Room {
    type Result = ();

    fn handle(&mut self, Unsubscribe(key): Unsubscribe, ctx: &mut Self::Context) {
        self.sessions.remove(key);
        let now = self.app.clock.now();
        if let Some(state) = &mut self.state {
            let effects = state.unsubscribe(key, now);
            self.carry_out(effects, ctx);
        }
    }
}

impl Handler<Typing> for Room {
    type Result = ();

    fn handle(&mut self, Typing { account, on }: Typing, _ctx: &mut Self::Context) {
        // The event goes through the bus, so that this node and the others receive the same.
        self.app.bus.publish(Event::Room(self.id, RoomEvent::Typing { account, on }));
    }
}
