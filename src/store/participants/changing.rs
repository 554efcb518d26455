//! How parts begin, change and end. A participant with the messaging access is a member of the transaction's room.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::{find, people};
use crate::domain::{
    AccessChanges, AccessFlags, AccountId, AccountState, Code, Entry, MemberChange, Need, Participant, Role, Timestamp,
    TransactionId,
};
use crate::store::access::{self, Participation};
use crate::store::schema::{self, participants, transactions};
use crate::store::{Db, StoreResult, accounts, clients, members, participation_requests, rooms};

pub struct ParticipantInsert {
    pub account: AccountId,
    pub role: Role,
    pub access: AccessFlags,
}

/// The part of the broker who opens the transaction, and the proof of it.
pub fn add_opener(
    conn: &mut Db,
    transaction: TransactionId,
    opener: AccountId,
    now: Timestamp,
) -> StoreResult<(Participation, Option<Entry>)> {
    let new = ParticipantInsert { account: opener, role: Role::Broker, access: AccessFlags::default() };
    let entry = begin(conn, transaction, &new, opener, now)?;
    Ok((access::find(conn, transaction, opener, Need::Broker)?, entry))
}

/// A broker brings somebody in, with no more access than they can give. Refuses `participant_exists`, and `too_many_participants`. The
/// entry is what the room's log says of it, if it changed the room.
pub fn add(conn: &mut Db, by: &Participation, new: &ParticipantInsert, now: Timestamp) -> StoreResult<Option<Entry>> {
    by.check(Need::Broker)?;
    let new = ParticipantInsert { access: new.access.within(by.grantable()), ..*new };
    begin(conn, by.transaction(), &new, by.account(), now)
}

pub(in crate::store) fn begin(
    conn: &mut Db,
    transaction: TransactionId,
    new: &ParticipantInsert,
    by: AccountId,
    now: Timestamp,
) -> StoreResult<Option<Entry>> {
    rooms::lock(conn, transaction)?;
    let active: Option<bool> =
        participants::table.find((transaction, new.account)).select(participants::active).first(conn).optional()?;
    let access = (
        participants::role.eq(new.role),
        participants::access.eq(new.access.bits()),
        participants::active.eq(true),
        participants::added_at.eq(now),
        participants::asked_at.eq(None::<Timestamp>),
        participants::asked_by.eq(None::<AccountId>),
        participants::removed_at.eq(None::<Timestamp>),
        participants::removed_by.eq(None::<AccountId>),
        participants::suspended_by.eq(None::<AccountId>),
    );
    match active {
        Some(true) => return Err(Code::ParticipantExists.into()),
        Some(false) => {
            diesel::update(participants::table.find((transaction, new.account))).set(access).execute(conn)?;
        }
        None => {
            check_room_for_one(conn, transaction)?;
            let ids = (participants::transaction_id.eq(transaction), participants::account_id.eq(new.account));
            diesel::insert_into(participants::table).values((ids, access)).execute(conn)?;
        }
    }
    if new.role == Role::Client {
        accounts::lock(conn, new.account)?;
    }
    clients::follow_part(conn, transaction, new.account, now)?;
    let follow = Follow { messaging: new.access.messaging, change: MemberChange::Part, by };
    follow.through(conn, transaction, new.account, new.role, now)
}

/// Refuses `too_many_participants` where as many take part, took part or were asked as may. Whatever is told of all of them is so
/// bounded.
pub fn check_place(conn: &mut Db, of: &Participation) -> StoreResult<()> {
    check_room_for_one(conn, of.transaction())
}

pub(in crate::store) fn check_room_for_one(conn: &mut Db, transaction: TransactionId) -> StoreResult<()> {
    let all: i64 =
        participants::table.filter(participants::transaction_id.eq(transaction)).select(count_star()).first(conn)?;
    if all < Participant::MOST { Ok(()) } else { Err(Code::TooManyParticipants.into()) }
}

/// The participant as they are then. Refuses `participant_unknown`, `opener_stays`, and `forbidden` to a broker who would give what
/// they do not have.
pub fn set_access(
    conn: &mut Db,
    by: &Participation,
    account: AccountId,
    changes: AccessChanges,
    now: Timestamp,
) -> StoreResult<(Participant, Option<Entry>)> {
    by.check(Need::Broker)?;
    let transaction = by.transaction();
    rooms::lock(conn, transaction)?;
    let participant = find(conn, by, account)?.ok_or(Code::ParticipantUnknown)?;
    let access = participant.access.changed(changes);
    check_opener(conn, transaction, account, by.account())?;
    if access.exceeds(participant.access, by.grantable()) {
        return Err(Code::Forbidden.into());
    }
    diesel::update(participants::table.find((transaction, account)))
        .set(participants::access.eq(access.bits()))
        .execute(conn)?;
    let follow = Follow { messaging: access.messaging, change: MemberChange::Messages, by: by.account() };
    let entry = follow.through(conn, transaction, account, participant.role, now)?;
    Ok((Participant { access, ..participant }, entry))
}

/// The person who opened a transaction is its host while their account is open: no other broker, added later, can take it from them.
fn check_opener(conn: &mut Db, transaction: TransactionId, account: AccountId, by: AccountId) -> StoreResult<()> {
    if account == by {
        return Ok(());
    }
    let opener: Option<AccountId> = transactions::table
        .inner_join(schema::accounts::table.on(schema::accounts::id.eq(transactions::created_by)))
        .filter(transactions::id.eq(transaction))
        .filter(schema::accounts::state.eq(AccountState::Active))
        .select(transactions::created_by)
        .first(conn)
        .optional()?;
    if opener == Some(account) { Err(Code::OpenerStays.into()) } else { Ok(()) }
}

/// Anybody leaves by themselves; brokers remove others. Refuses `participant_unknown`, `opener_stays`, and `last_broker`: somebody must
/// stay responsible. The room is told of the end also if the person had no part in its messages.
pub fn remove(conn: &mut Db, own: &Participation, account: AccountId, now: Timestamp) -> StoreResult<Option<Entry>> {
    let (transaction, by) = (own.transaction(), own.account());
    if account != by {
        own.check(Need::Broker)?;
    }
    // Under this lock two removals of the last two brokers cannot pass each other.
    rooms::lock(conn, transaction)?;
    let all = people(conn, own)?.participants;
    let participant = all.iter().find(|p| p.account_id == account).ok_or(Code::ParticipantUnknown)?;
    check_opener(conn, transaction, account, by)?;
    let brokers = all.iter().filter(|p| p.role == Role::Broker).count();
    if participant.role == Role::Broker && brokers == 1 {
        return Err(Code::LastBroker.into());
    }
    diesel::update(participants::table.find((transaction, account)))
        .set((
            participants::active.eq(false),
            participants::removed_at.eq(now),
            participants::removed_by.eq(by),
            participants::suspended_by.eq(None::<AccountId>),
        ))
        .execute(conn)?;
    participation_requests::withdraw_those_of(conn, transaction, account)?;
    let follow = Follow { messaging: false, change: MemberChange::Part, by };
    match follow.through(conn, transaction, account, participant.role, now)? {
        Some(entry) => Ok(Some(entry)),
        None => members::publish_end(conn, transaction, account, participant.role, by, now),
    }
}

/// The messaging access and the membership of the room are one.
struct Follow {
    messaging: bool,
    change: MemberChange,
    by: AccountId,
}

impl Follow {
    fn through(
        &self,
        conn: &mut Db,
        transaction: TransactionId,
        account: AccountId,
        role: Role,
        now: Timestamp,
    ) -> StoreResult<Option<Entry>> {
        let Some(room) = rooms::conversation(conn, transaction)? else {
            return Ok(None);
        };
        if self.messaging {
            members::add(conn, room, account, role, self.change, Some(self.by), now)
        } else {
            members::remove(conn, room, account, self.change, self.by, now)
        }
    }
}
