//! The broker's side of an invitation: make, send, send again, hand over, change, cancel, list.

mod changing;

pub use changing::{change, edit};

use super::sessions::new_secret;
use super::{App, AppResult, cut_page};
use crate::adapters::mail::{InvitationMail, Line, Mail, Paragraphs, WebLink};
use crate::domain::{
    Account, AccountId, Caller, Code, EmailAddress, IdempotencyKey, Invitation, InvitationForm, InvitationId,
    InvitationState, MailContent, NewChange, Refusal, Refusals, Secret, Timestamp, Topic, TransactionKind,
    optional_text, person_name, phone_number, search_words,
};
use crate::store::idempotency::{self, Creation};
use crate::store::invitations::{self, Draft, InvitationFilter, draft_of};
use crate::store::{Db, StoreError, StoreResult, access, account_changes, clients, mails, participants};

#[derive(Debug, Clone, Default)]
pub struct InvitationQuery {
    pub state: Option<InvitationState>,
    pub project_type: Option<TransactionKind>,
    pub text: Option<String>,
    pub before: Option<InvitationId>,
    pub limit: Option<i64>,
}

pub struct InvitationList {
    pub invitations: Vec<Invitation>,
    pub next: Option<InvitationId>,
    pub counts: Vec<(InvitationState, i64)>,
}

/// The longest personal message, in characters.
const MAX_MESSAGE: usize = 2_000;

/// Makes the invitation and queues its mail in one transaction. A request that repeats its key makes one invitation.
pub async fn create(
    app: &App,
    caller: &Caller,
    form: InvitationForm,
    key: Option<IdempotencyKey>,
) -> AppResult<Invitation> {
    let once = key.map(|key| key.of("invitation", &form));
    let broker = super::me::account(app, caller).await?;
    let client = form.client_id;
    let draft = check(&broker, form)?;
    let order = super::mail_orders::order(app, caller, &draft.email, once.as_ref()).await?;
    let sending = prepare_sending(app, &broker, &draft)?;
    let (by, now, counted) = (caller.account, app.clock.now(), order.clone());
    let made = app
        .store
        .write(move |conn| {
            let (id, gone) = idempotency::once(conn, by, once.as_ref(), now, |conn| {
                check_transaction(conn, &draft, by)?;
                let gone = invitations::give_way(conn, by, &draft.email, None, now)?;
                let id = invitations::insert(conn, by, &draft, now, sending.expires_at)?;
                let record = clients::note_invited(conn, by, client, id, &draft, now)?;
                clients::check_record(conn, record)?;
                counted.count(conn, now)?;
                sending.send(conn, id, &draft, by, now)?;
                Ok((id.0, gone))
            })?;
            let made = own_invitation(conn, InvitationId(id), by)?;
            record(conn, gone.into_iter().flatten().chain([made.id]), by, now)?;
            Ok(made)
        })
        .await;
    let invitation = super::mail_orders::settle(app, caller, &order, made)?;
    app.jobs.wake();
    Ok(invitation)
}

pub async fn find(app: &App, caller: &Caller, id: InvitationId) -> AppResult<Invitation> {
    let broker = caller.account;
    Ok(app.store.read(move |conn| own_invitation(conn, id, broker)).await?)
}

pub async fn list(app: &App, caller: &Caller, query: InvitationQuery) -> AppResult<InvitationList> {
    let limit = app.page_size(query.limit);
    let (broker, now) = (caller.account, app.clock.now());
    let filter = InvitationFilter {
        state: query.state,
        project_type: query.project_type,
        words: search_words(query.text.as_deref())?,
        before: query.before,
        limit: limit + 1,
    };
    let (mut invitations, counts) = app
        .store
        .read(move |conn| {
            Ok((invitations::list_for(conn, broker, &filter, now)?, invitations::counts_for(conn, broker, now)?))
        })
        .await?;
    let next = cut_page(&mut invitations, limit).map(|invitation| invitation.id);
    Ok(InvitationList { invitations, next, counts })
}

/// Mails a new link; every earlier link dies, and the time starts again. An expired invitation may be sent again too. Refuses
/// `invitation_recent` if the last mail to this address is too recent.
pub async fn resend(
    app: &App,
    caller: &Caller,
    id: InvitationId,
    key: Option<IdempotencyKey>,
) -> AppResult<Invitation> {
    let once = key.map(|key| key.of("resend", &id));
    let broker = super::me::account(app, caller).await?;
    let old = find(app, caller, id).await?;
    let draft = draft_of(&old);
    let order = super::mail_orders::order(app, caller, &draft.email, once.as_ref()).await?;
    let sending = prepare_sending(app, &broker, &draft)?;
    let (by, now, counted) = (caller.account, app.clock.now(), order.clone());
    let resend_after = app.settings.mails.resend_after_ms;
    let sent = app
        .store
        .write(move |conn| {
            let _ = idempotency::once(conn, by, once.as_ref(), now, |conn| {
                // A person who opens a mailed link counts as the owner of the address, so no link may leave for an old address.
                let stands = open_invitation(conn, id, by)?;
                if draft_of(&stands) != draft {
                    return Err(StoreError::Stale);
                }
                stands.check_resend(resend_after, now)?;
                invitations::kill_links(conn, id)?;
                drop_mail(conn, id)?;
                counted.count(conn, now)?;
                sending.send(conn, id, &draft, by, now)?;
                Ok((id.0, ()))
            })?;
            let sent = own_invitation(conn, id, by)?;
            record(conn, [id], by, now)?;
            Ok(sent)
        })
        .await;
    let invitation = super::mail_orders::settle(app, caller, &order, sent)?;
    app.jobs.wake();
    Ok(invitation)
}

/// Gives the links that were handed out their full time again. An expired invitation may be extended too.
pub async fn extend(app: &App, caller: &Caller, id: InvitationId) -> AppResult<Invitation> {
    let (by, now, until) = (caller.account, app.clock.now(), expiry(app));
    let extended = app
        .store
        .write(move |conn| {
            let open = open_invitation(conn, id, by)?;
            invitations::extend(conn, id, until)?;
            record(conn, [id], by, now)?;
            Ok(Invitation { expires_at: until, ..open })
        })
        .await?;
    Ok(extended)
}

/// Makes one more link for the same invitation, which the broker hands over. The mailed link stays valid. Refuses
/// `invitation_unsent` while no mail has gone to the address, so that the owner of the address always hears of the invitation.
///
/// The database holds only the hash of a link, so a repeated request returns a new link, and the one whose answer was lost dies.
pub async fn copy_link(app: &App, caller: &Caller, id: InvitationId, key: Option<IdempotencyKey>) -> AppResult<String> {
    let once = key.map(|key| key.of("link", &id));
    let secret = new_secret()?;
    let (token, by, now) = (secret.hash(), caller.account, app.clock.now());
    app.store
        .write(move |conn| {
            match idempotency::claim(conn, by, once.as_ref(), now)? {
                Some(Creation::Link(lost)) => invitations::kill_link(conn, &lost)?,
                Some(Creation::Id(_)) => return Err(Code::IdempotencyKeyReused.into()),
                None => {}
            }
            let invitation = open_invitation(conn, id, by)?;
            invitation.check_usable(now)?;
            if invitation.mail.is_none() {
                return Err(Code::InvitationUnsent.into());
            }
            invitations::add_link(conn, id, &token, false, now)?;
            idempotency::settle(conn, by, once.as_ref(), Creation::Link(token.clone()))?;
            record(conn, [id], by, now)
        })
        .await?;
    Ok(link_of(app, &secret))
}

pub async fn cancel(app: &App, caller: &Caller, id: InvitationId) -> AppResult<Invitation> {
    let (by, now) = (caller.account, app.clock.now());
    let cancelled = app
        .store
        .write(move |conn| {
            open_invitation(conn, id, by)?;
            if !withdraw(conn, id, by, now)? {
                return Err(Code::InvitationNotPending.into());
            }
            let cancelled = own_invitation(conn, id, by)?;
            record(conn, [id], by, now)?;
            Ok(cancelled)
        })
        .await?;
    Ok(cancelled)
}

/// Cancels it and drops its mail. `false` if it is not open any more.
pub(super) fn withdraw(conn: &mut Db, id: InvitationId, broker: AccountId, now: Timestamp) -> StoreResult<bool> {
    invitations::lock(conn, id, broker)?;
    let is_cancelled = invitations::leave_pending(conn, id, InvitationState::Cancelled)?;
    if is_cancelled {
        drop_mail(conn, id)?;
        invitations::note_cancelled(conn, id, now)?;
    }
    Ok(is_cancelled)
}

/// The mail as it would leave, made from the form as far as it is filled in.
pub async fn preview(app: &App, caller: &Caller, form: InvitationForm) -> AppResult<MailContent> {
    let broker = super::me::account(app, caller).await?;
    let first_name = person_name(&form.first_name, "first_name").unwrap_or_else(|_| "…".to_owned());
    let message = optional_text(form.message.as_deref(), "message", MAX_MESSAGE)?;
    let link = format!("{}/client/invitation/…", app.settings.public_url);
    app.write_mail(form.language.unwrap_or(broker.language), |_| {
        Ok(InvitationMail {
            first_name: Line::of(&first_name),
            broker: Line::of(&broker.name()),
            kind: form.project_type.unwrap_or(TransactionKind::Purchase),
            message: Paragraphs::of(message.as_deref()),
            link: WebLink::of(&link)?,
            expires_at: expiry(app).into(),
        })
    })
}

fn check(broker: &Account, form: InvitationForm) -> Result<Draft, Refusals> {
    let mut refusals = Refusals::default();
    let first_name = refusals.check(person_name(&form.first_name, "first_name"));
    let last_name = refusals.check(person_name(&form.last_name, "last_name"));
    let email = refusals.check(EmailAddress::parse(&form.email));
    let phone = refusals.check(phone_number(form.phone.as_deref()));
    let message = refusals.check(optional_text(form.message.as_deref(), "message", MAX_MESSAGE));
    let kind = form.project_type.ok_or_else(|| Refusal::field(Code::ValueMissing, "project_type"));
    let project_type = refusals.check(kind);
    match (first_name, last_name, email, phone, message, project_type) {
        (Some(first_name), Some(last_name), Some(email), Some(phone), Some(message), Some(project_type))
            if refusals.is_empty() =>
        {
            Ok(Draft {
                first_name,
                last_name,
                email,
                phone,
                project_type,
                message,
                language: form.language.unwrap_or(broker.language),
                transaction: form.transaction_id,
                access: form.access,
            })
        }
        _ => Err(refusals),
    }
}

fn expiry(app: &App) -> Timestamp {
    app.clock.now().plus_days(app.settings.invitation_days)
}

fn link_of(app: &App, secret: &Secret) -> String {
    format!("{}/client/invitation/{}", app.settings.public_url, secret.reveal())
}

/// Makes the secret and writes the mail, outside the transaction that will keep both.
fn prepare_sending(app: &App, broker: &Account, draft: &Draft) -> AppResult<Sending> {
    let secret = new_secret()?;
    let expires_at = expiry(app);
    let link = link_of(app, &secret);
    let content = app.write_mail(draft.language, |_| {
        Ok(InvitationMail {
            first_name: Line::of(&draft.first_name),
            broker: Line::of(&broker.name()),
            kind: draft.project_type,
            message: Paragraphs::of(draft.message.as_deref()),
            link: WebLink::of(&link)?,
            expires_at: expires_at.into(),
        })
    })?;
    Ok(Sending { secret, content, expires_at })
}

/// A mail that is ready, with the link that it holds.
struct Sending {
    secret: Secret,
    content: MailContent,
    expires_at: Timestamp,
}

impl Sending {
    fn send(&self, conn: &mut Db, id: InvitationId, draft: &Draft, by: AccountId, now: Timestamp) -> StoreResult<()> {
        invitations::add_link(conn, id, &self.secret.hash(), true, now)?;
        let mail = mails::enqueue(conn, InvitationMail::NAME, &draft.email, &self.content, now)?;
        invitations::note_sent(conn, id, Some(mail), by, now, self.expires_at)
    }
}

/// The broker's pages show these otherwise from now on. The last of a transaction.
fn record(
    conn: &mut Db,
    ids: impl IntoIterator<Item = InvitationId>,
    broker: AccountId,
    now: Timestamp,
) -> StoreResult<()> {
    let change = |InvitationId(id)| NewChange { account: broker, topic: Topic::Invitation, id };
    account_changes::record_all(conn, ids.into_iter().map(change), now)
}

/// Refuses `invitation_unknown`, also for another broker's.
fn own_invitation(conn: &mut Db, id: InvitationId, broker: AccountId) -> StoreResult<Invitation> {
    invitations::find_for(conn, id, broker)?.ok_or_else(|| Code::InvitationUnknown.into())
}

/// The broker's own invitation, still open. Refuses `invitation_unknown` and `invitation_not_pending`.
fn open_invitation(conn: &mut Db, id: InvitationId, broker: AccountId) -> StoreResult<Invitation> {
    invitations::lock(conn, id, broker)?;
    let found = own_invitation(conn, id, broker)?;
    found.check_open()?;
    Ok(found)
}

/// Drops a queued mail whose link is dead.
fn drop_mail(conn: &mut Db, id: InvitationId) -> StoreResult<()> {
    match invitations::mail_of(conn, id)? {
        Some(mail) => mails::drop_queued(conn, mail),
        None => Ok(()),
    }
}

/// The broker must take part in the transaction as a broker: they may be a client in other transactions.
fn check_transaction(conn: &mut Db, draft: &Draft, broker: AccountId) -> StoreResult<()> {
    let Some(transaction) = draft.transaction else {
        return Ok(());
    };
    match access::part(conn, transaction, broker)? {
        Some(own) if own.is_broker() => participants::check_place(conn, &own),
        _ => Err(StoreError::Refused(Refusal::field(Code::TransactionUnknown, "transaction_id"))),
    }
}
