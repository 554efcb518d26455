//! A map for a handful: a sorted list, as large as what is in it. Thousands of connections sit idle, each with some rooms,
//! and thousands of rooms with some connections; a hash table takes several times as much, and is slower to walk.

/// From here on it grows by doubling, like any list.
const HANDFUL: usize = 64;

#[derive(Debug)]
pub struct VecMap<K, V>(Vec<(K, V)>);

impl<K, V> Default for VecMap<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Copy + Ord, V> VecMap<K, V> {
    fn place(&self, key: K) -> Result<usize, usize> {
        self.0.binary_search_by_key(&key, |(key, _)| *key)
    }

    pub fn get(&self, key: K) -> Option<&V> {
        self.0.get(self.place(key).ok()?).map(|(_, value)| value)
    }

    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        let place = self.place(key).ok()?;
        self.0.get_mut(place).map(|(_, value)| value)
    }

    pub fn contains(&self, key: K) -> bool {
        self.place(key).is_ok()
    }

    /// Inserts the value; it replaces that of the same key.
    pub fn insert(&mut self, key: K, value: V) {
        match self.place(key) {
            Ok(place) => {
                if let Some((_, old)) = self.0.get_mut(place) {
                    *old = value;
                }
            }
            Err(place) => {
                if self.0.len() < HANDFUL {
                    self.0.reserve_exact(1);
                }
                self.0.insert(place, (key, value));
            }
        }
    }

    pub fn remove(&mut self, key: K) -> Option<V> {
        let (_, value) = self.0.remove(self.place(key).ok()?);
        if self.0.is_empty() {
            self.0 = Vec::new();
        }
        Some(value)
    }

    pub fn retain(&mut self, keep: impl Fn(K, &V) -> bool) {
        self.0.retain(|(key, value)| keep(*key, value));
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }

    pub fn keys(&self) -> impl Iterator<Item = K> {
        self.0.iter().map(|(key, _)| *key)
    }

    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RoomId;

    #[test]
    fn it_is_a_map_that_is_as_large_as_what_is_in_it() {
        let mut few = VecMap::default();
        for room in [5, 1, 3, 4, 2] {
            few.insert(RoomId(room), room);
        }
        assert_eq!(few.keys().map(|room| room.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        few.insert(RoomId(3), 30);
        assert_eq!(few.values().copied().collect::<Vec<_>>(), [1, 2, 30, 4, 5]);
        assert_eq!((few.len(), few.0.capacity()), (5, 5));
        assert_eq!((few.get(RoomId(3)), few.get(RoomId(6))), (Some(&30), None));
        assert_eq!((few.remove(RoomId(3)), few.remove(RoomId(3)), few.contains(RoomId(3))), (Some(30), None, false));
        if let Some(value) = few.get_mut(RoomId(1)) {
            *value = 10;
        }
        assert_eq!((few.get(RoomId(1)), few.iter().count()), (Some(&10), 4));
        few.retain(|room, value| room.0 != 2 && *value < 5);
        assert_eq!(few.keys().map(|room| room.0).collect::<Vec<_>>(), [4]);
        few.remove(RoomId(4));
        assert_eq!(few.0.capacity(), 0);
    }
}
