//! Entries about a proved address, in all rooms of the person. The rooms are locked before the account, as everywhere.

use diesel::prelude::*;

use super::super::rooms::{SUBJECT, SubjectRow, subject};
use super::super::schema::{accounts, members, rooms};
use super::super::{Db, StoreError, StoreResult, log};
use super::who;
use crate::domain::{AccountId, Entry, EntryBody, MemberChange, Role, RoomId, RoomSubject, Timestamp, TransactionId};

/// Rooms whose locks this transaction holds.
pub struct LockedRooms(Vec<RoomId>);

/// Locks the rooms that [`publish_proved`] will write to, if this proves the address of the account, and the room of `also`, in the
/// order of their ids and before anything else.
pub fn lock_rooms_to_tell(
    conn: &mut Db,
    account: Option<AccountId>,
    also: Option<TransactionId>,
) -> StoreResult<LockedRooms> {
    let mut locked = match account {
        Some(account) if is_unproved(conn, account)? => {
            rooms_of(conn, account)?.into_iter().map(|(room, ..)| room).collect()
        }
        Some(_) | None => Vec::new(),
    };
    if let Some(transaction) = also {
        locked.extend(super::super::rooms::conversation(conn, transaction)?);
    }
    locked.sort_unstable();
    locked.dedup();
    for room in &locked {
        log::lock_room(conn, *room)?;
    }
    Ok(LockedRooms(locked))
}

/// Appends to each room of the account the entry that its address is proved. `Stale` if it joined another room since the rooms were
/// locked.
pub fn publish_proved(
    conn: &mut Db,
    account: AccountId,
    locked: &LockedRooms,
    now: Timestamp,
) -> StoreResult<Vec<(RoomSubject, Entry)>> {
    let mut entries = Vec::new();
    for (room, subject, role) in rooms_of(conn, account)? {
        if !locked.0.contains(&room) {
            return Err(StoreError::Stale);
        }
        let head = log::lock_room(conn, room)?;
        let member = who(conn, account, role, MemberChange::Address)?;
        let entry = log::append(conn, head, Some(account), EntryBody::MemberAdded(member), true, now)?;
        entries.push((subject, entry));
    }
    Ok(entries)
}

fn is_unproved(conn: &mut Db, account: AccountId) -> StoreResult<bool> {
    let unproved = accounts::table.filter(accounts::id.eq(account)).filter(accounts::email_verified_at.is_null());
    Ok(unproved.select(accounts::id).first::<AccountId>(conn).optional()?.is_some())
}

/// In the order of their ids.
fn rooms_of(conn: &mut Db, account: AccountId) -> StoreResult<Vec<(RoomId, RoomSubject, Role)>> {
    let rows: Vec<(RoomId, SubjectRow, Role)> = members::table
        .inner_join(rooms::table.on(rooms::id.eq(members::room_id)))
        .filter(members::account_id.eq(account))
        .filter(members::active.eq(true))
        .order(members::room_id)
        .select((members::room_id, SUBJECT, members::role))
        .load(conn)?;
    rows.into_iter().map(|(room, about, role)| Ok((room, subject(about)?, role))).collect()
}
