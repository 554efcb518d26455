//! The invited person's side: look, then come in. Looking consumes nothing, because mail scanners look too.

use super::sessions::{new_secret, tidy_origin};
use super::{App, AppResult, SignedIn};
use crate::domain::{
    Account, AccountId, AccountState, Code, EmailAddress, Entry, Invitation, InvitationState, Kind, Language, Origin,
    Refusal, Refusals, Role, Secret, SessionId, Timestamp, TokenHash, TransactionId, person_name, phone_number,
};
use crate::store::transactions::NewTransaction;
use crate::store::{Db, StoreResult, accounts, invitations, participants, sessions};

/// What the sign-up page shows.
pub struct InvitedView {
    pub invitation: Invitation,
    pub broker_name: String,
    /// The address has an account already: its password opens the invitation, no new account is made.
    pub account_exists: bool,
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

/// Who comes in.
#[derive(Clone)]
enum Guest {
    Known(AccountId),
    New(Box<NewGuest>),
}

#[derive(Clone)]
struct NewGuest {
    first_name: String,
    last_name: String,
    phone: Option<String>,
    language: Language,
    password_hash: String,
}

impl App {
    /// Refuses `invitation_unknown`, `_expired`, `_used`, `_cancelled`. Consumes nothing.
    pub async fn invited(&self, token: &str) -> AppResult<InvitedView> {
        let token = link_token(token)?;
        let now = self.clock.now();
        let view = self
            .store
            .read(move |conn| {
                let (invitation, _) = usable(conn, &token, now)?;
                let broker = inviter(conn, &invitation)?;
                let account_exists = accounts::find_by_email(conn, &invitation.email)?.is_some();
                Ok(InvitedView { broker_name: broker.name(), invitation, account_exists })
            })
            .await?;
        Ok(view)
    }

    /// Uses the invitation up, once: makes or finds the account, the transaction and the membership, and signs in.
    pub async fn activate(&self, token: &str, form: Activation, origin: Origin) -> AppResult<Activated> {
        let view = self.invited(token).await?;
        let token = link_token(token)?;
        let guest = self.check_guest(&view, form, &origin).await?;
        let secret = new_secret()?;
        let (session_token, origin, now) = (secret.hash(), tidy_origin(origin), self.clock.now());
        let (account, session, transaction, entries) =
            self.store.write(move |conn| come_in(conn, &token, &guest, &session_token, &origin, now)).await?;
        self.announce(transaction, entries);
        let account = self.account(account).await?;
        Ok(Activated { signed_in: SignedIn { account, session, secret }, transaction })
    }

    /// The slow part, before the transaction: rules and hash of a new password, or proof of the known one.
    async fn check_guest(&self, view: &InvitedView, form: Activation, origin: &Origin) -> AppResult<Guest> {
        let invitation = &view.invitation;
        if view.account_exists {
            return Ok(Guest::Known(self.prove_account(&invitation.email, &form.password, origin).await?));
        }
        let mut refusals = Refusals::default();
        let first_name = form.first_name.unwrap_or_else(|| invitation.first_name.clone());
        let last_name = form.last_name.unwrap_or_else(|| invitation.last_name.clone());
        let first_name = refusals.check(person_name(&first_name, "first_name")).unwrap_or_default();
        let last_name = refusals.check(person_name(&last_name, "last_name")).unwrap_or_default();
        let phone = form.phone.or_else(|| invitation.phone.clone());
        let phone = refusals.check(phone_number(phone.as_deref())).flatten();
        let password = match self.check_password(&form.password, &first_name, &last_name, &invitation.email) {
            Ok(password) if refusals.is_empty() => password,
            Ok(_) => return Err(refusals.into()),
            Err(broken) => {
                refusals.add(broken.iter().cloned());
                return Err(refusals.into());
            }
        };
        let password_hash = self.passwords.hash(&password).await?;
        let language = form.language.unwrap_or(invitation.language);
        Ok(Guest::New(Box::new(NewGuest { first_name, last_name, phone, language, password_hash })))
    }

    async fn prove_account(&self, email: &EmailAddress, password: &str, origin: &Origin) -> AppResult<AccountId> {
        self.throttle_sign_in(email.as_str(), origin).await?;
        let email = email.clone();
        let found = self.store.read(move |conn| accounts::credentials(conn, &email)).await?;
        let (account, hash) = found.map_or((None, None), |(account, hash)| (Some(account), Some(hash)));
        let correct = self.passwords.verify(password, hash).await?.correct;
        match account {
            Some(account) if correct && account.state == AccountState::Active => match account.role {
                Role::Client => Ok(account.id),
                Role::Admin | Role::Broker => Err(Code::EmailHasOtherRole.into()),
            },
            _ => Err(Refusal::field(Code::PasswordWrong, "password").into()),
        }
    }
}

fn link_token(token: &str) -> Result<TokenHash, Refusal> {
    Secret::parse(token).map(|secret| secret.hash()).ok_or_else(|| Code::InvitationUnknown.into())
}

/// The invitation behind a link, if it can be used now, and whether the link came by mail.
fn usable(conn: &mut Db, token: &TokenHash, now: Timestamp) -> StoreResult<(Invitation, bool)> {
    let (invitation, link_active, by_mail) = invitations::find_by_link(conn, token)?.ok_or(Code::InvitationUnknown)?;
    invitation.check_usable(now)?;
    if !link_active {
        // Sent again since: this link is dead, a newer one is on its way.
        return Err(Code::InvitationCancelled.into());
    }
    Ok((invitation, by_mail))
}

type CameIn = (AccountId, SessionId, TransactionId, Vec<Entry>);

fn come_in(
    conn: &mut Db,
    token: &TokenHash,
    guest: &Guest,
    session_token: &TokenHash,
    origin: &Origin,
    now: Timestamp,
) -> StoreResult<CameIn> {
    let (invitation, by_mail) = usable(conn, token, now)?;
    // Of fifty requests at once this lets one pass, on whatever nodes they are.
    if !invitations::leave_pending(conn, invitation.id, InvitationState::Accepted)? {
        return Err(Code::InvitationUsed.into());
    }
    invitations::kill_links(conn, invitation.id)?;
    let broker = inviter(conn, &invitation)?;
    let account = match guest {
        Guest::Known(account) => *account,
        Guest::New(new) => accounts::insert(conn, &new_account(&invitation, new, by_mail, now), now)?,
    };
    let (transaction, entries) = join_transaction(conn, &invitation, &broker, account, now)?;
    invitations::note_accepted(conn, invitation.id, account, transaction, origin, now)?;
    accounts::note_login(conn, account, now)?;
    let session = sessions::insert(conn, account, session_token, origin, now)?;
    Ok((account, session, transaction, entries))
}

/// What the inviter may no longer do, his invitation may not do either.
fn inviter(conn: &mut Db, invitation: &Invitation) -> StoreResult<Account> {
    let broker = accounts::find(conn, invitation.broker)?.ok_or(Code::InvitationCancelled)?;
    let may_invite = broker.state == AccountState::Active && broker.role == Role::Broker;
    let takes_part = match invitation.transaction {
        Some(transaction) => participants::find(conn, transaction, broker.id)?.is_some(),
        None => true,
    };
    if may_invite && takes_part { Ok(broker) } else { Err(Code::InvitationCancelled.into()) }
}

fn new_account(invitation: &Invitation, guest: &NewGuest, by_mail: bool, now: Timestamp) -> accounts::NewAccount {
    accounts::NewAccount {
        email: invitation.email.clone(),
        role: Role::Client,
        first_name: guest.first_name.clone(),
        last_name: guest.last_name.clone(),
        phone: guest.phone.clone(),
        language: guest.language,
        password_hash: guest.password_hash.clone(),
        // Whoever used the mailed link reads that mailbox; a link that the broker handed over proves nothing.
        email_verified_at: by_mail.then_some(now),
    }
}

/// Joins the transaction of the invitation, or opens a new one for the two.
fn join_transaction(
    conn: &mut Db,
    invitation: &Invitation,
    broker: &Account,
    account: AccountId,
    now: Timestamp,
) -> StoreResult<(TransactionId, Vec<Entry>)> {
    let mut entries = Vec::new();
    let transaction = match invitation.transaction {
        Some(transaction) => transaction,
        None => {
            let form = NewTransaction::titled(title(invitation), invitation.project_type);
            let (transaction, opened) = super::transactions::open(conn, &form, broker, now)?;
            entries.extend(opened);
            transaction
        }
    };
    let new = participants::NewParticipant { transaction, account, role: Role::Client, access: invitation.access };
    if participants::find(conn, transaction, account)?.is_none() {
        entries.extend(participants::add(conn, &new, Some(broker.id), now)?);
    }
    Ok((transaction, entries))
}

fn title(invitation: &Invitation) -> String {
    let kind = match (invitation.language, invitation.project_type) {
        (Language::Fr, Kind::Purchase) => "Achat",
        (Language::Fr, Kind::Sale) => "Vente",
        (Language::Fr, Kind::Rental) => "Location",
        (Language::Fr, Kind::Project) => "Projet",
        (Language::En, Kind::Purchase) => "Purchase",
        (Language::En, Kind::Sale) => "Sale",
        (Language::En, Kind::Rental) => "Rental",
        (Language::En, Kind::Project) => "Project",
    };
    format!("{kind} – {} {}", invitation.first_name, invitation.last_name)
}
