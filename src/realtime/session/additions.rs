//! The order of `added` and `removed` on a connection. The two frames take different ways, and either may overtake the other. So a
//! connection compares the versions of the members that they name: it does not send an addition that a removal has undone, and
//! it sends an addition again behind an older removal that comes late. Pure.

use crate::domain::RoomId;
use crate::realtime::vec_map::VecMap;

/// The number of rooms that are remembered. One more, and the oldest is forgotten.
const MOST: usize = 1000;

/// `W` is the frame.
pub struct Additions<W> {
    rooms: VecMap<RoomId, RoomAdditions<W>>,
}

struct RoomAdditions<W> {
    /// The version of the last removal that was sent.
    removed: Option<i64>,
    /// The latest addition that was sent while the connection was in the room, or was joining it.
    added: Option<(i64, W)>,
}

impl<W> Default for Additions<W> {
    fn default() -> Self {
        Self { rooms: VecMap::default() }
    }
}

impl<W: Clone> Additions<W> {
    /// Gives the frame back if it still holds. Nodes of an older version name no version.
    pub fn added(&mut self, room: RoomId, version: Option<i64>, word: W, is_in_it: bool) -> Option<W> {
        let Some(version) = version else { return Some(word) };
        let known = self.rooms.get_mut(room);
        if known.as_ref().and_then(|known| known.removed).is_some_and(|removed| version <= removed) {
            return None;
        }
        if is_in_it && known.as_ref().and_then(|known| known.added.as_ref()).is_none_or(|(last, _)| *last < version) {
            let added = Some((version, word.clone()));
            match known {
                Some(known) => known.added = added,
                None => self.keep(room, RoomAdditions { removed: None, added }),
            }
        }
        Some(word)
    }

    /// The connection is sent `removed`. Gives the frame of a later addition, to be sent behind it.
    pub fn removed(&mut self, room: RoomId, version: i64) -> Option<W> {
        let later = self.rooms.remove(room).and_then(|known| known.added).filter(|(added, _)| *added > version);
        self.keep(room, RoomAdditions { removed: Some(version), added: None });
        later.map(|(_, word)| word)
    }

    /// The connection has joined the room, with a member set of that version.
    pub fn joined(&mut self, room: RoomId, version: i64) {
        if let Some(added) = self.rooms.remove(room).and_then(|known| known.added).filter(|(added, _)| *added > version)
        {
            self.keep(room, RoomAdditions { removed: None, added: Some(added) });
        }
    }

    /// The client has left the room.
    pub fn left(&mut self, room: RoomId) {
        self.rooms.remove(room);
    }

    fn keep(&mut self, room: RoomId, known: RoomAdditions<W>) {
        let oldest = self.rooms.keys().next().filter(|_| self.rooms.len() >= MOST);
        if let Some(oldest) = oldest {
            self.rooms.remove(oldest);
        }
        self.rooms.insert(room, known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomId = RoomId(7);

    #[test]
    fn an_addition_that_a_removal_has_undone_is_not_told() {
        let mut additions = Additions::default();
        assert_eq!(additions.added(ROOM, Some(2), "added", false), Some("added"));
        assert_eq!(additions.removed(ROOM, 3), None);
        assert_eq!(additions.added(ROOM, Some(2), "added", false), None);
        assert_eq!(additions.added(RoomId(8), Some(2), "added", false), Some("added"), "another room");
        assert_eq!(additions.added(ROOM, Some(4), "again", false), Some("again"));
        additions.joined(ROOM, 4);
        assert_eq!(additions.rooms.len(), 0, "nothing is kept of a room that one is in");
    }

    #[test]
    fn an_addition_that_came_before_an_older_removal_is_told_again_behind_it() {
        let mut additions = Additions::default();
        assert_eq!(additions.added(ROOM, Some(2), "added", true), Some("added"));
        assert_eq!(additions.added(ROOM, Some(4), "again", true), Some("again"));
        additions.joined(ROOM, 2);
        assert_eq!(additions.removed(ROOM, 3), Some("again"));
        assert_eq!(additions.removed(ROOM, 5), None, "told once");
        assert_eq!(additions.added(ROOM, None, "of an older node", true), Some("of an older node"));
        assert_eq!(additions.removed(ROOM, 7), None, "nobody knows when that was");
    }

    #[test]
    fn what_is_kept_in_mind_is_bounded() {
        let mut additions = Additions::<()>::default();
        for room in 0..2 * 1000 {
            additions.removed(RoomId(room), 1);
        }
        assert_eq!(additions.rooms.len(), MOST);
    }
}
