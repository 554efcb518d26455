//! The log of each room: the only writer of `entries`, and the reader of its pages.
//!
//! Entries of members go through [`Log`], which gathers the posts of all rooms during one commit and writes them with the next.
//! System entries (members, changes of the transaction) are appended inside the transaction that causes them, with
//! [`lock_room`] and [`append`]. Both writers lock the room's row first, so that `seq` has no hole and no repeat.

mod commit_pacer;
mod lane;
mod metrics;
mod new_entry;
mod plain;
mod plan;
mod postgres;
mod queue;
mod read;
mod single;
mod sqlite;

pub use lane::{CommitListener, Log, LogOptions};
pub use new_entry::NewEntry;
pub use queue::PostAnswer;
pub use read::{EntryPage, after, before, committed_after, newest};

use diesel::prelude::*;

use super::rooms::RoomHead;
use super::schema::{entries, rooms};
use super::{Db, StoreResult};
use crate::domain::{AccountId, Code, Entry, EntryBody, EntryKind, MessageBody, Nonce, RoomId, Seq, Timestamp};

/// Locks the room until the transaction ends and gives its head. Refuses `room_unknown`.
pub fn lock_room(conn: &mut Db, room: RoomId) -> StoreResult<RoomHead> {
    let query = rooms::table.find(room).select((rooms::last_seq, rooms::acl_version));
    let found: Option<(Seq, i64)> = match conn {
        Db::Postgres(pg) => query.for_update().first(pg).optional()?,
        // SQLite's write transactions exclude each other from their beginning.
        Db::Sqlite(sqlite) => query.first(sqlite).optional()?,
    };
    let (seq, acl_version) = found.ok_or(Code::RoomUnknown)?;
    Ok(RoomHead { room, seq, acl_version })
}

/// Adds an entry under the lock of [`lock_room`]. `changes_members` raises the room's `acl_version`, and the entry carries
/// the new one: a node that delivers it must know the new members.
pub fn append(
    conn: &mut Db,
    head: RoomHead,
    author: Option<AccountId>,
    body: EntryBody,
    changes_members: bool,
    now: Timestamp,
) -> StoreResult<Entry> {
    let entry = Entry {
        room: head.room,
        seq: head.seq.next(),
        author,
        nonce: None,
        body,
        at: now,
        acl_version: head.acl_version + i64::from(changes_members),
    };
    insert(conn, entry)
}

/// Appends a message that follows from an act of its author elsewhere. Its nonce makes it exist once.
pub fn append_message(
    conn: &mut Db,
    head: RoomHead,
    author: AccountId,
    nonce: &Nonce,
    body: &MessageBody,
    now: Timestamp,
) -> StoreResult<Entry> {
    let entry = Entry {
        room: head.room,
        seq: head.seq.next(),
        author: Some(author),
        nonce: Some(nonce.as_str().to_owned()),
        body: EntryBody::message(body.as_str()),
        at: now,
        acl_version: head.acl_version,
    };
    insert(conn, entry)
}

/// Has anybody written in the room?
pub fn has_messages(conn: &mut Db, room: RoomId) -> StoreResult<bool> {
    let messages = entries::table.filter(entries::room_id.eq(room)).filter(entries::kind.eq(EntryKind::Message));
    Ok(messages.select(entries::seq).first::<Seq>(conn).optional()?.is_some())
}

fn insert(conn: &mut Db, entry: Entry) -> StoreResult<Entry> {
    diesel::insert_into(entries::table)
        .values((
            entries::room_id.eq(entry.room),
            entries::seq.eq(entry.seq),
            entries::kind.eq(entry.body.kind()),
            entries::author_id.eq(entry.author),
            entries::nonce.eq(&entry.nonce),
            entries::body.eq(entry.body.text()),
            entries::data.eq(entry.body.data_json()),
            entries::acl_version.eq(entry.acl_version),
            entries::created_at.eq(entry.at),
        ))
        .execute(conn)?;
    diesel::update(rooms::table.find(entry.room))
        .set((rooms::last_seq.eq(entry.seq), rooms::acl_version.eq(entry.acl_version)))
        .execute(conn)?;
    Ok(entry)
}
