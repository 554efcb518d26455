//! Requests of sessions: to join, to leave, and to show that a person types.

use actix::prelude::*;

use super::{Room, WaitingSubscriber};
use crate::domain::{Code, Event, Refusal, RoomEvent};
use crate::realtime::room::messages::{Subscribe, Typing, Unsubscribe};

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
