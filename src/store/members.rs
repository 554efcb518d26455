//! The members of a room; [`proofs`] has the entries about proved addresses. A change writes an entry to the room's log and raises
//! `acl_version`, in one transaction.

mod proofs;

pub use proofs::{LockedRooms, lock_rooms_to_tell, publish_proved};

use diesel::dsl::{max, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::names::PersonRow;
use super::rooms::{SUBJECT, SubjectRow, subject};
use super::schema::{accounts, members, rooms, sessions};
use super::{Db, StoreResult, log};
use crate::domain::{
    AccountId, Code, Entry, EntryBody, MemberChange, MemberEntry, Role, RoomId, RoomSubject, Seq, SessionId, Timestamp,
    TransactionId,
};

/// Unread messages are counted up to this number: more digits help nobody, and a long absence must not make the count expensive.
pub const MAX_UNREAD: i64 = 1000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub account: AccountId,
    pub name: String,
    pub role: Role,
    pub active: bool,
    pub address_proved: bool,
    /// `None` until the person marked something read.
    pub read: Option<Seq>,
    pub last_seen: Option<Timestamp>,
    /// When the name was last changed; of two names the later one counts.
    pub named_at: Option<Timestamp>,
}

/// The state of a room that a node needs to serve it. The members are at least as new as `acl_version`.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub subject: RoomSubject,
    pub head: Seq,
    pub acl_version: i64,
    pub members: Vec<Member>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = members)]
struct MemberRow {
    account_id: AccountId,
    role: Role,
    active: bool,
    read_seq: Seq,
    joined_seq: Option<Seq>,
    #[diesel(select_expression = accounts::renamed_at, select_expression_type = accounts::renamed_at)]
    named_at: Option<Timestamp>,
    #[diesel(embed)]
    person: PersonRow,
}

/// The columns of a room and of the member's own row.
type MembershipRow = (SubjectRow, Seq, i64, Seq, Option<Seq>);

/// One member's part in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    pub subject: RoomSubject,
    pub room: RoomId,
    pub head: Seq,
    pub acl_version: i64,
    /// `None` until the person marked something read.
    pub read: Option<Seq>,
    /// The head when the person joined: messages up to it are not unread.
    pub joined: Seq,
    pub unread: i64,
}

impl Membership {
    /// Messages above it are unread.
    pub fn position(&self) -> Seq {
        self.read.unwrap_or(self.joined)
    }
}

/// Turns the columns `read_seq` and `joined_seq` into the read position of the API. `read_seq` begins at the head, and unread
/// messages are counted above it: it means that the person read something only if it has moved since. A node of the previous
/// version wrote a row without `joined_seq`; there the answer is unknown.
pub(super) fn positions(read_seq: Seq, joined_seq: Option<Seq>) -> (Option<Seq>, Seq) {
    match joined_seq {
        Some(joined) if read_seq > joined => (Some(read_seq), joined),
        Some(_) | None => (None, read_seq),
    }
}

/// Makes the account a member and appends the entry; `None` if it is a member already.
pub fn add(
    conn: &mut Db,
    room: RoomId,
    account: AccountId,
    role: Role,
    change: MemberChange,
    by: Option<AccountId>,
    now: Timestamp,
) -> StoreResult<Option<Entry>> {
    let head = log::lock_room(conn, room)?;
    let active: Option<bool> = members::table.find((room, account)).select(members::active).first(conn).optional()?;
    match active {
        Some(true) => return Ok(None),
        Some(false) => {
            diesel::update(members::table.find((room, account)))
                .set((members::active.eq(true), members::role.eq(role)))
                .execute(conn)?;
        }
        None => {
            diesel::insert_into(members::table)
                .values((
                    members::room_id.eq(room),
                    members::account_id.eq(account),
                    members::role.eq(role),
                    members::active.eq(true),
                    // Messages from before the person joined are neither unread nor read.
                    members::read_seq.eq(head.seq),
                    members::joined_seq.eq(head.seq),
                ))
                .execute(conn)?;
        }
    }
    let member = who(conn, account, role, change)?;
    log::append(conn, head, by, EntryBody::MemberAdded(member), true, now).map(Some)
}

/// Ends the membership and appends the entry; `None` if there is none.
pub fn remove(
    conn: &mut Db,
    room: RoomId,
    account: AccountId,
    change: MemberChange,
    by: AccountId,
    now: Timestamp,
) -> StoreResult<Option<Entry>> {
    let head = log::lock_room(conn, room)?;
    let role: Option<Role> = members::table
        .find((room, account))
        .filter(members::active.eq(true))
        .select(members::role)
        .first(conn)
        .optional()?;
    let Some(role) = role else {
        return Ok(None);
    };
    diesel::update(members::table.find((room, account))).set(members::active.eq(false)).execute(conn)?;
    let member = who(conn, account, role, change)?;
    log::append(conn, head, Some(by), EntryBody::MemberRemoved(member), true, now).map(Some)
}

/// Appends the entry that a person who is not a member has left the transaction.
pub fn publish_end(
    conn: &mut Db,
    transaction: TransactionId,
    account: AccountId,
    role: Role,
    by: AccountId,
    now: Timestamp,
) -> StoreResult<Option<Entry>> {
    let Some(room) = super::rooms::conversation(conn, transaction)? else {
        return Ok(None);
    };
    let head = log::lock_room(conn, room)?;
    let member = who(conn, account, role, MemberChange::Part)?;
    log::append(conn, head, Some(by), EntryBody::MemberRemoved(member), false, now).map(Some)
}

fn who(conn: &mut Db, account: AccountId, role: Role, what: MemberChange) -> StoreResult<MemberEntry> {
    let person: PersonRow = accounts::table.find(account).select(PersonRow::as_select()).first(conn)?;
    Ok(MemberEntry {
        account,
        name: person.name(),
        role,
        address_proved: Some(person.address_proved()),
        what: Some(what),
        more: Default::default(),
    })
}

/// `None` if there is no such room.
pub fn snapshot(conn: &mut Db, room: RoomId) -> StoreResult<Option<Snapshot>> {
    // The version is read first: members that are read later can only be newer, which is safe.
    let found: Option<(SubjectRow, Seq, i64)> =
        rooms::table.find(room).select((SUBJECT, rooms::last_seq, rooms::acl_version)).first(conn).optional()?;
    let Some((about, head, acl_version)) = found else {
        return Ok(None);
    };
    let rows: Vec<MemberRow> = members::table
        .inner_join(accounts::table.on(accounts::id.eq(members::account_id)))
        .filter(members::room_id.eq(room))
        .order(members::account_id)
        .select(MemberRow::as_select())
        .load(conn)?;
    let seen = last_seen(conn, room)?;
    let members = rows
        .into_iter()
        .map(|row| Member {
            account: row.account_id,
            name: row.person.name(),
            role: row.role,
            active: row.active,
            address_proved: row.person.address_proved(),
            read: positions(row.read_seq, row.joined_seq).0,
            // A removed person has no presence.
            last_seen: seen.iter().find(|(a, _)| row.active && *a == row.account_id).and_then(|(_, at)| *at),
            named_at: row.named_at,
        })
        .collect();
    Ok(Some(Snapshot { subject: subject(about)?, head, acl_version, members }))
}

fn last_seen(conn: &mut Db, room: RoomId) -> StoreResult<Vec<(AccountId, Option<Timestamp>)>> {
    let of_room = members::table.filter(members::room_id.eq(room)).select(members::account_id);
    let rows: Vec<(AccountId, Option<i64>)> = sessions::table
        .filter(sessions::account_id.eq_any(of_room))
        .group_by(sessions::account_id)
        .select((sessions::account_id, max(sessions::last_seen_at)))
        .load(conn)?;
    Ok(rows.into_iter().map(|(account, at)| (account, at.map(Timestamp))).collect())
}

/// Refuses `session_ended` if the session has ended, and otherwise `room_unknown`, whether the room does not exist or the account is
/// not a member.
pub fn membership(
    conn: &mut Db,
    room: RoomId,
    account: AccountId,
    session: SessionId,
    now: Timestamp,
) -> StoreResult<Membership> {
    let here =
        members::room_id.eq(room).and(members::account_id.eq(sessions::account_id)).and(members::active.eq(true));
    let own = (SUBJECT, rooms::last_seq, rooms::acl_version, members::read_seq, members::joined_seq);
    let found: Option<(Option<MembershipRow>, i64)> = sessions::table
        .left_join(members::table.on(here))
        .left_join(rooms::table.on(rooms::id.nullable().eq(members::room_id.nullable())))
        .filter(sessions::id.eq(session))
        .filter(sessions::account_id.eq(account))
        .filter(sessions::expires_at.gt(now))
        .select((own.nullable(), counted_unread()))
        .first(conn)
        .optional()?;
    // The client drops its unsent messages when the room is unknown; when the session has ended it signs in again and keeps them.
    let (own, unread) = found.ok_or(Code::SessionEnded)?;
    let (about, head, acl_version, read, joined) = own.ok_or(Code::RoomUnknown)?;
    let (read, joined) = positions(read, joined);
    Ok(Membership { subject: subject(about)?, room, head, acl_version, read, joined, unread })
}

/// Counts messages of others above the read position and up to the head, at most [`MAX_UNREAD`]: a column of a query that reads
/// `members` beside `rooms`, so that the count fits the head beside it.
pub(super) fn counted_unread() -> SqlLiteral<BigInt> {
    sql(&format!(
        "(SELECT count(*) FROM (SELECT 1 FROM entries AS missed WHERE missed.room_id = rooms.id \
         AND missed.seq > members.read_seq AND missed.seq <= rooms.last_seq AND missed.kind = 'message' \
         AND missed.author_id <> members.account_id LIMIT {MAX_UNREAD}) AS unread)"
    ))
}

/// The read position and the unread count of each of these members. Accounts that are not members are left out.
pub fn unread_of(conn: &mut Db, room: RoomId, accounts: &[AccountId]) -> StoreResult<Vec<(AccountId, Seq, i64)>> {
    let rows: Vec<(AccountId, Seq, Option<Seq>, i64)> = members::table
        .inner_join(rooms::table.on(rooms::id.eq(members::room_id)))
        .filter(members::room_id.eq(room))
        .filter(members::account_id.eq_any(accounts))
        .filter(members::active.eq(true))
        .select((members::account_id, members::read_seq, members::joined_seq, counted_unread()))
        .load(conn)?;
    let have_read = |(account, read, joined, unread)| Some((account, positions(read, joined).0?, unread));
    Ok(rows.into_iter().filter_map(have_read).collect())
}

/// Moves the read position forward, never back, never past the head; the flag says whether it moved. Refuses as
/// [`membership`] does.
pub fn mark_read(
    conn: &mut Db,
    room: RoomId,
    account: AccountId,
    session: SessionId,
    seq: Seq,
    now: Timestamp,
) -> StoreResult<(Membership, bool)> {
    let seen = membership(conn, room, account, session, now)?;
    let target = seq.min(seen.head);
    if target <= seen.position() {
        return Ok((seen, false));
    }
    let moved = diesel::update(members::table.find((room, account)).filter(members::read_seq.lt(target)))
        .set((members::read_seq.eq(target), members::joined_seq.eq(seen.joined)))
        .execute(conn)?
        > 0;
    // Another device may have moved it meanwhile, so the answer is the stored position.
    Ok((membership(conn, room, account, session, now)?, moved))
}
