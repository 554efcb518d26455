//! The room of a transaction, as a list shows it.

use diesel::prelude::*;

use crate::domain::{AccountId, EntryKind, RoomId, RoomKind, Seq, Timestamp};
use crate::store::access::Participation;
use crate::store::schema::{accounts, entries, members, rooms};
use crate::store::{Db, StoreResult, members as room_members};

/// What a room looks like to one member, for a list.
#[derive(Debug, Clone)]
pub struct RoomSummary {
    pub room: RoomId,
    pub head: Seq,
    /// `None` until the person marked something read.
    pub read: Option<Seq>,
    /// The head when the person came.
    pub joined: Seq,
    pub unread: i64,
    pub last_message: Option<LastMessage>,
}

#[derive(Debug, Clone)]
pub struct LastMessage {
    pub seq: Seq,
    pub author: AccountId,
    pub author_name: String,
    pub body: String,
    pub at: Timestamp,
}

/// The room of a transaction as this member sees it; `None` without the messaging access.
pub fn room_summary(conn: &mut Db, own: &Participation) -> StoreResult<Option<RoomSummary>> {
    let (id, account) = (own.transaction(), own.account());
    let found: Option<(RoomId, Seq, Seq, Option<Seq>)> = rooms::table
        .inner_join(members::table.on(members::room_id.eq(rooms::id)))
        .filter(rooms::transaction_id.eq(id))
        .filter(rooms::kind.eq(RoomKind::Conversation))
        .filter(members::account_id.eq(account))
        .filter(members::active.eq(true))
        .select((rooms::id, rooms::last_seq, members::read_seq, members::joined_seq))
        .first(conn)
        .optional()?;
    let Some((room, head, read, joined)) = found else {
        return Ok(None);
    };
    let unread = room_members::unread(conn, room, account, read, head)?;
    let (read, joined) = room_members::positions(read, joined);
    let last: Option<(Seq, AccountId, String, String, Option<String>, Timestamp)> = entries::table
        .inner_join(accounts::table.on(entries::author_id.eq(accounts::id.nullable())))
        .filter(entries::room_id.eq(room))
        .filter(entries::kind.eq(EntryKind::Message))
        .order(entries::seq.desc())
        .select((
            entries::seq,
            accounts::id,
            accounts::first_name,
            accounts::last_name,
            entries::body,
            entries::created_at,
        ))
        .first(conn)
        .optional()?;
    let last_message = last.map(|(seq, author, first, last, body, at)| LastMessage {
        seq,
        author,
        author_name: format!("{first} {last}"),
        body: body.unwrap_or_default(),
        at,
    });
    Ok(Some(RoomSummary { room, head, read, joined, unread, last_message }))
}
