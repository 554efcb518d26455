//! Pages of a room's log. Membership and session are checked in the same statement that reads, so that no page can be
//! newer than the right to see it.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::super::schema::{entries, members, sessions};
use super::super::{Db, StoreResult, columns};
use crate::domain::{AccountId, Caller, Entry, EntryBody, RoomId, Seq, SessionId, Timestamp};

/// Entries in rising `seq`, at least one if there is any. Also empty when the reader has no right to the room: call
/// `members::membership` first.
pub type EntryPage = Vec<Entry>;

type EntryRow =
    (RoomId, Seq, String, Option<AccountId>, Option<String>, Option<String>, Option<String>, i64, Timestamp);

/// A page for a client is no larger than about this, however many entries it may hold: it waits in memory for a peer that
/// reads slowly.
const PAGE_BYTES: usize = 128 * 1024;
/// The size of an entry beside its text.
const ENTRY_BYTES: usize = 200;

columns! {
    COLUMNS = [
        entries::room_id,
        entries::seq,
        entries::kind,
        entries::author_id,
        entries::nonce,
        entries::body,
        entries::data,
        entries::acl_version,
        entries::created_at,
    ];
}

fn entry((room, seq, kind, author, nonce, body, data, acl_version, at): EntryRow) -> Entry {
    let data = data.and_then(|text| serde_json::from_str(&text).ok());
    Entry { room, seq, author, nonce, body: EntryBody::from_parts(kind, body, data), at, acl_version }
}

#[diesel::dsl::auto_type]
fn readable(account: AccountId, session: SessionId, now: Timestamp) -> _ {
    let member: _ = members::table
        .filter(members::room_id.eq(entries::room_id))
        .filter(members::account_id.eq(account))
        .filter(members::active.eq(true));
    let session: _ = sessions::table
        .filter(sessions::id.eq(session))
        .filter(sessions::account_id.eq(account))
        .filter(sessions::expires_at.gt(now));
    exists(member).and(exists(session))
}

/// At most `limit` entries above `seq`, as many as fit into a page.
pub fn after(
    conn: &mut Db,
    room: RoomId,
    caller: &Caller,
    seq: Seq,
    limit: i64,
    now: Timestamp,
) -> StoreResult<EntryPage> {
    let rows: Vec<EntryRow> = entries::table
        .filter(entries::room_id.eq(room))
        .filter(entries::seq.gt(seq))
        .filter(readable(caller.account, caller.session, now))
        .order(entries::seq)
        .limit(limit)
        .select(COLUMNS)
        .load(conn)?;
    Ok(bounded(rows).map(entry).collect())
}

/// At most `limit` entries below `seq`, as many as fit into a page: those nearest to it.
pub fn before(
    conn: &mut Db,
    room: RoomId,
    caller: &Caller,
    seq: Seq,
    limit: i64,
    now: Timestamp,
) -> StoreResult<EntryPage> {
    let rows: Vec<EntryRow> = entries::table
        .filter(entries::room_id.eq(room))
        .filter(entries::seq.lt(seq))
        .filter(readable(caller.account, caller.session, now))
        .order(entries::seq.desc())
        .limit(limit)
        .select(COLUMNS)
        .load(conn)?;
    let mut page: EntryPage = bounded(rows).map(entry).collect();
    page.reverse();
    Ok(page)
}

/// The last `limit` entries.
pub fn newest(conn: &mut Db, room: RoomId, caller: &Caller, limit: i64, now: Timestamp) -> StoreResult<EntryPage> {
    before(conn, room, caller, Seq(i64::MAX), limit, now)
}

/// Entries above `seq` for a node that missed events, without a check of rights: rooms deliver them to members only.
pub fn committed_after(conn: &mut Db, room: RoomId, seq: Seq, limit: i64) -> StoreResult<EntryPage> {
    let rows: Vec<EntryRow> = entries::table
        .filter(entries::room_id.eq(room))
        .filter(entries::seq.gt(seq))
        .order(entries::seq)
        .limit(limit)
        .select(COLUMNS)
        .load(conn)?;
    Ok(rows.into_iter().map(entry).collect())
}

/// Those that fit into a page.
fn bounded(rows: Vec<EntryRow>) -> impl Iterator<Item = EntryRow> {
    let mut bytes = 0;
    rows.into_iter().take_while(move |(_, _, _, _, _, body, data, ..)| {
        let fits = bytes < PAGE_BYTES;
        bytes += body.as_ref().map_or(0, String::len) + data.as_ref().map_or(0, String::len) + ENTRY_BYTES;
        fits
    })
}
