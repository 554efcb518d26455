//! The heartbeat: checks that the peer answers, and that its session lives.

use std::time::Duration;

use actix::prelude::*;
use actix_web_actors::ws::WebsocketContext;

use super::actor::SocketSession;
use crate::app;
use crate::realtime::protocol::Close;

/// How long the database may take to say why a session ended.
const REASON: Duration = Duration::from_secs(1);

impl SocketSession {
    /// Ping, look for the pong a little later, ping again.
    pub(super) fn heartbeat(&mut self, ctx: &mut WebsocketContext<Self>) {
        let (ping, pong) = (self.options.ping, self.options.pong);
        ctx.run_later(ping.saturating_sub(pong), move |session, ctx| {
            session.ponged = false;
            ctx.ping(b"");
            ctx.run_later(pong, |session, ctx| {
                if session.ponged {
                    session.check_liveness(ctx);
                    session.heartbeat(ctx);
                } else {
                    session.close(Close::HeartbeatMissed, ctx);
                }
            });
        });
    }

    /// Checks what no event announces: the end of a session's time, and the death of a room's actor by a panic.
    fn check_liveness(&mut self, ctx: &mut WebsocketContext<Self>) {
        if self.rooms.values().any(|joined| !joined.link.is_open()) {
            return self.close(Close::Overloaded, ctx);
        }
        if self.lives_until.is_some_and(|until| self.app.clock.now() < until) {
            return;
        }
        let (app, caller) = (self.app.clone(), self.caller.clone());
        let reading = async move { app::sessions::lives_until(&app, &caller).await };
        ctx.spawn(reading.into_actor(self).map(|result, session, ctx| match result {
            Ok(Some(until)) => session.lives_until = Some(until),
            Ok(None) => session.session_ended(ctx),
            Err(_) => tracing::debug!(session.key = session.key.0, "cannot read whether a session lives"),
        }));
    }

    /// Handles a session that the database no longer has. The database gives the reason, unless the hub did so before.
    pub(super) fn session_ended(&mut self, ctx: &mut WebsocketContext<Self>) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let (app, caller) = (self.app.clone(), self.caller.clone());
        let asking = async move { tokio::time::timeout(REASON, app::sessions::why_own_ended(&app, &caller)).await };
        ctx.spawn(asking.into_actor(self).map(|answer, session, ctx| {
            let reason = answer.ok().and_then(Result::ok).flatten();
            session.close(reason.map_or(Close::SessionExpired, Close::from), ctx);
        }));
    }
}
