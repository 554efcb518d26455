//! A map for a handful of rooms: a sorted list, exactly as large as what is in it. Thousands of connections sit idle, each
//! with some rooms, and a hash table takes several times as much.

use crate::domain::RoomId;

#[derive(Debug)]
pub struct FewRooms<T>(Vec<(RoomId, T)>);

impl<T> Default for FewRooms<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> FewRooms<T> {
    fn place(&self, room: RoomId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&room, |(room, _)| *room)
    }

    pub fn get(&self, room: RoomId) -> Option<&T> {
        self.0.get(self.place(room).ok()?).map(|(_, value)| value)
    }

    pub fn get_mut(&mut self, room: RoomId) -> Option<&mut T> {
        let place = self.place(room).ok()?;
        self.0.get_mut(place).map(|(_, value)| value)
    }

    pub fn contains(&self, room: RoomId) -> bool {
        self.place(room).is_ok()
    }

    /// What was there before is gone.
    pub fn insert(&mut self, room: RoomId, value: T) {
        match self.place(room) {
            Ok(place) => {
                if let Some((_, old)) = self.0.get_mut(place) {
                    *old = value;
                }
            }
            Err(place) => {
                self.0.reserve_exact(1);
                self.0.insert(place, (room, value));
            }
        }
    }

    pub fn remove(&mut self, room: RoomId) -> Option<T> {
        let (_, value) = self.0.remove(self.place(room).ok()?);
        if self.0.is_empty() {
            self.0 = Vec::new();
        }
        Some(value)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn rooms(&self) -> impl Iterator<Item = RoomId> {
        self.0.iter().map(|(room, _)| *room)
    }

    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_map_that_is_as_large_as_what_is_in_it() {
        let mut few = FewRooms::default();
        for room in [5, 1, 3, 4, 2] {
            few.insert(RoomId(room), room);
        }
        few.insert(RoomId(3), 30);
        assert_eq!(few.values().copied().collect::<Vec<_>>(), [1, 2, 30, 4, 5]);
        assert_eq!((few.len(), few.0.capacity()), (5, 5));
        assert_eq!((few.get(RoomId(3)), few.get(RoomId(6))), (Some(&30), None));
        assert_eq!((few.remove(RoomId(3)), few.remove(RoomId(3)), few.contains(RoomId(3))), (Some(30), None, false));
        if let Some(value) = few.get_mut(RoomId(1)) {
            *value = 10;
        }
        assert_eq!((few.get(RoomId(1)), few.rooms().count()), (Some(&10), 4));
        for room in [1, 2, 4, 5] {
            few.remove(RoomId(room));
        }
        assert_eq!(few.0.capacity(), 0);
    }
}
