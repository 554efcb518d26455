//! A process of the server: the rooms that it hosts and the timers that look after them.

use std::collections::{BTreeMap, BTreeSet};

use super::hosted::Hosted;
use crate::domain::{NodeId, RoomId};

/// How often heads are compared while the bus works, and while it does not.
const HEADS: i64 = 5_000;
const HEADS_ALONE: i64 = 500;
const TICK: i64 = 1_000;

pub struct SimulatedNode {
    /// Another one after each start.
    pub id: NodeId,
    pub alive: bool,
    pub rooms: BTreeMap<RoomId, Hosted>,
    /// The rooms whose events the bus brings here.
    pub subscribed: BTreeSet<RoomId>,
    /// The connection to the bus is broken, and known to be.
    pub alone: bool,
    pub polling: bool,
    next_tick: i64,
    next_heads: i64,
}

/// A timer that has run out.
pub enum Timer {
    Tick,
    Heads,
}

impl SimulatedNode {
    pub fn start(id: NodeId, now: i64) -> Self {
        Self {
            id,
            alive: true,
            rooms: BTreeMap::new(),
            subscribed: BTreeSet::new(),
            alone: false,
            polling: false,
            next_tick: now + TICK,
            next_heads: now + HEADS,
        }
    }

    pub fn timers(&mut self, now: i64) -> Vec<Timer> {
        let mut over = Vec::new();
        if !self.alive {
            return over;
        }
        if self.next_tick <= now {
            self.next_tick = now + TICK;
            over.push(Timer::Tick);
        }
        let every = if self.alone { HEADS_ALONE } else { HEADS };
        if self.next_heads.min(now + every) <= now {
            self.next_heads = now + every;
            over.push(Timer::Heads);
        }
        if self.alone {
            self.next_heads = self.next_heads.min(now + HEADS_ALONE);
        }
        over
    }
}
