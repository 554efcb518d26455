//! A forgotten password: a code by mail, and with it a new password.
//!
//! The answer does not reveal whether an address has an account: the same rows are written in both cases, so the answer and its
//! time are the same. A stranger can neither use up a person's tries nor replace their code: only the asker of a code, known by
//! browser or network, tries and replaces it, and a device on which the account signed in before has counters of its own. If too
//! many codes were asked for, the mailbox gets a link instead, which needs no tries. Codes expire by the database's clock.

mod limits;

use limits::{Admission, ResetCounters};

use super::security_log::{SecurityEvent, SecurityOutcome};
use super::sessions::{new_secret, tidy_origin};
use super::throttle::{Attempted, Try, network_of};
use super::{App, AppError, AppResult, access_links};
use crate::adapters::mail::{CameFrom, Line, Mail, ResetCodeMail, ResetLinkMail, WebLink};
use crate::domain::{
    Account, AccountId, AccountState, Code, EmailAddress, HashKey, Language, MailContent, Origin, Refusal, Refusals,
    ResetCode, Secret, Timestamp, TokenHash,
};
use crate::store::password_resets::{self, Asker};
use crate::store::{self, Db, StoreResult, accounts, clock, mails, secrets};

/// The form with which a code becomes a new password.
pub struct ResetForm {
    pub email: String,
    pub code: String,
    pub new_password: String,
}

/// The result of comparing a code.
enum CodeVerdict {
    Right { reset: i64, account: Box<Account> },
    Wrong,
    TooMany(u32),
}

/// Sends a code if the address has an account and not too many were asked for. `browser` identifies this browser when it returns
/// with the code; `language` is the reader's.
pub async fn request(app: &App, email: &str, browser: &Secret, origin: Origin, language: Language) -> AppResult<()> {
    let email = EmailAddress::parse(email)?;
    let origin = tidy_origin(origin);
    let device = super::throttle::known_device(app, email.as_str(), &origin).await?;
    let counters = ResetCounters::of(&email, &origin, device.as_deref());
    if counters.is_ignored(&app.resets, app.clock.now()) {
        SecurityEvent::not_done("reset_code_request", SecurityOutcome::Limited, None).from(&origin).write();
        return Ok(());
    }
    let key = hash_key(app).await?;
    let asker = asker(&key, &email, &origin, device.as_deref(), browser);
    let address = email.clone();
    let found = app.store.read(move |conn| accounts::find_by_email(conn, &address)).await?;
    let account = found.filter(|account| account.state == AccountState::Active);

    let code = new_code()?;
    let hash = code_hash(&key, &asker, &code);
    let (language, first_name) =
        account.as_ref().map_or((language, "…"), |account| (account.language, account.first_name.as_str()));
    let mail = app.write_mail(language, |portal| {
        let (first_name, came_from) = (Line::of(first_name), CameFrom::from(&origin));
        Ok(ResetCodeMail { first_name, code: &code, minutes: ResetCode::MINUTES, came_from, portal })
    })?;
    let (secret, now) = (new_secret()?, app.clock.now());
    let expires_at = now.plus_days(access_links::LIFETIME_DAYS);
    let address = super::access_links::address_of(app, &secret);
    let link = app.write_mail(language, |portal| {
        let (first_name, came_from) = (Line::of(first_name), CameFrom::from(&origin));
        let link = WebLink::of(&address)?;
        Ok(ResetLinkMail { first_name, link, expires_at: expires_at.into(), came_from, portal })
    })?;
    let link = Link { mail: link, token: secret.hash() };
    let (to, reader) = match account {
        Some(account) => (account.email, Some(account.id)),
        None => (nobody()?, None),
    };
    let here = counters.clone();
    let admission = app
        .store
        .write(move |conn| {
            let at = clock::now(conn)?;
            let admission = counters.admit_request(conn, at)?;
            // A code that was not sent has no row, so the last code that was sent stays valid.
            if admission != Admission::Send {
                if counters.admit_link(conn, at)? {
                    link.send(conn, &to, reader, (at, now))?;
                }
                return Ok(admission);
            }
            counters.forget_tries(conn)?;
            for useless in password_resets::end_earlier(conn, &asker, at)? {
                mails::drop_queued(conn, useless)?;
            }
            let mail = match reader {
                Some(_) => mails::enqueue(conn, ResetCodeMail::NAME, &to, &mail, now)?,
                None => mails::pretend(conn, ResetCodeMail::NAME, &to, &mail, now)?,
            };
            password_resets::insert(conn, &asker, reader, &hash, mail, at)?;
            Ok(admission)
        })
        .await?;
    app.jobs.wake();
    here.remember(&admission, &app.resets, now);
    let outcome = match admission {
        Admission::Send if reader.is_some() => SecurityOutcome::Done,
        Admission::Send => SecurityOutcome::Refused,
        Admission::Withhold | Admission::Ignore { .. } => SecurityOutcome::Limited,
    };
    SecurityEvent::not_done("reset_code_request", outcome, reader).from(&origin).write();
    Ok(())
}

/// Sets the new password, proves the address, and ends every session. Refuses `reset_code_wrong` for any fault of code or address,
/// `too_many_attempts`, and every broken rule of the password.
pub async fn confirm(app: &App, form: ResetForm, browser: Option<&Secret>, origin: Origin) -> AppResult<()> {
    let email = EmailAddress::parse(&form.email)?;
    let origin = tidy_origin(origin);
    let device = super::throttle::known_device(app, email.as_str(), &origin).await?;
    let counters = ResetCounters::of(&email, &origin, device.as_deref());
    if let Some(ms) = counters.refused_try(&app.resets, app.clock.now()) {
        SecurityEvent::not_done("password_reset", SecurityOutcome::Limited, None).from(&origin).write();
        return Err(Refusal::retry(Code::TooManyAttempts, ms).into());
    }
    // Rules that depend on the account are checked after the code: otherwise the answer would reveal the account.
    super::sessions::check_password(app, &form.new_password, "", "", &email).map_err(as_new_password)?;
    let code = ResetCode::parse(&form.code).ok_or_else(wrong_code)?;
    let key = hash_key(app).await?;
    let stranger = new_secret()?;
    let asker = asker(&key, &email, &origin, device.as_deref(), browser.unwrap_or(&stranger));
    let (reset, account) = match judge(app, &key, asker, &code, counters.clone()).await? {
        CodeVerdict::Right { reset, account } => (reset, account),
        CodeVerdict::Wrong => {
            SecurityEvent::not_done("password_reset", SecurityOutcome::Refused, None).from(&origin).write();
            return Err(wrong_code().into());
        }
        CodeVerdict::TooMany(ms) => {
            counters.remember_try(ms, &app.resets, app.clock.now());
            SecurityEvent::not_done("password_reset", SecurityOutcome::Limited, None).from(&origin).write();
            return Err(Refusal::retry(Code::TooManyAttempts, ms).into());
        }
    };
    let candidate =
        super::sessions::check_password(app, &form.new_password, &account.first_name, &account.last_name, &email)
            .map_err(as_new_password)?;
    let tried = Try { kind: Attempted::NEW_PASSWORD, subject: email.as_str(), origin: &origin, signed_in: None };
    let hash = super::sessions::set_password(app, tried, candidate).await.map_err(in_new_password)?;
    let new = super::new_passwords::prepare(app, &account, hash, &origin)?;
    let id = account.id;
    let entries = app
        .store
        .write(move |conn| {
            let rooms = new.lock_rooms(conn)?;
            // The account's row comes next; two confirmations at once wait for it.
            new.write(conn)?;
            // Counters are locked before codes, as where a code is compared.
            counters.forget_tries(conn)?;
            let at = clock::now(conn)?;
            // Of many confirmations at once, on all nodes, one passes here.
            if !password_resets::use_up(conn, reset, at)? || active(conn, id)?.is_none() {
                return Err(wrong_code().into());
            }
            new.follow_proof(conn, &rooms)
        })
        .await?;
    super::new_passwords::publish_reset(app, id, entries);
    SecurityEvent::done("password_reset", id).from(&origin).write();
    Ok(())
}

/// Compares the code and counts a wrong one in one transaction. It does not use the code up: the password may still be refused.
async fn judge(
    app: &App,
    key: &HashKey,
    asker: Asker,
    code: &ResetCode,
    counters: ResetCounters,
) -> AppResult<CodeVerdict> {
    let hash = code_hash(key, &asker, code);
    let verdict = app
        .store
        .write(move |conn| {
            let now = clock::now(conn)?;
            if let Err(ms) = counters.admit_try(conn, now)? {
                return Ok(CodeVerdict::TooMany(ms));
            }
            let candidates = password_resets::candidates(conn, &asker, now)?;
            let right = candidates.iter().find(|candidate| candidate.code == hash);
            if let Some((reset, account)) = right.and_then(|right| Some((right.id, right.account?)))
                && let Some(account) = active(conn, account)?
            {
                return Ok(CodeVerdict::Right { reset, account: Box::new(account) });
            }
            password_resets::count_wrong(conn, &candidates, now)?;
            Ok(CodeVerdict::Wrong)
        })
        .await?;
    Ok(verdict)
}

/// The key is made from a secret of the database and, if set, one of the configuration; then a copy of the database alone reveals
/// no code.
pub(super) async fn hash_key(app: &App) -> AppResult<HashKey> {
    let made = app.hash_key.get_or_try_init(|| async {
        let (fresh, now) = (new_secret()?, app.clock.now());
        let keep = move |conn: &mut Db| secrets::get_or_keep(conn, "hashes", fresh.reveal().as_bytes(), now);
        let kept = app.store.write(keep).await?;
        let key = match &app.settings.secret_key {
            Some(configured) => configured.with(&kept),
            None => HashKey::of(&kept),
        };
        key.ok_or_else(|| AppError::Internal("no key can be made of the secrets".into()))
    });
    made.await.cloned()
}

fn asker(key: &HashKey, email: &EmailAddress, origin: &Origin, device: Option<&str>, browser: &Secret) -> Asker {
    let network = match device {
        Some(device) => key.hash("reset device", &[device.as_bytes()]),
        None => key.hash("reset network", &[network_of(origin).as_bytes()]),
    };
    Asker {
        email: key.hash("reset email", &[email.as_str().as_bytes()]),
        network,
        browser: key.hash("reset browser", &[browser.reveal().as_bytes()]),
    }
}

/// A link that is sent instead of a code.
struct Link {
    mail: MailContent,
    token: TokenHash,
}

impl Link {
    /// Earlier links stay valid: a stranger must not be able to end one. `at` is the database's time, `now` the application's.
    fn send(
        &self,
        conn: &mut Db,
        to: &EmailAddress,
        reader: Option<AccountId>,
        (at, now): (Timestamp, Timestamp),
    ) -> StoreResult<()> {
        let Some(account) = reader else {
            return mails::pretend(conn, ResetLinkMail::NAME, to, &self.mail, now).map(|_| ());
        };
        let until = at.plus_days(access_links::LIFETIME_DAYS);
        store::access_links::insert(conn, account, &self.token, account, at, until)?;
        let mail = mails::enqueue(conn, ResetLinkMail::NAME, to, &self.mail, now)?;
        store::access_links::note_mail(conn, &self.token, mail)
    }
}

fn code_hash(key: &HashKey, asker: &Asker, code: &ResetCode) -> TokenHash {
    key.hash("reset code", &[&asker.email.0, code.reveal().as_bytes()])
}

fn active(conn: &mut Db, id: AccountId) -> StoreResult<Option<Account>> {
    Ok(accounts::find(conn, id)?.filter(|account| account.state == AccountState::Active))
}

fn wrong_code() -> Refusal {
    Refusal::field(Code::ResetCodeWrong, "code")
}

/// Renames the field of a refusal: the rules say `password`, these forms have another name for it.
pub(super) fn as_new_password(refusals: Refusals) -> Refusals {
    let mut renamed = Refusals::default();
    renamed.add(refusals.iter().map(|refusal| Refusal { field: Some("new_password".into()), ..refusal.clone() }));
    renamed
}

/// As [`as_new_password`], for an operation's error.
pub(super) fn in_new_password(error: AppError) -> AppError {
    match error {
        AppError::Refused(refusals) if refusals.first().is_some_and(|refusal| refusal.field.is_some()) => {
            as_new_password(refusals).into()
        }
        error => error,
    }
}

/// The recipient of a mail that never leaves: it is written so that both cases take the same time.
fn nobody() -> Result<EmailAddress, Refusal> {
    EmailAddress::parse("nobody@unknown.invalid")
}

fn new_code() -> AppResult<ResetCode> {
    loop {
        let mut drawn = [0; 4];
        getrandom::fill(&mut drawn).map_err(|e| AppError::Internal(Box::new(std::io::Error::other(e.to_string()))))?;
        if let Some(code) = ResetCode::from_random(u32::from_be_bytes(drawn)) {
            return Ok(code);
        }
    }
}
