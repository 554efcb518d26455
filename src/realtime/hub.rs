//! The one actor that knows every connection and every room of this node. It finds rooms, limits sockets, carries account
//! events to them, and compares with the database what the bus may have lost.

mod address;
mod change_cursor;
mod following;
mod messages;
mod polls;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;

pub use address::HubAddr;
pub use messages::{
    AccountEventReceived, CheckAll, Connect, CountSessions, Disconnect, FindRoom, FollowAccount, RoomStopped,
    SampleSessions, Shutdown,
};

use self::change_cursor::ChangeCursor;
use super::directory::Directory;
use super::links::{HubLink, Outbound, RoomLink, SessionHandle};
use super::metrics::{LiveMetrics, SessionsSample};
use super::protocol::{Close, ServerFrame};
use super::revocation_cursor::RevocationCursor;
use super::room::{Room, RoomTimes};
use crate::adapters::bus::BusHealth;
use crate::app::{App, AppError};
use crate::domain::{AccountEvent, AccountId, Code, NodeId, Refusal, RoomId, SessionId, Timestamp};
use crate::store::sessions;

pub const MAILBOX: usize = 8192;
/// The time that a connection has to take its close frame when the node stops.
/// Longer than two calls to a database that hangs, shorter than the time in which everything must be finished.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
pub struct HubOptions {
    pub node: NodeId,
    pub sockets_per_account: usize,
    /// How often heads are compared with the database while the bus works; ten times as often while it does not.
    pub head_poll: Duration,
    pub revocation_poll: Duration,
    /// A peer that was silent for longer is cut, even if its own actor cannot run.
    pub silence: Duration,
    pub room_times: RoomTimes,
}

/// A connection, and how far it was told what changes for its account.
struct Connected {
    handle: SessionHandle,
    cursor: ChangeCursor,
}

impl std::ops::Deref for Connected {
    type Target = SessionHandle;

    fn deref(&self) -> &SessionHandle {
        &self.handle
    }
}

pub struct Hub {
    app: Arc<App>,
    options: HubOptions,
    directory: Arc<Directory>,
    /// The few sessions of each person.
    sessions: HashMap<AccountId, Vec<Connected>>,
    /// The ended sessions of the last read.
    handled_revocations: HashMap<i64, (AccountId, AccountEvent)>,
    polling_heads: bool,
    polling_revocations: bool,
    /// People whose changes are to be read: of the connected ones.
    changes_due: HashSet<AccountId>,
    reading_changes: bool,
    closing: bool,
    revocation_cursor: RevocationCursor,
    /// From when on names are looked for that the bus may have lost.
    names: RevocationCursor,
    /// The names that the last read found and published.
    published_names: HashMap<AccountId, Timestamp>,
    metrics: Arc<LiveMetrics>,
    /// The hub itself, as its rooms reach it.
    link: Arc<dyn HubLink>,
}

impl Hub {
    pub fn new(
        app: Arc<App>,
        options: HubOptions,
        directory: Arc<Directory>,
        metrics: Arc<LiveMetrics>,
        link: Arc<dyn HubLink>,
    ) -> Self {
        let (revocation_cursor, names) =
            (RevocationCursor::new(app.clock.now()), RevocationCursor::new(app.clock.now()));
        Self {
            app,
            options,
            directory,
            sessions: HashMap::new(),
            handled_revocations: HashMap::new(),
            polling_heads: false,
            polling_revocations: false,
            changes_due: HashSet::new(),
            reading_changes: false,
            closing: false,
            revocation_cursor,
            names,
            published_names: HashMap::new(),
            metrics,
            link,
        }
    }

    fn find_room(&self, room: RoomId) -> Result<RoomLink, AppError> {
        if let Some(link) = self.directory.get(room).filter(|link| link.is_open()) {
            return Ok(link);
        }
        let Some(thread) = self.directory.thread_for(room) else {
            return Err(Refusal::retry(Code::Unavailable, 1000).into());
        };
        let HubOptions { node, room_times, .. } = self.options;
        let (app, hub, metrics) = (self.app.clone(), self.link.clone(), self.metrics.clone());
        let link = Room::start_on(&thread, room, node, room_times, app, hub, metrics);
        self.directory.insert(room, link.clone());
        Ok(link)
    }

    /// Sends an event to a person's devices. `living`: the connected sessions that the database still has.
    fn apply(&self, account: AccountId, event: &AccountEvent, living: Option<&HashSet<SessionId>>) {
        let Some(sessions) = self.sessions.get(&account) else { return };
        match event {
            AccountEvent::Ended { session, kept, reason } => {
                let why = Close::from(*reason);
                let ended = |handle: &&Connected| match (session, living) {
                    (Some(session), _) => handle.session == *session,
                    (None, Some(living)) => !living.contains(&handle.session),
                    (None, None) => Some(handle.session) != *kept,
                };
                for handle in sessions.iter().filter(ended) {
                    if handle.push(Outbound::Close(why)).is_err() {
                        handle.cut();
                    }
                }
            }
            AccountEvent::Changed(_) => {}
            AccountEvent::Added { room, subject, version } => {
                let frame = ServerFrame::Added { room: *room, subject: *subject }.encode();
                for handle in sessions {
                    let _ = handle.push(Outbound::Added { room: *room, version: *version, frame: frame.clone() });
                }
            }
        }
    }

    /// "All sessions ended" does not mean those that began afterwards, and this may be heard late: the database says
    /// which ones live. If it cannot be asked, all but the one kept are closed.
    fn on_account_event(&mut self, account: AccountId, event: AccountEvent, ctx: &mut Context<Self>) {
        if let AccountEvent::Changed(change) = &event {
            return self.on_change(account, change, ctx);
        }
        let Some(connected) = self.sessions.get(&account) else { return };
        if !matches!(event, AccountEvent::Ended { session: None, .. }) {
            return self.apply(account, &event, None);
        }
        let connected: Vec<SessionId> = connected.iter().map(|handle| handle.session).collect();
        let store = self.app.store.clone();
        let asked = connected.clone();
        let reading = async move { store.read_first(move |conn| sessions::living(conn, &asked)).await };
        ctx.spawn(reading.into_actor(self).map(move |result, hub, _| match result {
            Ok(mut living) => {
                // Sessions that connected during this query are not in its result; they are checked separately.
                if let Some(sessions) = hub.sessions.get(&account) {
                    living.extend(sessions.iter().map(|h| h.session).filter(|id| !connected.contains(id)));
                }
                hub.apply(account, &event, Some(&living));
            }
            Err(error) => {
                tracing::debug!(error = %error, "cannot read which sessions live");
                hub.apply(account, &event, None);
            }
        }));
    }

    fn close_all(&self, why: Close) {
        for handle in self.sessions.values().flatten() {
            if handle.push(Outbound::Close(why)).is_err() {
                handle.cut();
            }
        }
    }

    fn count(&self) -> usize {
        self.sessions.values().map(Vec::len).sum()
    }
}

impl Actor for Hub {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        let fast = self.options.head_poll.checked_div(10).unwrap_or(self.options.head_poll);
        let every = self.options.head_poll;
        ctx.run_interval(every, |hub, ctx| {
            hub.poll_heads(ctx);
            hub.poll_changes(ctx);
        });
        ctx.run_interval(fast, |hub, ctx| {
            if hub.app.bus.health() == BusHealth::Broken {
                hub.poll_heads(ctx);
                hub.poll_changes(ctx);
            }
        });
        ctx.run_interval(self.options.revocation_poll, |hub, ctx| hub.poll_revocations(ctx));
        ctx.run_interval(Duration::from_secs(5), |hub, _| hub.cut_silent_peers());
    }
}

impl Handler<Connect> for Hub {
    type Result = Result<(), Close>;

    fn handle(&mut self, Connect(handle): Connect, ctx: &mut Self::Context) -> Self::Result {
        if self.closing {
            return Err(Close::Restart);
        }
        let sessions = self.sessions.entry(handle.account).or_default();
        sessions.retain(|other| !other.is_gone());
        if sessions.len() >= self.options.sockets_per_account {
            return Err(Close::TooManySockets);
        }
        let account = handle.account;
        sessions.reserve_exact(1);
        sessions.push(Connected { handle, cursor: ChangeCursor::default() });
        // A session may have ended after its handshake and before it was known here.
        let ends: Vec<AccountEvent> = self
            .handled_revocations
            .values()
            .filter(|(of, _)| *of == account)
            .map(|(_, event)| event.clone())
            .collect();
        for end in ends {
            self.on_account_event(account, end, ctx);
        }
        Ok(())
    }
}

impl Handler<Disconnect> for Hub {
    type Result = ();

    fn handle(&mut self, Disconnect { key, account }: Disconnect, _ctx: &mut Self::Context) {
        if let Some(sessions) = self.sessions.get_mut(&account) {
            sessions.retain(|handle| handle.key != key);
            if sessions.is_empty() {
                self.sessions.remove(&account);
            }
        }
    }
}

impl Handler<FindRoom> for Hub {
    type Result = Result<RoomLink, AppError>;

    fn handle(&mut self, FindRoom(room): FindRoom, _ctx: &mut Self::Context) -> Self::Result {
        self.find_room(room)
    }
}

impl Handler<RoomStopped> for Hub {
    type Result = ();

    fn handle(&mut self, RoomStopped { room, board }: RoomStopped, _ctx: &mut Self::Context) {
        self.directory.remove(room, &board);
    }
}

impl Handler<AccountEventReceived> for Hub {
    type Result = ();

    fn handle(&mut self, AccountEventReceived(account, event): AccountEventReceived, ctx: &mut Self::Context) {
        self.on_account_event(account, event, ctx);
    }
}

impl Handler<CheckAll> for Hub {
    type Result = ();

    fn handle(&mut self, _: CheckAll, ctx: &mut Self::Context) {
        for room in self.directory.ids() {
            self.directory.check(room, None);
        }
        self.poll_revocations(ctx);
        self.poll_changes(ctx);
    }
}

impl Handler<Shutdown> for Hub {
    type Result = usize;

    fn handle(&mut self, _: Shutdown, ctx: &mut Self::Context) -> usize {
        self.closing = true;
        // A peer that does not read takes no close frame, and must not delay the end of the node.
        ctx.run_later(SHUTDOWN_GRACE, |hub, _| {
            for handle in hub.sessions.values().flatten() {
                handle.cut();
            }
        });
        self.close_all(Close::Restart);
        self.count()
    }
}

impl Handler<CountSessions> for Hub {
    type Result = usize;

    fn handle(&mut self, _: CountSessions, _ctx: &mut Self::Context) -> usize {
        self.count()
    }
}

impl Handler<SampleSessions> for Hub {
    type Result = SessionsSample;

    fn handle(&mut self, _: SampleSessions, _ctx: &mut Self::Context) -> Self::Result {
        let mut sample = SessionsSample::default();
        for handle in self.sessions.values().flatten() {
            handle.add_to(&mut sample);
        }
        sample
    }
}
