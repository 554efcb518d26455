//! The actors: [`hub`] knows every connection and room of this node, [`room`] delivers what happens in one room, [`session`]
//! is one connection. They reach each other by [`links`]. They listen to what `app` publishes after its commits; the database is the truth whenever they
//! differ. `docs/ARCHITECTURE.md` follows a message through them.

pub mod directory;
pub mod hub;
pub mod links;
pub mod metrics;
pub mod protocol;
mod revocation_cursor;
pub mod room;
mod sample;
pub mod session;
mod vec_map;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix::prelude::*;

use crate::adapters::bus::Listener;
use crate::app::App;
use crate::domain::{Caller, Event, RoomId};
use crate::telemetry::metrics::Level;
use directory::Directory;
use hub::{AccountEventReceived, CheckAll, Hub, HubAddr, HubOptions};
use links::{Cutter, SessionKey};
use metrics::{LiveMetrics, Mailbox};
use session::{SessionOptions, SocketSession};

/// The running actors of this node. Cheap to clone.
#[derive(Clone)]
pub struct Realtime {
    pub hub: Arc<HubAddr>,
    app: Arc<App>,
    directory: Arc<Directory>,
    session_options: Arc<SessionOptions>,
    next_key: Arc<AtomicU64>,
    hub_home: ArbiterHandle,
    metrics: Arc<LiveMetrics>,
}

impl Realtime {
    /// Starts the hub, and listens to the bus. Needs a running actix system. Rooms live on the threads that call
    /// [`Realtime::host_rooms_here`].
    pub fn start(app: Arc<App>, hub_options: HubOptions, session_options: SessionOptions) -> Self {
        let metrics = Arc::<LiveMetrics>::default();
        let directory = Arc::new(Directory::new(metrics.clone()));
        let hub_home = Arbiter::new().handle();
        let waiting = Arc::<Level>::default();
        let hub = Hub::start_in_arbiter(&hub_home, {
            let (app, rooms, metrics, waiting) = (app.clone(), directory.clone(), metrics.clone(), waiting.clone());
            move |ctx| {
                let link = Arc::new(HubAddr::new(ctx.address(), waiting));
                Hub::new(app, hub_options, rooms, metrics, link)
            }
        });
        let hub = Arc::new(HubAddr::new(hub, waiting));
        app.bus.listen(Arc::new(BusListener {
            hub: hub.clone(),
            directory: directory.clone(),
            metrics: metrics.clone(),
        }));
        Self {
            hub,
            app,
            directory,
            session_options: Arc::new(session_options),
            next_key: Arc::new(AtomicU64::new(1)),
            hub_home,
            metrics,
        }
    }

    /// Rooms may live on this thread, beside the connections that it serves: what a room tells them is then often told
    /// without waking another thread.
    pub fn host_rooms_here(&self) {
        if let Some(thread) = Arbiter::try_current() {
            self.directory.offer_thread(thread);
        }
    }

    /// Ends the hub's thread, whatever it is doing.
    pub fn stop(&self) {
        self.hub_home.stop();
    }

    /// The actor of a new connection.
    pub fn session(&self, caller: Caller, cutter: Option<Arc<Cutter>>) -> SocketSession {
        let key = SessionKey(self.next_key.fetch_add(1, Ordering::Relaxed));
        SocketSession::new(
            self.app.clone(),
            self.hub.clone(),
            key,
            caller,
            self.session_options.clone(),
            cutter,
            self.metrics.clone(),
        )
    }
}

/// Passes the events of the bus on to the actors. A full mailbox loses an event and is noted; the database makes up for it.
struct BusListener {
    hub: Arc<HubAddr>,
    directory: Arc<Directory>,
    metrics: Arc<LiveMetrics>,
}

impl Listener for BusListener {
    fn on_event(&self, event: Event) {
        match event {
            Event::Room(room, event) => self.directory.on_event(room, event),
            Event::Account(account, event) => {
                // A full hub loses the event; it reads the ended sessions from the database as well.
                self.lost(self.hub.try_send(AccountEventReceived(account, event)).is_err());
            }
        }
    }

    fn check(&self, room: Option<RoomId>) {
        match room {
            Some(room) => self.directory.check(room, None),
            None => {
                self.lost(self.hub.try_send(CheckAll).is_err());
            }
        }
    }

    fn on_undecodable(&self, room: RoomId) {
        self.directory.on_undecodable(room);
    }
}

impl BusListener {
    fn lost(&self, is_lost: bool) {
        if is_lost {
            self.metrics.lost.one(Mailbox::Hub);
        }
    }
}
