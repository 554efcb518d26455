//! Rooms: one per transaction. `last_seq` is the head of its log, `acl_version` counts changes of its members.

use diesel::prelude::*;

use super::schema::rooms;
use super::{Db, StoreResult};
use crate::domain::{RoomId, Seq, Timestamp, TransactionId};

/// What other nodes may have moved meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomHead {
    pub room: RoomId,
    pub seq: Seq,
    pub acl_version: i64,
}

pub fn create(conn: &mut Db, transaction: TransactionId, now: Timestamp) -> StoreResult<RoomId> {
    let id = diesel::insert_into(rooms::table)
        .values((
            rooms::transaction_id.eq(transaction),
            rooms::last_seq.eq(Seq(0)),
            rooms::acl_version.eq(0),
            rooms::created_at.eq(now),
        ))
        .returning(rooms::id)
        .get_result(conn)?;
    Ok(id)
}

pub fn of_transaction(conn: &mut Db, transaction: TransactionId) -> StoreResult<Option<RoomId>> {
    Ok(rooms::table.filter(rooms::transaction_id.eq(transaction)).select(rooms::id).first(conn).optional()?)
}

/// Locks the room of the transaction until the end of ours. What changes a transaction, its participants, its members or an
/// invitation to it does this before it locks anything else: two that take their locks in the same order never wait for each other.
pub fn lock(conn: &mut Db, transaction: TransactionId) -> StoreResult<Option<RoomHead>> {
    match of_transaction(conn, transaction)? {
        Some(room) => super::log::lock_room(conn, room).map(Some),
        None => Ok(None),
    }
}

/// The heads of these rooms, in one query.
pub fn heads(conn: &mut Db, of: &[RoomId]) -> StoreResult<Vec<RoomHead>> {
    let mut heads = Vec::with_capacity(of.len());
    // SQLite binds each id by itself and has a limit on how many.
    for chunk in of.chunks(1000) {
        let rows = rooms::table
            .filter(rooms::id.eq_any(chunk.iter().copied()))
            .select((rooms::id, rooms::last_seq, rooms::acl_version))
            .load::<(RoomId, Seq, i64)>(conn)?;
        heads.extend(rows.into_iter().map(|(room, seq, acl_version)| RoomHead { room, seq, acl_version }));
    }
    Ok(heads)
}
