//! Which rooms are hosted here: written by the hub, read by whoever brings an event. And the threads that can host one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use actix::{Addr, ArbiterHandle};

use super::room::{CheckHead, Hear, Room};
use crate::domain::{RoomEvent, RoomId, Seq};

#[derive(Clone)]
pub struct RoomHandle {
    pub addr: Addr<Room>,
    pub missed: Arc<AtomicBool>,
}

#[derive(Default)]
pub struct Directory {
    rooms: RwLock<HashMap<RoomId, RoomHandle>>,
    threads: RwLock<Vec<ArbiterHandle>>,
}

impl Directory {
    /// Rooms may live on this thread from now on.
    pub fn offer_thread(&self, thread: ArbiterHandle) {
        self.threads.write().unwrap_or_else(PoisonError::into_inner).push(thread);
    }

    /// Where the room is to live. `None` while no thread is there.
    pub fn thread_for(&self, room: RoomId) -> Option<ArbiterHandle> {
        let mut threads = self.threads.write().unwrap_or_else(PoisonError::into_inner);
        // One that has ended takes nothing any more.
        threads.retain(|thread| thread.spawn_fn(|| ()));
        let place = usize::try_from(room.0.unsigned_abs()).unwrap_or(0) % threads.len().max(1);
        threads.get(place).cloned()
    }

    pub fn get(&self, room: RoomId) -> Option<RoomHandle> {
        self.rooms.read().unwrap_or_else(PoisonError::into_inner).get(&room).cloned()
    }

    pub fn insert(&self, room: RoomId, handle: RoomHandle) {
        self.rooms.write().unwrap_or_else(PoisonError::into_inner).insert(room, handle);
    }

    /// Removes the room if this address is still the one that is listed.
    pub fn remove(&self, room: RoomId, addr: &Addr<Room>) {
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        if rooms.get(&room).is_some_and(|handle| handle.addr == *addr) {
            rooms.remove(&room);
        }
    }

    pub fn ids(&self) -> Vec<RoomId> {
        self.rooms.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    pub fn count(&self) -> usize {
        self.rooms.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub fn hear(&self, room: RoomId, event: RoomEvent) {
        if let Some(handle) = self.get(room)
            && handle.addr.try_send(Hear(event)).is_err()
        {
            handle.missed.store(true, Ordering::Relaxed);
        }
    }

    pub fn check(&self, room: RoomId, head: Option<Seq>) {
        if let Some(handle) = self.get(room)
            && handle.addr.try_send(CheckHead(head)).is_err()
        {
            handle.missed.store(true, Ordering::Relaxed);
        }
    }
}
