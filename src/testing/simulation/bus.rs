//! The bus between nodes: at most once, perhaps twice, in any order, late, or not at all.

use std::collections::HashMap;

use super::rng::SimulationRng;
use crate::domain::{RoomEvent, RoomId};

/// An event on its way to a node.
pub struct Flight {
    pub to: usize,
    pub room: RoomId,
    pub event: RoomEvent,
    not_before: i64,
    number: usize,
}

#[derive(Default)]
pub struct SimulatedBus {
    flights: Vec<Flight>,
    sent: usize,
    /// The number of the last that arrived, for each node and room.
    arrived: HashMap<(usize, RoomId), usize>,
    /// The number of messages that were lost so far.
    pub lost: usize,
    pub doubled: usize,
    pub overtaken: usize,
}

impl SimulatedBus {
    /// To a node that is subscribed to the room.
    pub fn send(
        &mut self,
        to: usize,
        room: RoomId,
        event: &RoomEvent,
        rng: &mut SimulationRng,
        now: i64,
        is_fair: bool,
    ) {
        let copies = if is_fair { 1 } else { [0, 1, 1, 1, 1, 1, 1, 2][rng.below(8)] };
        self.lost += usize::from(copies == 0);
        self.doubled += usize::from(copies == 2);
        self.sent += 1;
        for _ in 0..copies {
            let delay = if is_fair { 0 } else { rng.milliseconds(3_000) };
            let (event, not_before, number) = (event.clone(), now + delay, self.sent);
            self.flights.push(Flight { to, room, event, not_before, number });
        }
    }

    /// Any one that may arrive by now.
    pub fn arrival(&mut self, rng: &mut SimulationRng, now: i64) -> Option<Flight> {
        let due: Vec<usize> = (0..self.flights.len()).filter(|place| self.flights[*place].not_before <= now).collect();
        let flight = rng.pick(&due).map(|place| self.flights.remove(place))?;
        let before = self.arrived.insert((flight.to, flight.room), flight.number);
        self.overtaken += usize::from(before.is_some_and(|before| before > flight.number));
        Some(flight)
    }

    /// The node's connection to the bus breaks: what was on its way is lost.
    pub fn lose(&mut self, node: usize) {
        self.flights.retain(|flight| flight.to != node);
    }
}
