//! The one transaction in which an invited person accepts.

use super::{Guest, NewGuest};
use crate::adapters::texts::Texts;
use crate::app::new_passwords::close_other_ways;
use crate::domain::{
    Account, AccountId, AccountState, Code, EndReason, Entry, Invitation, MessageBody, Need, NewChange, Nonce, Origin,
    Refusal, Role, RoomSubject, SessionId, Timestamp, TokenHash, Topic, TransactionDetails, TransactionId,
};
use crate::store::access::Participation;
use crate::store::accounts::ProfileChanges;
use crate::store::members::LockedRooms;
use crate::store::{
    Db, StoreError, StoreResult, access, accounts, clients, invitations, log, members, names, participants, rooms,
    sessions,
};

pub(super) struct CameIn {
    pub account: AccountId,
    pub session: SessionId,
    pub transaction: TransactionId,
    /// The account belonged to somebody else until now, and its sessions have ended.
    pub claimed: bool,
    pub renamed: bool,
    /// The entries for the rooms.
    pub entries: Vec<(RoomSubject, Entry)>,
    /// The changes for people, recorded at the end of the transaction.
    pub changes: Vec<NewChange>,
}

/// The invitation behind a link, if it can be used now, and whether the link came by mail.
pub(super) fn usable(conn: &mut Db, token: &TokenHash, now: Timestamp) -> StoreResult<(Invitation, bool)> {
    let (invitation, link_active, by_mail) = invitations::find_by_link(conn, token)?.ok_or(Code::InvitationUnknown)?;
    invitation.check_usable(now)?;
    if !link_active {
        // The invitation was sent again: this link is dead, and a newer one is on its way.
        return Err(Code::InvitationCancelled.into());
    }
    Ok((invitation, by_mail))
}

/// An invitation may do no more than its inviter may do now.
pub(super) fn inviter(conn: &mut Db, invitation: &Invitation) -> StoreResult<Account> {
    let broker = accounts::find(conn, invitation.broker)?.ok_or(Code::InvitationCancelled)?;
    let may_invite = broker.state == AccountState::Active && broker.role == Role::Broker;
    let takes_part = match invitation.transaction {
        Some(transaction) => access::part(conn, transaction, broker.id)?.is_some_and(|own| own.is_broker()),
        None => true,
    };
    if may_invite && takes_part { Ok(broker) } else { Err(Code::InvitationCancelled.into()) }
}

pub(super) fn come_in(
    conn: &mut Db,
    texts: &Texts,
    token: &TokenHash,
    guest: &Guest,
    session_token: &TokenHash,
    origin: &Origin,
    now: Timestamp,
) -> StoreResult<CameIn> {
    let (invitation, by_mail) = usable(conn, token, now)?;
    let rooms = lock_rooms(conn, guest, &invitation, by_mail)?;
    // Of many requests at once, on all nodes, one passes here.
    if !invitations::accept(conn, &invitation)? {
        return Err(Code::InvitationUsed.into());
    }
    invitations::kill_links(conn, invitation.id)?;
    let broker = inviter(conn, &invitation)?;
    let (mut entries, mut changes) = (Vec::new(), Vec::new());
    // A person who used the mailed link reads that mailbox; a link that the broker handed over proves nothing.
    let mut renamed = false;
    let (account, proves) = match guest {
        Guest::Known(proved) => {
            let account = proved.account.id;
            // This locks the account's row: after the rooms, and before the records of the person.
            if !accounts::note_proved_login(conn, account, &proved.hash, None, now)? {
                return Err(Refusal::field(Code::PasswordWrong, "password").into());
            }
            (account, by_mail && accounts::prove_address(conn, account, now)?)
        }
        Guest::New(new) => (make_account(conn, &invitation, new, by_mail, now)?, false),
        Guest::Owner(owner) => {
            let claimed = claim(conn, &invitation, owner, now)?;
            renamed = claimed.renamed;
            changes.extend(claimed.disowned);
            (claimed.account, true)
        }
    };
    if proves {
        entries.extend(members::publish_proved(conn, account, &rooms, now)?);
    }
    // Before the part, which would make a record of its own.
    let record = clients::come_in(conn, &invitation, account, now)?;
    clients::check_record(conn, record).map_err(cancelled_if_inactive)?;
    let (transaction, joined) = join_transaction(conn, texts, &invitation, &broker, account, now)?;
    let untold = participants::untold_of(conn, transaction, !joined.is_empty())?;
    changes.extend(changes_of(&invitation, transaction, untold.into_iter().chain([broker.id, account])));
    if renamed {
        changes.extend(names::beside_rooms(conn, account)?);
    }
    entries.extend(joined.into_iter().map(|entry| (RoomSubject::Conversation(transaction), entry)));
    invitations::note_accepted(conn, invitation.id, account, transaction, origin, now)?;
    if matches!(guest, Guest::New(_) | Guest::Owner(_)) {
        accounts::note_login(conn, account, now)?;
    }
    let session = sessions::insert(conn, account, session_token, origin, now)?;
    let claimed = matches!(guest, Guest::Owner(_));
    Ok(CameIn { account, session, transaction, claimed, renamed, entries, changes })
}

/// A link does not tell a person that the broker made them inactive.
fn cancelled_if_inactive(error: StoreError) -> StoreError {
    match error {
        StoreError::Refused(refusal) if refusal.code == Code::ClientInactive => Code::InvitationCancelled.into(),
        other => other,
    }
}

fn changes_of(
    invitation: &Invitation,
    TransactionId(transaction): TransactionId,
    told: impl Iterator<Item = AccountId>,
) -> Vec<NewChange> {
    let accepted = NewChange { account: invitation.broker, topic: Topic::Invitation, id: invitation.id.0 };
    let of_transaction = |account| NewChange { account, topic: Topic::Transaction, id: transaction };
    told.map(of_transaction).chain([accepted]).collect()
}

/// Locks the room of the invitation, and the rooms that get an entry about the proved address, before the account.
fn lock_rooms(conn: &mut Db, guest: &Guest, invitation: &Invitation, by_mail: bool) -> StoreResult<LockedRooms> {
    let proved = match guest {
        Guest::Known(proved) => by_mail.then_some(proved.account.id),
        Guest::Owner(_) => accounts::find_by_email(conn, &invitation.email)?.map(|account| account.id),
        Guest::New(_) => None,
    };
    members::lock_rooms_to_tell(conn, proved, invitation.transaction)
}

/// Refuses `email_taken` for a mailed link. A copied link must not reveal that the address has an account, so it gets another
/// answer.
fn make_account(
    conn: &mut Db,
    invitation: &Invitation,
    guest: &NewGuest,
    by_mail: bool,
    now: Timestamp,
) -> StoreResult<AccountId> {
    let new = accounts::AccountInsert {
        email: invitation.email.clone(),
        role: Role::Client,
        first_name: guest.first_name.clone(),
        last_name: guest.last_name.clone(),
        phone: guest.phone.clone(),
        language: guest.language,
        password_hash: guest.password_hash.clone(),
        email_verified_at: by_mail.then_some(now),
    };
    match accounts::insert(conn, &new, now) {
        Err(StoreError::Refused(refusal)) if !by_mail && refusal.code == Code::EmailTaken => {
            Err(Code::InvitationNeedsMail.into())
        }
        made => made,
    }
}

struct Claimed {
    account: AccountId,
    renamed: bool,
    /// The changes for brokers whose invitations the account accepted before.
    disowned: Vec<NewChange>,
}

/// Gives the account of the address to the person who reads its mailbox: it gets a new password, and every session ends.
fn claim(conn: &mut Db, invitation: &Invitation, owner: &NewGuest, now: Timestamp) -> StoreResult<Claimed> {
    let account = accounts::find_by_email(conn, &invitation.email)?.filter(super::can_be_claimed);
    let account = account.ok_or_else(|| Refusal::field(Code::PasswordWrong, "password"))?.id;
    // Of two claims at once the first proves the address and sets the password.
    if !accounts::prove_address(conn, account, now)? {
        return Err(Refusal::field(Code::PasswordWrong, "password").into());
    }
    accounts::set_password_hash(conn, account, &owner.password_hash, now)?;
    let changes = ProfileChanges {
        first_name: Some(owner.first_name.clone()),
        last_name: Some(owner.last_name.clone()),
        phone: Some(owner.phone.clone()),
        language: Some(owner.language),
    };
    close_other_ways(conn, account)?;
    let disowned = invitations::disown(conn, account)?;
    // The records of the person follow their name.
    let renamed = accounts::update_profile(conn, account, &changes, now)?;
    sessions::end_all(conn, account, None, EndReason::PasswordChanged, now)?;
    Ok(Claimed { account, renamed, disowned })
}

/// Joins the transaction of the invitation, or opens a new one for the two.
fn join_transaction(
    conn: &mut Db,
    texts: &Texts,
    invitation: &Invitation,
    broker: &Account,
    account: AccountId,
    now: Timestamp,
) -> StoreResult<(TransactionId, Vec<Entry>)> {
    let mut entries = Vec::new();
    let own = match invitation.transaction {
        Some(transaction) => access::find(conn, transaction, broker.id, Need::Broker)?,
        None => {
            let form = TransactionDetails::titled(title(texts, invitation), invitation.project_type);
            let (own, opened) = crate::app::transactions::open(conn, &form, broker, now)?;
            entries.extend(opened);
            own
        }
    };
    // An invited broker takes part as a client.
    let new = participants::ParticipantInsert { account, role: Role::Client, access: invitation.access };
    if participants::find(conn, &own, account)?.is_none() {
        entries.extend(participants::add(conn, &own, &new, now)?);
        entries.extend(first_words(conn, invitation, &own, account, now)?);
    }
    Ok((own.transaction(), entries))
}

/// The personal note of the invitation opens the conversation, in the broker's name. It was written to one person, so it stays in
/// the mail alone where another client takes part, who would read it, or where somebody has written already.
fn first_words(
    conn: &mut Db,
    invitation: &Invitation,
    own: &Participation,
    guest: AccountId,
    now: Timestamp,
) -> StoreResult<Option<Entry>> {
    let Some(Ok(note)) = invitation.message.clone().map(MessageBody::parse) else {
        return Ok(None);
    };
    let Some(head) = rooms::lock(conn, own.transaction())? else {
        return Ok(None);
    };
    let all = participants::people(conn, own)?.participants;
    let clients = all.iter().filter(|person| person.role == Role::Client).count();
    let hears = |account| all.iter().any(|person| person.account_id == account && person.access.messaging);
    if clients > 1 || !hears(guest) || !hears(own.account()) || log::has_messages(conn, head.room)? {
        return Ok(None);
    }
    let Ok(nonce) = Nonce::parse(format!("invitation-{}", invitation.id)) else {
        return Ok(None);
    };
    log::append_message(conn, head, own.account(), &nonce, &note, now).map(Some)
}

fn title(texts: &Texts, invitation: &Invitation) -> String {
    let kind = format!("transaction-kind-{}", invitation.project_type.as_str());
    let kind = texts.get(invitation.language, &kind, &[]);
    format!("{kind} – {} {}", invitation.first_name, invitation.last_name)
}
