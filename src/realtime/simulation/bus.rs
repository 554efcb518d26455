//! The bus between nodes: at most once, perhaps twice, in any order, late, or not at all.

use super::dice::Dice;
use crate::domain::{RoomEvent, RoomId};

/// An event on its way to a node.
pub struct Flight {
    pub to: usize,
    pub room: RoomId,
    pub event: RoomEvent,
    not_before: i64,
}

#[derive(Default)]
pub struct Bus {
    flights: Vec<Flight>,
}

impl Bus {
    /// To a node that is subscribed to the room.
    pub fn send(&mut self, to: usize, room: RoomId, event: &RoomEvent, dice: &mut Dice, now: i64, is_fair: bool) {
        let copies = if is_fair { 1 } else { [0, 1, 1, 1, 1, 1, 1, 2][dice.below(8)] };
        for _ in 0..copies {
            let delay = if is_fair { 0 } else { dice.milliseconds(3_000) };
            self.flights.push(Flight { to, room, event: event.clone(), not_before: now + delay });
        }
    }

    /// Any one that may arrive by now.
    pub fn arrival(&mut self, dice: &mut Dice, now: i64) -> Option<Flight> {
        let due: Vec<usize> = (0..self.flights.len()).filter(|place| self.flights[*place].not_before <= now).collect();
        dice.pick(&due).map(|place| self.flights.remove(place))
    }

    /// The node's connection to the bus breaks: what was on its way is lost.
    pub fn lose(&mut self, node: usize) {
        self.flights.retain(|flight| flight.to != node);
    }
}
