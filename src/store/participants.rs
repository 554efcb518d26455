//! People's parts in transactions. A participant with the messaging access is a member of the transaction's room.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;

use super::access::{self, FLAGS, FlagsRow, Participation, flags};
use super::schema::{accounts, invitations, participants, transactions};
use super::{Db, StoreResult, columns, members, participation_requests, rooms};
use crate::domain::{
    AccessChanges, AccessFlags, AccountId, AccountState, Code, EndedParts, Entry, InvitationState, MemberChange, Need,
    Participant, Role, Timestamp, TransactionId,
};

diesel::alias!(participants as theirs: Theirs);

pub struct ParticipantInsert {
    pub account: AccountId,
    pub role: Role,
    pub access: AccessFlags,
}

type ParticipantRow = ((AccountId, String, String, Role, Option<Timestamp>), FlagsRow);

columns! {
    PERSON = [
        participants::account_id,
        accounts::first_name,
        accounts::last_name,
        participants::role,
        accounts::email_verified_at,
    ];
}

fn participant(row: ParticipantRow) -> Participant {
    let ((account_id, first, last, role, proved_at), access) = row;
    Participant {
        account_id,
        name: format!("{first} {last}"),
        role,
        access: flags(access),
        address_proved: proved_at.is_some(),
        pending: false,
    }
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

pub(super) fn begin(
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
        participants::documents.eq(new.access.documents),
        participants::messaging.eq(new.access.messaging),
        participants::tasks.eq(new.access.tasks),
        participants::calendar.eq(new.access.calendar),
        participants::properties.eq(new.access.properties),
        participants::active.eq(true),
        participants::added_at.eq(now),
        participants::asked_at.eq(None::<Timestamp>),
        participants::asked_by.eq(None::<AccountId>),
        participants::removed_at.eq(None::<Timestamp>),
        participants::removed_by.eq(None::<AccountId>),
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
    let follow = Follow { messaging: new.access.messaging, change: MemberChange::Part, by };
    follow.through(conn, transaction, new.account, new.role, now)
}

/// Refuses `too_many_participants` where as many take part, took part or were asked as may. Whatever is told of all of them is so
/// bounded.
pub fn check_place(conn: &mut Db, of: &Participation) -> StoreResult<()> {
    check_room_for_one(conn, of.transaction())
}

pub(super) fn check_room_for_one(conn: &mut Db, transaction: TransactionId) -> StoreResult<()> {
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
        .set((
            participants::documents.eq(access.documents),
            participants::messaging.eq(access.messaging),
            participants::tasks.eq(access.tasks),
            participants::calendar.eq(access.calendar),
            participants::properties.eq(access.properties),
        ))
        .execute(conn)?;
    let follow = Follow { messaging: access.messaging, change: MemberChange::Messages, by: by.account() };
    let entry = follow.through(conn, transaction, account, participant.role, now)?;
    Ok((Participant { access, ..participant }, entry))
}

/// Whoever opened a transaction is its host while their account is open: no other broker, added later, can take it from them.
fn check_opener(conn: &mut Db, transaction: TransactionId, account: AccountId, by: AccountId) -> StoreResult<()> {
    if account == by {
        return Ok(());
    }
    let opener: Option<AccountId> = transactions::table
        .inner_join(accounts::table.on(accounts::id.eq(transactions::created_by)))
        .filter(transactions::id.eq(transaction))
        .filter(accounts::state.eq(AccountState::Active))
        .select(transactions::created_by)
        .first(conn)
        .optional()?;
    if opener == Some(account) { Err(Code::OpenerStays.into()) } else { Ok(()) }
}

/// Anybody leaves by themselves; brokers remove others. Refuses `participant_unknown`, `opener_stays`, and `last_broker`: somebody must
/// stay responsible. Who leaves is told to the room also if they had no part in its messages.
pub fn remove(conn: &mut Db, own: &Participation, account: AccountId, now: Timestamp) -> StoreResult<Option<Entry>> {
    let (transaction, by) = (own.transaction(), own.account());
    if account != by {
        own.check(Need::Broker)?;
    }
    // Under this lock two removals of the last two brokers cannot pass each other.
    rooms::lock(conn, transaction)?;
    let all = list(conn, own)?;
    let participant = all.iter().find(|p| p.account_id == account).ok_or(Code::ParticipantUnknown)?;
    check_opener(conn, transaction, account, by)?;
    let brokers = all.iter().filter(|p| p.role == Role::Broker).count();
    if participant.role == Role::Broker && brokers == 1 {
        return Err(Code::LastBroker.into());
    }
    diesel::update(participants::table.find((transaction, account)))
        .set((participants::active.eq(false), participants::removed_at.eq(now), participants::removed_by.eq(by)))
        .execute(conn)?;
    participation_requests::withdraw_those_of(conn, transaction, account)?;
    let follow = Follow { messaging: false, change: MemberChange::Part, by };
    match follow.through(conn, transaction, account, participant.role, now)? {
        Some(entry) => Ok(Some(entry)),
        None => members::publish_end(conn, transaction, account, participant.role, by, now),
    }
}

/// `None` if no part of this person has ended.
pub fn ended(conn: &mut Db, account: AccountId) -> StoreResult<Option<EndedParts>> {
    let of = participants::table
        .filter(participants::account_id.eq(account))
        .filter(participants::active.eq(false))
        .filter(participants::removed_at.is_not_null());
    let count: i64 = of.select(count_star()).first(conn)?;
    let last: Option<(Option<Timestamp>, Option<AccountId>)> = of
        .order(participants::removed_at.desc())
        .select((participants::removed_at, participants::removed_by))
        .first(conn)
        .optional()?;
    Ok(last.and_then(|(at, by)| Some(EndedParts { count, last_at: at?, left: by == Some(account) })))
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

pub fn find(conn: &mut Db, of: &Participation, account: AccountId) -> StoreResult<Option<Participant>> {
    let row: Option<ParticipantRow> = participants::table
        .inner_join(accounts::table.on(accounts::id.eq(participants::account_id)))
        .filter(participants::transaction_id.eq(of.transaction()))
        .filter(participants::account_id.eq(account))
        .filter(participants::active.eq(true))
        .select((PERSON, FLAGS))
        .first(conn)
        .optional()?;
    Ok(row.map(participant))
}

/// Those who answer for the transaction: whom an event about it is for.
pub fn brokers_of(conn: &mut Db, transaction: TransactionId) -> StoreResult<Vec<AccountId>> {
    Ok(participants::table
        .filter(participants::transaction_id.eq(transaction))
        .filter(participants::active.eq(true))
        .filter(participants::role.eq(Role::Broker))
        .select(participants::account_id)
        .load(conn)?)
}

/// Brokers first, then in the order in which they came.
pub fn list(conn: &mut Db, of: &Participation) -> StoreResult<Vec<Participant>> {
    Ok(list_many(conn, &[of])?.into_iter().map(|(_, participant)| participant).collect())
}

pub fn list_many(conn: &mut Db, of: &[&Participation]) -> StoreResult<Vec<(TransactionId, Participant)>> {
    let rows: Vec<(TransactionId, ParticipantRow)> = participants::table
        .inner_join(accounts::table.on(accounts::id.eq(participants::account_id)))
        .filter(participants::transaction_id.eq_any(of.iter().map(|own| own.transaction())))
        .filter(participants::active.eq(true))
        .order((participants::role, participants::added_at, participants::account_id))
        .select((participants::transaction_id, (PERSON, FLAGS)))
        .load(conn)?;
    Ok(rows.into_iter().map(|(transaction, row)| (transaction, participant(row))).collect())
}

/// Brokers who were asked to take part, in the order in which they were: of those transactions where the person acts as a broker.
pub fn asked(conn: &mut Db, of: &[&Participation]) -> StoreResult<Vec<(TransactionId, Participant)>> {
    let as_broker = of.iter().filter(|own| own.is_broker()).map(|own| own.transaction()).collect::<Vec<_>>();
    if as_broker.is_empty() { Ok(Vec::new()) } else { asked_about(conn, &as_broker) }
}

/// Whom an event about the transaction is for, beside those who take part.
pub fn asked_accounts(conn: &mut Db, of: &Participation) -> StoreResult<Vec<AccountId>> {
    Ok(asked_about(conn, &[of.transaction()])?.into_iter().map(|(_, asked)| asked.account_id).collect())
}

pub(super) fn asked_about(conn: &mut Db, of: &[TransactionId]) -> StoreResult<Vec<(TransactionId, Participant)>> {
    let rows: Vec<(TransactionId, ParticipantRow)> = participants::table
        .inner_join(accounts::table.on(accounts::id.eq(participants::account_id)))
        .filter(participants::transaction_id.eq_any(of.iter().copied()))
        .filter(participants::active.eq(false))
        .filter(participants::asked_at.is_not_null())
        .order((participants::asked_at, participants::account_id))
        .select((participants::transaction_id, (PERSON, FLAGS)))
        .load(conn)?;
    let pending = |row| Participant { role: Role::Broker, pending: true, ..participant(row) };
    Ok(rows.into_iter().map(|(transaction, row)| (transaction, pending(row))).collect())
}

/// A client of the broker: somebody who takes or took part as a client where the broker acts as one, or who accepted an
/// invitation of theirs.
pub struct ClientOf {
    pub account: AccountId,
    /// The transactions that the two share now, with their titles.
    pub transactions: Vec<(TransactionId, String)>,
    /// They accepted an invitation of this broker, who so was given their address and phone.
    pub accepted: bool,
}

/// Is this person one of [`clients_of`] the broker? Looks for one row, however many clients there are.
pub fn is_client_of(conn: &mut Db, client: AccountId, broker: AccountId) -> StoreResult<bool> {
    let of_client = theirs.field(participants::account_id).eq(client);
    let together = participants::table
        .inner_join(theirs.on(theirs.field(participants::transaction_id).eq(participants::transaction_id)))
        .filter(participants::account_id.eq(broker))
        .filter(participants::active.eq(true))
        .filter(participants::role.eq(Role::Broker))
        .filter(of_client.and(theirs.field(participants::role).eq(Role::Client)));
    let accepted = invitations::table
        .filter(invitations::broker_id.eq(broker))
        .filter(invitations::state.eq(InvitationState::Accepted))
        .filter(invitations::account_id.eq(client));
    Ok(diesel::select(exists(together).or(exists(accepted))).get_result(conn)?)
}

pub fn clients_of(conn: &mut Db, broker: AccountId) -> StoreResult<Vec<ClientOf>> {
    let mine = participants::table
        .filter(participants::account_id.eq(broker))
        .filter(participants::active.eq(true))
        .filter(participants::role.eq(Role::Broker))
        .select(participants::transaction_id)
        .load::<TransactionId>(conn)?;
    let parts: Vec<(AccountId, TransactionId, String, bool)> = participants::table
        .inner_join(transactions::table.on(transactions::id.eq(participants::transaction_id)))
        .filter(participants::transaction_id.eq_any(mine))
        .filter(participants::role.eq(Role::Client))
        .order((participants::account_id, participants::transaction_id))
        .select((participants::account_id, participants::transaction_id, transactions::title, participants::active))
        .load(conn)?;
    let accepted: Vec<Option<AccountId>> = invitations::table
        .filter(invitations::broker_id.eq(broker))
        .filter(invitations::state.eq(InvitationState::Accepted))
        .select(invitations::account_id)
        .load(conn)?;
    let mut clients: BTreeMap<AccountId, Vec<(TransactionId, String)>> = BTreeMap::new();
    for (account, transaction, title, active) in parts {
        let shared = clients.entry(account).or_default();
        if active {
            shared.push((transaction, title));
        }
    }
    let accepted: BTreeSet<AccountId> = accepted.into_iter().flatten().collect();
    for account in &accepted {
        clients.entry(*account).or_default();
    }
    let client = |(account, transactions)| ClientOf { account, transactions, accepted: accepted.contains(&account) };
    Ok(clients.into_iter().map(client).collect())
}
