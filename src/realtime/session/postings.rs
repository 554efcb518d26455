//! Unanswered posts of a connection, by room. `removed` waits for the answers to earlier posts, because no frame of the room may
//! follow on it. Pure.

use crate::domain::RoomId;
use crate::realtime::vec_map::VecMap;

/// `W` is the frame `removed`.
pub struct Postings<W> {
    rooms: VecMap<RoomId, RoomPostings<W>>,
    /// The number of the last post.
    asked: u64,
}

struct RoomPostings<W> {
    unanswered: usize,
    held: Option<HeldFrame<W>>,
}

struct HeldFrame<W> {
    word: W,
    /// Posts up to this number came before the removal.
    asked: u64,
    unanswered: usize,
}

impl<W> Default for Postings<W> {
    fn default() -> Self {
        Self { rooms: VecMap::default(), asked: 0 }
    }
}

impl<W> Postings<W> {
    pub fn begin(&mut self, room: RoomId) -> u64 {
        self.asked += 1;
        match self.rooms.get_mut(room) {
            Some(of_room) => of_room.unanswered += 1,
            None => self.rooms.insert(room, RoomPostings { unanswered: 1, held: None }),
        }
        self.asked
    }

    /// Gives the frame back if it can be sent now.
    pub fn removed(&mut self, room: RoomId, word: W) -> Option<W> {
        let Some(of_room) = self.rooms.get_mut(room) else { return Some(word) };
        of_room.held = Some(HeldFrame { word, asked: self.asked, unanswered: of_room.unanswered });
        None
    }

    /// Call it when the answer is written: gives the frame that waited for it.
    pub fn end(&mut self, room: RoomId, number: u64) -> Option<W> {
        let of_room = self.rooms.get_mut(room)?;
        of_room.unanswered = of_room.unanswered.saturating_sub(1);
        if let Some(held) = of_room.held.as_mut().filter(|held| number <= held.asked) {
            held.unanswered = held.unanswered.saturating_sub(1);
        }
        let is_over = of_room.unanswered == 0;
        let word = of_room.held.take_if(|held| held.unanswered == 0).map(|held| held.word);
        if is_over {
            self.rooms.remove(room);
        }
        word
    }

    /// Call it before the client is sent `joined`, `added` or `left` of the room.
    pub fn word(&mut self, room: RoomId) -> Option<W> {
        Some(self.rooms.get_mut(room)?.held.take()?.word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomId = RoomId(7);

    const WORD: &str = "removed";

    #[test]
    fn the_word_waits_for_what_was_asked_before_it_and_for_nothing_else() {
        let mut postings = Postings::default();
        assert_eq!(postings.removed(ROOM, WORD), Some(WORD), "nothing is under way");
        let (first, elsewhere, second) = (postings.begin(ROOM), postings.begin(RoomId(8)), postings.begin(ROOM));
        assert_eq!(postings.end(ROOM, first), None);
        assert_eq!(postings.removed(ROOM, WORD), None);
        let third = postings.begin(ROOM);
        assert_eq!(postings.end(RoomId(8), elsewhere), None);
        assert_eq!(postings.end(ROOM, third), None, "asked as somebody who is none");
        assert_eq!(postings.end(ROOM, second), Some(WORD));
        assert_eq!(postings.rooms.len(), 0, "nothing is kept");
    }

    #[test]
    fn whoever_is_let_in_again_is_told_of_the_removal_before() {
        let mut postings = Postings::default();
        let number = postings.begin(ROOM);
        assert_eq!(postings.removed(ROOM, WORD), None);
        assert_eq!((postings.word(ROOM), postings.word(ROOM)), (Some(WORD), None));
        assert_eq!(postings.end(ROOM, number), None, "once");
        assert_eq!(postings.rooms.len(), 0);
    }
}
