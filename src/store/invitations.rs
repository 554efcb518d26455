//! Invitations; the links that open them are in [`links`].

mod delivery;
mod links;
mod row;

pub use delivery::record_mail;
pub use links::{add_link, find_by_link, kill_link, kill_links};

use diesel::dsl::count_star;
use diesel::prelude::*;

use self::row::{InvitationRow, with_mails};
use super::schema::invitations;
use super::{Db, StoreError, StoreResult, on, search};
use crate::domain::text::SearchWords;
use crate::domain::{
    AccessFlags, AccountId, Code, EmailAddress, Invitation, InvitationId, InvitationState, Language, MailId, NewChange,
    Origin, Refusal, Timestamp, Topic, TransactionId, TransactionKind,
};

/// The fields of the broker's form.
#[derive(Debug, Clone, PartialEq, Insertable, AsChangeset)]
#[diesel(table_name = invitations, treat_none_as_null = true)]
pub struct Draft {
    pub first_name: String,
    pub last_name: String,
    pub email: EmailAddress,
    pub phone: Option<String>,
    pub project_type: TransactionKind,
    pub message: Option<String>,
    pub language: Language,
    #[diesel(column_name = transaction_id)]
    pub transaction: Option<TransactionId>,
    #[diesel(serialize_as = i32)]
    pub access: AccessFlags,
}

pub fn draft_of(invitation: &Invitation) -> Draft {
    Draft {
        first_name: invitation.first_name.clone(),
        last_name: invitation.last_name.clone(),
        email: invitation.email.clone(),
        phone: invitation.phone.clone(),
        project_type: invitation.project_type,
        message: invitation.message.clone(),
        language: invitation.language,
        transaction: invitation.transaction,
        access: invitation.access,
    }
}

/// Refuses `invitation_pending` while another invitation of this broker to this address is pending; expired ones [`give_way`] before.
pub fn insert(
    conn: &mut Db,
    broker: AccountId,
    draft: &Draft,
    now: Timestamp,
    expires_at: Timestamp,
) -> StoreResult<InvitationId> {
    check_free(conn, broker, &draft.email, None)?;
    let id = diesel::insert_into(invitations::table)
        .values((
            draft.clone(),
            invitations::broker_id.eq(broker),
            invitations::state.eq(InvitationState::Pending),
            invitations::sent_by.eq(broker),
            invitations::created_at.eq(now),
            invitations::sent_at.eq(now),
            invitations::expires_at.eq(expires_at),
        ))
        .returning(invitations::id)
        .get_result(conn);
    let id = pending_if_taken(id)?;
    search::key_invitation(conn, id)?;
    Ok(id)
}

/// Writes the form's fields; refuses as [`insert`] does.
pub fn update(conn: &mut Db, id: InvitationId, broker: AccountId, draft: &Draft) -> StoreResult<()> {
    check_free(conn, broker, &draft.email, Some(id))?;
    pending_if_taken(diesel::update(invitations::table.find(id)).set(draft.clone()).execute(conn))?;
    search::key_invitation(conn, id)
}

/// Cancels expired invitations to this address, all but the one that is `kept`: they would stand in the way of a live one. Returns
/// them.
pub fn give_way(
    conn: &mut Db,
    broker: AccountId,
    email: &EmailAddress,
    kept: Option<InvitationId>,
    now: Timestamp,
) -> StoreResult<Vec<InvitationId>> {
    let cancelled = diesel::update(
        invitations::table
            .filter(invitations::broker_id.eq(broker))
            .filter(invitations::email.eq_any(email.spellings()))
            .filter(invitations::state.eq(InvitationState::Pending))
            .filter(invitations::expires_at.le(now))
            .filter(invitations::id.ne(kept.unwrap_or(InvitationId(0)))),
    )
    .set((invitations::state.eq(InvitationState::Cancelled), invitations::cancelled_at.eq(now)))
    .returning(invitations::id);
    Ok(on!(conn, c => cancelled.get_results(c))?)
}

/// Refuses `invitation_pending` with the id of the pending one. Of two at once the unique index refuses one, without the id of the
/// other; and the index does not know that earlier versions stored two spellings of one address.
fn check_free(conn: &mut Db, broker: AccountId, email: &EmailAddress, kept: Option<InvitationId>) -> StoreResult<()> {
    let taken: Option<InvitationId> = invitations::table
        .filter(invitations::broker_id.eq(broker))
        .filter(invitations::email.eq_any(email.spellings()))
        .filter(invitations::state.eq(InvitationState::Pending))
        .filter(invitations::id.ne(kept.unwrap_or(InvitationId(0))))
        .select(invitations::id)
        .first(conn)
        .optional()?;
    match taken {
        None => Ok(()),
        taken => Err(StoreError::Refused(Refusal { invitation: taken, ..Code::InvitationPending.into() })),
    }
}

fn pending_if_taken<T>(result: QueryResult<T>) -> StoreResult<T> {
    use diesel::result::{DatabaseErrorKind, Error};
    match result {
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(Code::InvitationPending.into()),
        other => Ok(other?),
    }
}

/// Notes that it was sent now, by this mail.
pub fn note_sent(
    conn: &mut Db,
    id: InvitationId,
    mail: Option<MailId>,
    by: AccountId,
    now: Timestamp,
    expires_at: Timestamp,
) -> StoreResult<()> {
    diesel::update(invitations::table.find(id))
        .set((
            invitations::mail_id.eq(mail),
            invitations::sent_by.eq(by),
            invitations::sent_at.eq(now),
            invitations::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Forgets the mail, because the address changed and nothing was sent to the new one.
pub fn forget_mail(conn: &mut Db, id: InvitationId) -> StoreResult<()> {
    diesel::update(invitations::table.find(id)).set(invitations::mail_id.eq(None::<MailId>)).execute(conn)?;
    Ok(())
}

/// Extends the time. Links and the state of the mail stay.
pub fn extend(conn: &mut Db, id: InvitationId, expires_at: Timestamp) -> StoreResult<()> {
    diesel::update(invitations::table.find(id)).set(invitations::expires_at.eq(expires_at)).execute(conn)?;
    Ok(())
}

pub fn mail_of(conn: &mut Db, id: InvitationId) -> StoreResult<Option<MailId>> {
    Ok(invitations::table.find(id).select(invitations::mail_id).first::<Option<MailId>>(conn).optional()?.flatten())
}

/// Notes the account that accepted and where from.
pub fn note_accepted(
    conn: &mut Db,
    id: InvitationId,
    account: AccountId,
    transaction: TransactionId,
    origin: &Origin,
    now: Timestamp,
) -> StoreResult<()> {
    diesel::update(invitations::table.find(id))
        .set((
            invitations::account_id.eq(account),
            invitations::transaction_id.eq(transaction),
            invitations::accepted_ip.eq(origin.ip.map(|ip| ip.to_string())),
            invitations::accepted_user_agent.eq(&origin.user_agent),
            invitations::accepted_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes the account from the invitations that it accepted, because somebody other than its owner accepted them: no broker knows the
/// owner by one. Returns the changes for those brokers.
pub fn disown(conn: &mut Db, account: AccountId) -> StoreResult<Vec<NewChange>> {
    let disowned = diesel::update(invitations::table.filter(invitations::account_id.eq(account)))
        .set(invitations::account_id.eq(None::<AccountId>))
        .returning((invitations::broker_id, invitations::id));
    let of_brokers: Vec<(AccountId, InvitationId)> = on!(conn, c => disowned.get_results(c))?;
    let change = |(account, InvitationId(id))| NewChange { account, topic: Topic::Invitation, id };
    Ok(of_brokers.into_iter().map(change).collect())
}

/// Takes the invitation out of `pending`: of many requests at once one gets `true`. `Stale` if the broker has changed its address
/// or its transaction since it was `seen`.
pub fn accept(conn: &mut Db, seen: &Invitation) -> StoreResult<bool> {
    if !leave_pending(conn, seen.id, InvitationState::Accepted)? {
        return Ok(false);
    }
    let stands: (EmailAddress, Option<TransactionId>) =
        invitations::table.find(seen.id).select((invitations::email, invitations::transaction_id)).first(conn)?;
    if stands == (seen.email.clone(), seen.transaction) { Ok(true) } else { Err(StoreError::Stale) }
}

/// Takes the invitation out of `pending`, once: of many requests at once one gets `true`.
pub fn leave_pending(conn: &mut Db, id: InvitationId, state: InvitationState) -> StoreResult<bool> {
    let changed = diesel::update(
        invitations::table.filter(invitations::id.eq(id)).filter(invitations::state.eq(InvitationState::Pending)),
    )
    .set(invitations::state.eq(state))
    .execute(conn)?;
    Ok(changed > 0)
}

pub fn note_cancelled(conn: &mut Db, id: InvitationId, now: Timestamp) -> StoreResult<()> {
    diesel::update(invitations::table.find(id)).set(invitations::cancelled_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Locks the broker's own invitation until the end of the transaction: before its links and its mail, and after the room.
pub fn lock(conn: &mut Db, id: InvitationId, broker: AccountId) -> StoreResult<()> {
    if let Db::Postgres(pg) = conn {
        let own = invitations::table.filter(invitations::id.eq(id)).filter(invitations::broker_id.eq(broker));
        own.select(invitations::id).for_update().first::<InvitationId>(pg).optional()?;
    }
    Ok(())
}

/// The broker's own invitation; another's does not exist for them.
pub fn find_for(conn: &mut Db, id: InvitationId, broker: AccountId) -> StoreResult<Option<Invitation>> {
    let found: Option<InvitationRow> = with_mails()
        .filter(invitations::id.eq(id))
        .filter(invitations::broker_id.eq(broker))
        .select(InvitationRow::as_select())
        .first(conn)
        .optional()?;
    Ok(found.map(Invitation::from))
}

#[derive(Debug, Clone, Default)]
pub struct InvitationFilter {
    pub state: Option<InvitationState>,
    pub project_type: Option<TransactionKind>,
    /// Words that must each stand in a name or in the address.
    pub words: SearchWords,
    pub before: Option<InvitationId>,
    pub limit: i64,
}

/// Newest first.
pub fn list_for(
    conn: &mut Db,
    broker: AccountId,
    filter: &InvitationFilter,
    now: Timestamp,
) -> StoreResult<Vec<Invitation>> {
    let mut query = with_mails()
        .filter(invitations::broker_id.eq(broker))
        .order(invitations::id.desc())
        .limit(filter.limit)
        .select(InvitationRow::as_select())
        .into_boxed();
    match filter.state {
        Some(InvitationState::Pending) => {
            query =
                query.filter(invitations::state.eq(InvitationState::Pending)).filter(invitations::expires_at.gt(now));
        }
        Some(InvitationState::Expired) => {
            query =
                query.filter(invitations::state.eq(InvitationState::Pending)).filter(invitations::expires_at.le(now));
        }
        Some(state) => query = query.filter(invitations::state.eq(state)),
        None => {}
    }
    if let Some(kind) = filter.project_type {
        query = query.filter(invitations::project_type.eq(kind));
    }
    if let Some(before) = filter.before {
        query = query.filter(invitations::id.lt(before));
    }
    for word in filter.words.iter().map(search::pattern) {
        query = query.filter(invitations::search_key.like(word).escape('\\'));
    }
    let rows: Vec<InvitationRow> = query.load(conn)?;
    Ok(rows.into_iter().map(Invitation::from).collect())
}

/// How many of the broker's invitations stand in each state now.
pub fn counts_for(conn: &mut Db, broker: AccountId, now: Timestamp) -> StoreResult<Vec<(InvitationState, i64)>> {
    let mut counts: Vec<(InvitationState, i64)> = invitations::table
        .filter(invitations::broker_id.eq(broker))
        .group_by(invitations::state)
        .select((invitations::state, count_star()))
        .load(conn)?;
    let expired: i64 = invitations::table
        .filter(invitations::broker_id.eq(broker))
        .filter(invitations::state.eq(InvitationState::Pending))
        .filter(invitations::expires_at.le(now))
        .select(count_star())
        .first(conn)?;
    for (state, count) in &mut counts {
        if *state == InvitationState::Pending {
            *count -= expired;
        }
    }
    counts.push((InvitationState::Expired, expired));
    Ok(counts)
}
