//! Rooms, each with its subject. `last_seq` is the head of its log, `acl_version` counts changes of its members.

use diesel::prelude::*;

use super::access::Participation;
use super::schema::rooms;
use super::{Db, StoreError, StoreResult, columns};
use crate::domain::{ChannelId, Need, RoomId, RoomKind, RoomSubject, Seq, Timestamp, TransactionId};

/// The numbers of a room that other nodes may have raised meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct RoomHead {
    pub room: RoomId,
    pub seq: Seq,
    pub acl_version: i64,
}

pub(super) type SubjectRow = (RoomKind, Option<TransactionId>, Option<ChannelId>);

columns! {
    pub(super) SUBJECT = [rooms::kind, rooms::transaction_id, rooms::channel_id];
}

pub(super) fn subject((kind, transaction, channel): SubjectRow) -> StoreResult<RoomSubject> {
    RoomSubject::from_parts(kind, transaction, channel)
        .ok_or_else(|| StoreError::Setup("a room is about nothing, or about two things".to_owned()))
}

pub fn create(conn: &mut Db, subject: RoomSubject, now: Timestamp) -> StoreResult<RoomId> {
    let id = diesel::insert_into(rooms::table)
        .values((
            rooms::kind.eq(subject.kind()),
            rooms::transaction_id.eq(subject.transaction()),
            rooms::channel_id.eq(subject.channel()),
            rooms::last_seq.eq(Seq(0)),
            rooms::acl_version.eq(0),
            rooms::created_at.eq(now),
        ))
        .returning(rooms::id)
        .get_result(conn)?;
    Ok(id)
}

/// The room of this subject, if there is one.
pub fn about(conn: &mut Db, subject: RoomSubject) -> StoreResult<Option<RoomId>> {
    let of_kind = rooms::table.filter(rooms::kind.eq(subject.kind())).select(rooms::id);
    let found = match subject {
        RoomSubject::Conversation(transaction) | RoomSubject::Notes(transaction) => {
            of_kind.filter(rooms::transaction_id.eq(transaction)).first(conn)
        }
        RoomSubject::Channel(channel) => of_kind.filter(rooms::channel_id.eq(channel)).first(conn),
    };
    Ok(found.optional()?)
}

/// The conversation of the transaction, for a person with the messaging access.
pub fn conversation_of(conn: &mut Db, own: &Participation) -> StoreResult<Option<RoomId>> {
    own.check(Need::Messaging)?;
    conversation(conn, own.transaction())
}

pub(super) fn conversation(conn: &mut Db, transaction: TransactionId) -> StoreResult<Option<RoomId>> {
    about(conn, RoomSubject::Conversation(transaction))
}

/// Locks the conversation of the transaction until the end of the database's transaction. Every change of a transaction, its
/// participants, its members or an invitation to it takes this lock first, so that two changes cannot deadlock.
pub fn lock(conn: &mut Db, transaction: TransactionId) -> StoreResult<Option<RoomHead>> {
    match conversation(conn, transaction)? {
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
            .load::<RoomHead>(conn)?;
        heads.extend(rows);
    }
    Ok(heads)
}
