//! The invited person's side: they open the link, then accept. Opening does not use the link up, because mail scanners open
//! links too.
//!
//! The page of a link depends on how the link was handed over. A person who opens the mailed link reads the mailbox, so its page says
//! whether the address has an account. Anybody may open a copied link, the broker first of all, so its page asks for a password
//! and says nothing about accounts (docs/adr/008).

mod coming_in;

use super::security_log::SecurityEvent;
use super::sessions::{Arrival, Proved, new_secret, tidy_origin};
use super::throttle::{Attempted, Try, sender_key};
use super::{App, AppError, AppResult, SignedIn};
use crate::domain::{
    Account, AccountState, Code, EmailAddress, EndReason, Invitation, Language, Limit, Origin, Refusal, Refusals, Role,
    Secret, TokenHash, TransactionId, person_name, phone_number,
};
use crate::store::throttles;
use crate::store::{StoreError, account_changes, accounts, sessions};
use coming_in::{come_in, inviter, usable};

/// The content of the sign-up page.
pub struct InvitedView {
    pub invitation: Invitation,
    pub broker_name: String,
    pub invitee: Invitee,
}

/// The account of the address, as far as the link's page says something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invitee {
    /// A copied link says nothing. The password may be that of an account, or a new one.
    Untold,
    /// The address has no account; accepting makes one.
    New,
    /// The address has an account, and its password opens the invitation.
    Known,
    /// The address has an account whose owner never proved that they read this mailbox. The person who opens the mailed link takes
    /// it over.
    Unproved,
    /// The account is an admin's, which takes part in no transaction.
    Admin,
}

/// The sign-up form.
#[derive(Debug, Clone, Default)]
pub struct Activation {
    pub password: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<String>,
    pub language: Option<Language>,
}

pub struct Activated {
    pub signed_in: SignedIn,
    pub transaction: TransactionId,
}

/// The account of the person who accepts.
#[derive(Clone)]
enum Guest {
    Known(Proved),
    New(Box<NewGuest>),
    /// Takes over the account of the address, which nobody has proved.
    Owner(Box<NewGuest>),
}

#[derive(Clone)]
struct NewGuest {
    first_name: String,
    last_name: String,
    phone: Option<String>,
    language: Language,
    password_hash: String,
}

/// Refuses `invitation_unknown`, `_expired`, `_used`, `_cancelled`. Reading does not use the invitation up.
pub async fn find(app: &App, token: &str) -> AppResult<InvitedView> {
    let token = link_token(token)?;
    let now = app.clock.now();
    let view = app
        .store
        .read(move |conn| {
            let (invitation, by_mail) = usable(conn, &token, now)?;
            let broker = inviter(conn, &invitation)?;
            let account = if by_mail { accounts::find_by_email(conn, &invitation.email)? } else { None };
            let invitee = if by_mail { Invitee::of(account.as_ref()) } else { Invitee::Untold };
            Ok(InvitedView { broker_name: broker.name(), invitation, invitee })
        })
        .await?;
    Ok(view)
}

/// Uses the invitation up, once: makes or finds the account, the transaction and the membership, and signs in.
pub async fn activate(app: &App, token: &str, form: Activation, arrival: Arrival) -> AppResult<Activated> {
    match activate_now(app, token, form.clone(), arrival.clone()).await {
        Ok(Some(activated)) => return Ok(activated),
        // The hash differs from the proved one: a sign-in renewed it, which happens once, or the password was changed.
        Ok(None) => {}
        // Another request made an account of the address meanwhile; the second try finds it.
        Err(error) if error.first().code == Code::EmailTaken => {}
        Err(error) => return Err(error),
    }
    let activated = activate_now(app, token, form, arrival).await?;
    activated.ok_or_else(|| Refusal::field(Code::PasswordWrong, "password").into())
}

/// `None` if the password's hash is no longer the one that was proved.
async fn activate_now(app: &App, token: &str, form: Activation, arrival: Arrival) -> AppResult<Option<Activated>> {
    let view = find(app, token).await?;
    let guest = check_guest(app, token, &view, form, &arrival.origin).await?;
    if view.invitee == Invitee::Untold && matches!(guest, Guest::New(_)) {
        count_copied_link(app, &view.invitation).await?;
    }
    let token = link_token(token)?;
    let secret = new_secret()?;
    let device = super::sessions::remember_device(app, &arrival.origin, &view.invitation.email, None).await?;
    let replaces = arrival.replaces.as_ref().map(Secret::hash);
    let (session_token, origin, now) = (secret.hash(), tidy_origin(arrival.origin), app.clock.now());
    let (came_from, is_known) = (origin.clone(), matches!(guest, Guest::Known(_)));
    let texts = app.texts.clone();
    let came = app
        .store
        .write(move |conn| {
            let came = come_in(conn, &texts, &token, &guest, &session_token, &origin, now)?;
            let ended = sessions::end_replaced(conn, replaces.as_ref(), now)?;
            account_changes::record_all(conn, came.changes.iter().copied(), now)?;
            Ok((came, ended))
        })
        .await;
    let (came, ended) = match came {
        Err(StoreError::Refused(refusal)) if is_known && refusal.code == Code::PasswordWrong => return Ok(None),
        came => came?,
    };
    super::sessions::publish_replaced(app, ended);
    SecurityEvent::done("sign_in", came.account).from(&came_from).write();
    if came.claimed {
        super::sessions::publish_ended(app, came.account, None, Some(came.session), EndReason::PasswordChanged);
    }
    for (subject, entry) in came.entries {
        app.announce(subject, Some(entry));
    }
    if came.renamed {
        super::renames::publish(app, came.account);
    }
    let account = super::accounts::find(app, came.account).await?;
    let signed_in = SignedIn { account, session: came.session, secret, device };
    Ok(Some(Activated { signed_in, transaction: came.transaction }))
}

/// Counts a copied link that is about to make an account, or to be refused because the address has one. The outcome reveals which,
/// so a broker gets it for a limited number of addresses a day. The count comes before the outcome, once for each invitation and
/// address: a repeated request uses up nothing, and an edited address counts again.
async fn count_copied_link(app: &App, invitation: &Invitation) -> AppResult<()> {
    let (limit, now) = (app.settings.copied_links, app.clock.now());
    let of_broker = sender_key("copied_link", invitation.broker, "");
    let asked = format!("{} {}", invitation.id.0, invitation.email.as_str());
    let of_invitation = sender_key("copied_link", invitation.broker, &asked);
    let is_told = app.store.write(move |conn| {
        if throttles::hit(conn, &of_invitation, Limit { count: 1, ..limit }, now)?.is_ok() {
            return Ok(throttles::hit(conn, &of_broker, limit, now)?.is_ok());
        }
        let counted = throttles::read(conn, std::slice::from_ref(&of_broker), now)?;
        Ok(counted.iter().all(|counted| counted.count <= limit.count))
    });
    if is_told.await? { Ok(()) } else { Err(Code::InvitationNeedsMail.into()) }
}

/// The slow part, before the transaction: checks and hashes a new password, or proves the known one.
async fn check_guest(
    app: &App,
    token: &str,
    view: &InvitedView,
    form: Activation,
    origin: &Origin,
) -> AppResult<Guest> {
    let invitation = &view.invitation;
    let new_guest =
        |form| async move { Ok::<_, AppError>(Box::new(check_new_guest(app, token, invitation, form, origin).await?)) };
    match view.invitee {
        Invitee::New => Ok(Guest::New(new_guest(form).await?)),
        Invitee::Unproved => Ok(Guest::Owner(new_guest(form).await?)),
        Invitee::Known => {
            let proved = prove_account(app, &invitation.email, &form.password, origin).await?;
            Ok(Guest::Known(proved.ok_or_else(|| Refusal::field(Code::PasswordWrong, "password"))?))
        }
        Invitee::Admin => Err(Code::EmailHasOtherRole.into()),
        // The steps, the work and the refusals are the same with and without an account, so that none of them reveals it.
        Invitee::Untold => match prove_account(app, &invitation.email, &form.password, origin).await? {
            Some(proved) => Ok(Guest::Known(proved)),
            None => Ok(Guest::New(new_guest(form).await?)),
        },
    }
}

async fn check_new_guest(
    app: &App,
    token: &str,
    invitation: &Invitation,
    form: Activation,
    origin: &Origin,
) -> AppResult<NewGuest> {
    let mut refusals = Refusals::default();
    let first_name = form.first_name.unwrap_or_else(|| invitation.first_name.clone());
    let last_name = form.last_name.unwrap_or_else(|| invitation.last_name.clone());
    let first_name = refusals.check(person_name(&first_name, "first_name")).unwrap_or_default();
    let last_name = refusals.check(person_name(&last_name, "last_name")).unwrap_or_default();
    let phone = form.phone.or_else(|| invitation.phone.clone());
    let phone = refusals.check(phone_number(phone.as_deref())).flatten();
    let candidate =
        match super::sessions::check_password(app, &form.password, &first_name, &last_name, &invitation.email) {
            Ok(candidate) if refusals.is_empty() => candidate,
            Ok(_) => return Err(refusals.into()),
            Err(broken) => {
                refusals.add(broken.iter().cloned());
                return Err(refusals.into());
            }
        };
    let tried = Try { kind: Attempted::NEW_PASSWORD, subject: token, origin, signed_in: None };
    let password_hash = super::sessions::set_password(app, tried, candidate).await?;
    let language = form.language.unwrap_or(invitation.language);
    Ok(NewGuest { first_name, last_name, phone, language, password_hash })
}

/// `None` unless there is an active account with this password.
async fn prove_account(app: &App, email: &EmailAddress, password: &str, origin: &Origin) -> AppResult<Option<Proved>> {
    let tried = Try { kind: Attempted::PASSWORD, subject: email.as_str(), origin, signed_in: None };
    let attempt = super::throttle::attempt(app, tried).await?;
    let seat = attempt.seat();
    let wrong = || Refusals::from(Refusal::field(Code::PasswordWrong, "password"));
    let prove = async {
        Ok(super::sessions::prove(app, "sign_in", Some(email), password, origin, seat).await?.ok_or_else(wrong))
    };
    match attempt.judge(app, prove).await {
        Ok(proved) if proved.account.role == Role::Admin => Err(Code::EmailHasOtherRole.into()),
        Ok(proved) => Ok(Some(proved)),
        Err(error) if error.first().code == Code::PasswordWrong => Ok(None),
        Err(error) => Err(error),
    }
}

impl Invitee {
    fn of(account: Option<&Account>) -> Self {
        match account {
            None => Self::New,
            Some(account) if account.role == Role::Admin => Self::Admin,
            Some(account) if can_be_claimed(account) => Self::Unproved,
            Some(_) => Self::Known,
        }
    }
}

/// A closed account stays closed, also for the person who reads its mailbox.
fn can_be_claimed(account: &Account) -> bool {
    !account.address_proved && account.role == Role::Client && account.state == AccountState::Active
}

fn link_token(token: &str) -> Result<TokenHash, Refusal> {
    Secret::parse(token).map(|secret| secret.hash()).ok_or_else(|| Code::InvitationUnknown.into())
}
