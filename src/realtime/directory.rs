//! The rooms that this node hosts, written by the hub and read where an event arrives; and the threads that can host rooms.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};

use actix::ArbiterHandle;

use super::links::{RoomLink, Unsent};
use super::metrics::{LiveMetrics, Mailbox, RoomBoard, RoomsSample};
use crate::domain::{RoomEvent, RoomId, Seq};

pub struct Directory {
    rooms: RwLock<HashMap<RoomId, RoomLink>>,
    threads: RwLock<Vec<ArbiterHandle>>,
    metrics: Arc<LiveMetrics>,
}

impl Directory {
    pub fn new(metrics: Arc<LiveMetrics>) -> Self {
        Self { rooms: RwLock::default(), threads: RwLock::default(), metrics }
    }

    /// Rooms may live on this thread from now on.
    pub fn offer_thread(&self, thread: ArbiterHandle) {
        self.threads.write().unwrap_or_else(PoisonError::into_inner).push(thread);
    }

    /// The thread for a room. `None` while there is none.
    pub fn thread_for(&self, room: RoomId) -> Option<ArbiterHandle> {
        let mut threads = self.threads.write().unwrap_or_else(PoisonError::into_inner);
        // A thread that has ended takes no work.
        threads.retain(|thread| thread.spawn_fn(|| ()));
        let place = usize::try_from(room.0.unsigned_abs()).unwrap_or(0) % threads.len().max(1);
        threads.get(place).cloned()
    }

    pub fn get(&self, room: RoomId) -> Option<RoomLink> {
        self.rooms.read().unwrap_or_else(PoisonError::into_inner).get(&room).cloned()
    }

    pub fn insert(&self, room: RoomId, link: RoomLink) {
        self.rooms.write().unwrap_or_else(PoisonError::into_inner).insert(room, link);
    }

    /// Removes the room if the actor with this board is still the one that is listed.
    pub fn remove(&self, room: RoomId, board: &Arc<RoomBoard>) {
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        if rooms.get(&room).is_some_and(|link| Arc::ptr_eq(link.board(), board)) {
            rooms.remove(&room);
        }
    }

    pub fn ids(&self) -> Vec<RoomId> {
        self.rooms.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// Counts of all rooms at one moment. A room that a panic has ended does not count.
    pub fn sample(&self) -> RoomsSample {
        let rooms = self.rooms.read().unwrap_or_else(PoisonError::into_inner);
        let mut sample = RoomsSample::default();
        for board in rooms.values().filter(|link| link.is_open()).map(RoomLink::board) {
            let sessions = board.sessions.get();
            sample.hosted += 1;
            sample.sessions += sessions;
            sample.most_sessions = sample.most_sessions.max(sessions);
            sample.most_waiting = sample.most_waiting.max(board.waiting.get());
            sample.most_pending = sample.most_pending.max(board.pending.get());
            sample.most_pending_bytes = sample.most_pending_bytes.max(board.pending_bytes.get());
        }
        sample
    }

    pub fn on_event(&self, room: RoomId, event: RoomEvent) {
        if let Some(link) = self.get(room) {
            let heard = if matches!(event, RoomEvent::Committed(_)) { self.metrics.heard() } else { None };
            link.board().waiting.up();
            self.note(&link, link.on_event(event, heard));
        }
    }

    pub fn check(&self, room: RoomId, head: Option<Seq>) {
        if let Some(link) = self.get(room) {
            link.board().waiting.up();
            self.note(&link, link.check_head(head));
        }
    }

    /// The room compares itself with the database at its next tick, however often this is called.
    pub fn on_undecodable(&self, room: RoomId) {
        if let Some(link) = self.get(room) {
            link.board().missed.store(true, Ordering::Relaxed);
        }
    }

    fn note(&self, link: &RoomLink, sent: Result<(), Unsent>) {
        let Err(error) = sent else { return };
        link.board().waiting.down();
        link.board().missed.store(true, Ordering::Relaxed);
        if error == Unsent::Full {
            self.metrics.lost.one(Mailbox::Room);
        }
    }
}

#[cfg(test)]
mod tests {
    use actix::prelude::*;

    use super::*;
    use crate::domain::AccountId;
    use crate::realtime::room::Room;

    /// A room whose actor takes nothing out of its mailbox.
    #[actix::test]
    async fn a_hint_that_finds_no_place_is_noted_for_the_room() {
        let mailbox: Context<Room> = Context::new();
        let (directory, room) = (Directory::new(Arc::default()), RoomId(7));
        let board = Arc::new(RoomBoard::new(Arc::default()));
        directory.insert(room, RoomLink::new(board.clone(), mailbox.address()));
        let missed = &board.missed;
        let typing = || RoomEvent::Typing { account: AccountId(1), on: true };
        directory.on_event(room, typing());
        assert!(!missed.load(Ordering::Relaxed), "there is place");
        for _ in 0..10_000 {
            directory.on_event(room, typing());
        }
        assert!(missed.swap(false, Ordering::Relaxed), "the mailbox has a bound");
        directory.check(room, Some(Seq(3)));
        assert!(missed.swap(false, Ordering::Relaxed));
        directory.on_undecodable(room);
        assert!(missed.load(Ordering::Relaxed), "as if it had been lost");
    }
}
