//! Unanswered `read` frames of a connection, by room. A `read` from before a removal is not answered behind `removed`. Pure.

use crate::domain::RoomId;
use crate::realtime::vec_map::VecMap;

#[derive(Default)]
pub(super) struct Readings {
    rooms: VecMap<RoomId, RoomReadings>,
    /// The number of the last `read`.
    asked: u64,
}

struct RoomReadings {
    unanswered: usize,
    /// Reads up to this number came before the removal.
    removed_at: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Answered,
    /// The person was removed from the room after the request.
    Removed,
}

impl Readings {
    pub fn begin(&mut self, room: RoomId) -> u64 {
        self.asked += 1;
        match self.rooms.get_mut(room) {
            Some(of_room) => of_room.unanswered += 1,
            None => self.rooms.insert(room, RoomReadings { unanswered: 1, removed_at: 0 }),
        }
        self.asked
    }

    pub fn removed(&mut self, room: RoomId) {
        if let Some(of_room) = self.rooms.get_mut(room) {
            of_room.removed_at = self.asked;
        }
    }

    pub fn end(&mut self, room: RoomId, number: u64) -> Ended {
        let Some(of_room) = self.rooms.get_mut(room) else { return Ended::Answered };
        let ended = if number <= of_room.removed_at { Ended::Removed } else { Ended::Answered };
        of_room.unanswered = of_room.unanswered.saturating_sub(1);
        if of_room.unanswered == 0 {
            self.rooms.remove(room);
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_before_the_removal_is_not_answered_after_it() {
        let (mut readings, room, other) = (Readings::default(), RoomId(7), RoomId(8));
        let (first, elsewhere, second) = (readings.begin(room), readings.begin(other), readings.begin(room));
        assert_eq!(readings.end(room, first), Ended::Answered);
        readings.removed(room);
        let third = readings.begin(room);
        assert_eq!(readings.end(other, elsewhere), Ended::Answered);
        assert_eq!(readings.end(room, second), Ended::Removed);
        assert_eq!(readings.end(room, third), Ended::Answered, "asked as somebody who is none");
        assert_eq!(readings.rooms.len(), 0, "nothing is kept");
    }
}
