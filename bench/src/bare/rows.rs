//! The rows that the server would store for the same load: the rooms of the fixture in turn, each with its own `seq`.

use anyhow::{Context, Result, ensure};

use crate::fixture::{Fixture, FixtureRoom};
use crate::letter::Letters;

/// The values that differ from row to row. Kind, version of the members and time are the same for a whole batch.
#[derive(Debug, Default)]
pub struct BareRow {
    pub room: i64,
    pub seq: i64,
    pub author: i64,
    pub nonce: String,
    pub body: String,
}

pub struct Rows {
    rooms: Vec<FixtureRoom>,
    letters: Letters,
    made: usize,
}

impl Rows {
    /// The rows of one of `of` connections: every connection has its own rooms.
    pub fn new(fixture: &Fixture, body_bytes: usize, nth: usize, of: usize) -> Result<Self> {
        let rooms: Vec<FixtureRoom> = fixture.rooms.iter().skip(nth).step_by(of.max(1)).cloned().collect();
        ensure!(!rooms.is_empty(), "fewer rooms than connections");
        ensure!(rooms.iter().all(|room| !room.members.is_empty()), "a room of the fixture has no members");
        Ok(Self { rooms, letters: Letters::new(body_bytes), made: 0 })
    }

    /// Overwrites `batch`, whose length says how many.
    pub fn fill(&mut self, batch: &mut [BareRow]) -> Result<()> {
        for row in batch {
            let count = self.rooms.len();
            let room = self.rooms.get(self.made % count).context("no room")?;
            let turn = self.made / count;
            let author = room.members.get(turn % room.members.len()).copied().unwrap_or_default();
            row.room = i64::try_from(room.room)?;
            row.author = i64::try_from(author)?;
            row.seq = i64::try_from(turn + 1)?;
            self.letters.nonce(&mut row.nonce, room.room, u32::try_from(turn)?);
            self.letters.body(&mut row.body, &row.nonce, u64::try_from(self.made)?);
            self.made += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_room_has_its_own_order_and_each_connection_its_own_rooms() {
        let fixture: Fixture = serde_json::from_str(
            r#"{"accounts":[],"rooms":[{"room":7,"members":[3,9]},{"room":8,"members":[3]},{"room":9,"members":[4]}]}"#,
        )
        .unwrap();
        let mut batch: Vec<BareRow> = (0..4).map(|_| BareRow::default()).collect();
        Rows::new(&fixture, 120, 0, 2).unwrap().fill(&mut batch).unwrap();
        let seen: Vec<_> = batch.iter().map(|row| (row.room, row.seq, row.author)).collect();
        assert_eq!(seen, [(7, 1, 3), (9, 1, 4), (7, 2, 9), (9, 2, 4)]);
        assert!(batch.iter().all(|row| row.body.len() == 120 && row.body.starts_with(&row.nonce)));
        assert!(Rows::new(&fixture, 120, 3, 4).is_err());
    }
}
