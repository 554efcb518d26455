//! Signing in and out, and the sessions of a person.

mod password_change;

pub use password_change::change_password;

use super::passwords::Seat;
use super::security_log::{SecurityEvent, SecurityOutcome};
use super::throttle::{Attempted, Devices, Try};
use super::{App, AppResult};
use crate::domain::{
    Account, AccountEvent, AccountId, AccountState, Caller, Code, EmailAddress, EndReason, Event, Origin, Password,
    PasswordCandidate, Refusal, Refusals, Secret, Session, SessionId, Timestamp, TokenHash, optional_text,
};
use crate::store::{accounts, sessions};

/// The last use of a session is written at most this often, so that a read does not always cause a write.
const TOUCH_EVERY_MS: i64 = 5 * 60 * 1000;

/// A new session. Only its hash is stored; the secret is returned here once.
pub struct SignedIn {
    pub account: Account,
    pub session: SessionId,
    pub secret: Secret,
    /// The device's cookie, which identifies it at the next sign-in.
    pub device: String,
}

/// Somebody who asks for a session.
#[derive(Clone)]
pub struct Arrival {
    pub origin: Origin,
    /// The token of the device's present session, which ends when the new one begins.
    pub replaces: Option<Secret>,
}

/// An account and the hash that its password was proved by.
#[derive(Clone)]
pub(super) struct Proved {
    pub account: Account,
    pub hash: String,
    outdated: bool,
}

/// How often a proof is made again because the hash changed meanwhile: another device signed in and renewed it.
const PROOFS: usize = 3;

/// The same answer, after the same work, for an unknown address, a wrong password and a deactivated account.
pub async fn sign_in(app: &App, email: &str, password: &str, arrival: Arrival) -> AppResult<SignedIn> {
    let tried = Try { kind: Attempted::PASSWORD, subject: email, origin: &arrival.origin, signed_in: None };
    let attempt = super::throttle::attempt(app, tried).await?;
    let (seat, device) = (attempt.seat(), attempt.device());
    let email = EmailAddress::parse(email).ok();
    let wrong = || Refusals::from(Refusal::new(Code::CredentialsWrong));
    let prove = || async {
        Ok(prove(app, "sign_in", email.as_ref(), password, &arrival.origin, seat.clone()).await?.ok_or_else(wrong))
    };
    let mut proved = attempt.judge(app, prove()).await?;
    for _ in 0..PROOFS {
        let rehashed = match proved.outdated {
            true => Some(app.passwords.rehash(password, seat.clone()).await?),
            false => None,
        };
        if let Some(signed_in) = open(app, &proved, &arrival, device.clone(), rehashed).await? {
            return Ok(signed_in);
        }
        proved = prove().await??;
    }
    Err(Code::CredentialsWrong.into())
}

/// The active account of this address, if the password is its own.
pub(super) async fn prove(
    app: &App,
    event: &'static str,
    email: Option<&EmailAddress>,
    password: &str,
    from: &Origin,
    seat: Seat,
) -> AppResult<Option<Proved>> {
    let found = match email.cloned() {
        Some(email) => app.store.read(move |conn| accounts::credentials(conn, &email)).await?,
        None => None,
    };
    let hash = found.as_ref().map(|(_, hash)| hash.clone());
    let verified = app.passwords.verify(password, hash, seat).await?;
    let tried = found.as_ref().map(|(account, _)| account.id);
    let found = found.filter(|(account, _)| verified.correct && account.state == AccountState::Active);
    if found.is_none() {
        SecurityEvent::not_done(event, SecurityOutcome::Refused, tried).from(from).write();
    }
    Ok(found.map(|(account, hash)| Proved { account, hash, outdated: verified.outdated }))
}

/// `None` if the password was changed, or the account closed, since the proof.
async fn open(
    app: &App,
    proved: &Proved,
    arrival: &Arrival,
    device: Option<String>,
    rehashed: Option<String>,
) -> AppResult<Option<SignedIn>> {
    let (secret, now) = (new_secret()?, app.clock.now());
    let (id, hash, token) = (proved.account.id, proved.hash.clone(), secret.hash());
    let (origin, replaces) = (arrival.origin.clone(), arrival.replaces.as_ref().map(Secret::hash));
    let opened = app
        .store
        .write(move |conn| {
            if !accounts::note_proved_login(conn, id, &hash, rehashed.as_deref(), now)? {
                return Ok(None);
            }
            let ended = sessions::end_replaced(conn, replaces.as_ref(), now)?;
            Ok(Some((sessions::insert(conn, id, &token, &origin, now)?, ended)))
        })
        .await?;
    let Some((session, ended)) = opened else { return Ok(None) };
    publish_replaced(app, ended);
    SecurityEvent::done("sign_in", id).from(&arrival.origin).write();
    let device = remember_device(app, &arrival.origin, &proved.account.email, device).await?;
    let account = Account { last_login_at: Some(now), ..proved.account.clone() };
    Ok(Some(SignedIn { account, session, secret, device }))
}

/// The cookie of a device that has just signed in.
pub(super) async fn remember_device(
    app: &App,
    origin: &Origin,
    email: &EmailAddress,
    device: Option<String>,
) -> AppResult<String> {
    let id = match device {
        Some(id) => id,
        None => new_secret()?.reveal().chars().take(16).collect(),
    };
    let devices = Devices::new(super::password_resets::hash_key(app).await?);
    Ok(devices.remember(origin.device.as_deref(), email.as_str(), id, app.clock.now()))
}

pub(super) fn publish_replaced(app: &App, ended: Option<(AccountId, SessionId)>) {
    if let Some((account, session)) = ended {
        publish_ended(app, account, Some(session), None, EndReason::SignedOut);
    }
}

/// The person behind a token, for HTTP and sockets alike; `None` does not say why there is none.
pub async fn authenticate(app: &App, token: &str, origin: Origin) -> AppResult<Option<Caller>> {
    let Some(secret) = Secret::parse(token) else {
        return Ok(None);
    };
    let (token, now): (TokenHash, _) = (secret.hash(), app.clock.now());
    let Some(found) = app.store.read_first(move |conn| sessions::authenticate(conn, &token, now)).await? else {
        return Ok(None);
    };
    if now.0 - found.last_seen_at.0 > TOUCH_EVERY_MS {
        let (session, created_at) = (found.session, found.created_at);
        // The time is only for the list of sessions: if it cannot be written now, the next request writes it.
        let _ = app.store.write(move |conn| sessions::touch(conn, session, created_at, now)).await;
    }
    Ok(Some(found.into_caller(origin)))
}

/// Why the session behind a token ended, as far as the database still says.
pub async fn why_ended(app: &App, token: &str) -> AppResult<Option<EndReason>> {
    let Some(secret) = Secret::parse(token) else { return Ok(None) };
    let (token, now) = (secret.hash(), app.clock.now());
    Ok(app.store.read(move |conn| sessions::why_ended(conn, &token, now)).await?)
}

pub async fn list(app: &App, caller: &Caller) -> AppResult<Vec<Session>> {
    let (account, now) = (caller.account, app.clock.now());
    Ok(app.store.read(move |conn| sessions::list(conn, account, now)).await?)
}

/// Ends one of the caller's own sessions; its sockets close on every node.
pub async fn end(app: &App, caller: &Caller, session: SessionId) -> AppResult<()> {
    let (account, now) = (caller.account, app.clock.now());
    let ended = app.store.write(move |conn| sessions::end_one(conn, account, session, now)).await?;
    if !ended {
        return Err(Code::SessionUnknown.into());
    }
    publish_ended(app, account, Some(session), None, EndReason::SignedOut);
    SecurityEvent::done("session_ended", account).from(&caller.origin).write();
    Ok(())
}

/// Ends every session of the caller but this one; their sockets close on every node.
pub async fn end_others(app: &App, caller: &Caller) -> AppResult<()> {
    let (account, kept, now) = (caller.account, Some(caller.session), app.clock.now());
    app.store.write(move |conn| sessions::end_all(conn, account, kept, EndReason::SignedOut, now)).await?;
    publish_ended(app, account, None, kept, EndReason::SignedOut);
    SecurityEvent::done("session_ended", account).from(&caller.origin).write();
    Ok(())
}

/// Until when the caller's session lives, if nobody ends it; `None` if it has ended.
pub async fn lives_until(app: &App, caller: &Caller) -> AppResult<Option<Timestamp>> {
    let (session, now) = (caller.session, app.clock.now());
    Ok(app.store.read(move |conn| sessions::lives_until(conn, session, now)).await?)
}

/// Why the caller's session ended, as far as the database still says.
pub async fn why_own_ended(app: &App, caller: &Caller) -> AppResult<Option<EndReason>> {
    let (account, session) = (caller.account, caller.session);
    Ok(app.store.read_first(move |conn| sessions::why_one_ended(conn, account, session)).await?)
}

pub(super) fn publish_ended(
    app: &App,
    account: AccountId,
    session: Option<SessionId>,
    kept: Option<SessionId>,
    reason: EndReason,
) {
    app.bus.publish(Event::Account(account, AccountEvent::Ended { session, kept, reason }));
}

/// Estimates and hashes a new password. This is slow, so attempts are counted and queued.
pub(super) async fn set_password(app: &App, tried: Try<'_>, candidate: PasswordCandidate) -> AppResult<String> {
    let attempt = super::throttle::attempt(app, tried).await?;
    let seat = attempt.seat();
    attempt.judge(app, async { Ok(app.passwords.set(candidate, seat).await?.map_err(Refusals::from)) }).await
}

/// Reports every broken rule except the slow one, which [`set_password`] checks.
pub(super) fn check_password(
    app: &App,
    raw: &str,
    first_name: &str,
    last_name: &str,
    email: &EmailAddress,
) -> Result<PasswordCandidate, Refusals> {
    let personal = [first_name, last_name, email.local_part(), email.as_str(), &app.settings.brand.name];
    Password::candidate(raw, &personal).map_err(|broken| {
        let mut refusals = Refusals::default();
        refusals.add(broken);
        refusals
    })
}

/// 256 bits from the operating system.
pub fn new_secret() -> AppResult<Secret> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|e| super::AppError::Internal(Box::new(std::io::Error::other(e.to_string()))))?;
    Ok(Secret::from_random_bytes(bytes))
}

/// Cuts what a browser says about itself to a length that is enough to recognise it.
pub(super) fn tidy_origin(origin: Origin) -> Origin {
    let user_agent: Option<String> =
        origin.user_agent.map(|text| text.chars().filter(|c| !c.is_control()).take(300).collect());
    let user_agent = optional_text(user_agent.as_deref(), "user_agent", 300).ok().flatten();
    Origin { user_agent, ..origin }
}
