//! Signing in and out, and what a person does with his own account.

use super::throttle::forget_account_key;
use super::{App, AppResult};
use crate::domain::{
    Account, AccountEvent, AccountId, AccountState, Caller, Code, EmailAddress, EndReason, Event, Language, Origin,
    Password, Refusals, Secret, Session, SessionId, Timestamp, TokenHash, optional_text, person_name, phone_number,
};
use crate::store::accounts::ProfileChanges;
use crate::store::{accounts, sessions, throttles};

/// A session is noted as used at most this often, so that reading does not mean writing.
const TOUCH_EVERY_MS: i64 = 5 * 60 * 1000;

/// A fresh session. The secret is known here for the last time.
pub struct SignedIn {
    pub account: Account,
    pub session: SessionId,
    pub secret: Secret,
}

impl App {
    /// The same answer, after the same work, for an unknown address, a wrong password and a deactivated account.
    pub async fn sign_in(&self, email: &str, password: &str, origin: Origin) -> AppResult<SignedIn> {
        self.throttle_sign_in(email, &origin).await?;
        let found = match EmailAddress::parse(email) {
            Ok(email) => self.store.read(move |conn| accounts::credentials(conn, &email)).await?,
            Err(_) => None,
        };
        let hash = found.as_ref().map(|(_, hash)| hash.clone());
        let verified = self.passwords.verify(password, hash).await?;
        let account = match found {
            Some((account, _)) if verified.correct && account.state == AccountState::Active => account,
            _ => return Err(Code::CredentialsWrong.into()),
        };
        let rehashed = if verified.outdated { Some(self.passwords.rehash(password).await?) } else { None };
        self.open_session(account, origin, rehashed).await
    }

    async fn open_session(&self, account: Account, origin: Origin, rehashed: Option<String>) -> AppResult<SignedIn> {
        let secret = new_secret()?;
        let (id, token, now) = (account.id, secret.hash(), self.clock.now());
        let throttle = forget_account_key(&account.email);
        let session = self
            .store
            .write(move |conn| {
                if let Some(hash) = &rehashed {
                    accounts::set_password_hash(conn, id, hash)?;
                }
                accounts::note_login(conn, id, now)?;
                throttles::forget(conn, &throttle)?;
                sessions::insert(conn, id, &token, &origin, now)
            })
            .await?;
        Ok(SignedIn { account: Account { last_login_at: Some(now), ..account }, session, secret })
    }

    /// The person behind a token. The one way in, for HTTP and sockets alike; `None` says nothing of why.
    pub async fn authenticate(&self, token: &str, origin: Origin) -> AppResult<Option<Caller>> {
        let Some(secret) = Secret::parse(token) else {
            return Ok(None);
        };
        let (token, now): (TokenHash, _) = (secret.hash(), self.clock.now());
        let Some(found) = self.store.read(move |conn| sessions::authenticate(conn, &token, now)).await? else {
            return Ok(None);
        };
        if now.0 - found.last_seen_at.0 > TOUCH_EVERY_MS {
            let (session, created_at) = (found.session, found.created_at);
            // A courtesy to the list of sessions: if it cannot be written now, the next request does.
            let _ = self.store.write(move |conn| sessions::touch(conn, session, created_at, now)).await;
        }
        Ok(Some(found.into_caller(origin)))
    }

    pub async fn own_account(&self, caller: &Caller) -> AppResult<Account> {
        self.account(caller.account).await
    }

    pub(super) async fn account(&self, id: AccountId) -> AppResult<Account> {
        let found = self.store.read(move |conn| accounts::find(conn, id)).await?;
        found.ok_or_else(|| Code::AccountUnknown.into())
    }

    pub async fn sessions(&self, caller: &Caller) -> AppResult<Vec<Session>> {
        let (account, now) = (caller.account, self.clock.now());
        Ok(self.store.read(move |conn| sessions::list(conn, account, now)).await?)
    }

    /// Ends one of the caller's own sessions; its sockets close on every node.
    pub async fn end_session(&self, caller: &Caller, session: SessionId) -> AppResult<()> {
        let (account, now) = (caller.account, self.clock.now());
        let ended = self.store.write(move |conn| sessions::end_one(conn, account, session, now)).await?;
        if !ended {
            return Err(Code::SessionUnknown.into());
        }
        self.tell_ended(account, Some(session), None, EndReason::SignedOut);
        Ok(())
    }

    /// Until when the caller's session lives, if nobody ends it; `None` if it has ended.
    pub async fn session_lives_until(&self, caller: &Caller) -> AppResult<Option<Timestamp>> {
        let (session, now) = (caller.session, self.clock.now());
        Ok(self.store.read(move |conn| sessions::lives_until(conn, session, now)).await?)
    }

    pub(super) fn tell_ended(
        &self,
        account: AccountId,
        session: Option<SessionId>,
        kept: Option<SessionId>,
        reason: EndReason,
    ) {
        self.bus.publish(Event::Account(account, AccountEvent::Ended { session, kept, reason }));
    }

    /// Every other session of the account ends: whoever knew the old password is out.
    pub async fn change_password(&self, caller: &Caller, current: &str, new: &str) -> AppResult<()> {
        let account = self.own_account(caller).await?;
        self.throttle_sign_in(account.email.as_str(), &caller.origin).await?;
        let id = caller.account;
        let stored = self.store.read(move |conn| accounts::password_hash(conn, id)).await?;
        if !self.passwords.verify(current, stored).await?.correct {
            return Err(crate::domain::Refusal::field(Code::PasswordWrong, "current_password").into());
        }
        let password = self.check_password(new, &account.first_name, &account.last_name, &account.email)?;
        let hash = self.passwords.hash(&password).await?;
        let kept = caller.session;
        let new = self.prepare_new_password(&account, hash, &tidy_origin(caller.origin.clone()))?;
        self.store
            .write(move |conn| {
                new.write(conn)?;
                new.follow(conn, Some(kept))
            })
            .await?;
        self.mail.wake();
        self.tell_ended(id, None, Some(kept), EndReason::SignedOut);
        Ok(())
    }

    /// Reports every broken rule.
    pub(super) fn check_password(
        &self,
        raw: &str,
        first_name: &str,
        last_name: &str,
        email: &EmailAddress,
    ) -> Result<Password, Refusals> {
        let personal = [first_name, last_name, email.local_part(), email.as_str(), &self.settings.brand.name];
        Password::parse(raw, &personal).map_err(|broken| {
            let mut refusals = Refusals::default();
            refusals.add(broken);
            refusals
        })
    }

    /// Changes the caller's own profile; `None` leaves a field as it is.
    pub async fn update_profile(
        &self,
        caller: &Caller,
        first_name: Option<String>,
        last_name: Option<String>,
        phone: Option<Option<String>>,
        language: Option<Language>,
    ) -> AppResult<Account> {
        let mut refusals = Refusals::default();
        let first_name = first_name.and_then(|name| refusals.check(person_name(&name, "first_name")));
        let last_name = last_name.and_then(|name| refusals.check(person_name(&name, "last_name")));
        let phone = phone.and_then(|phone| refusals.check(phone_number(phone.as_deref())));
        if !refusals.is_empty() {
            return Err(refusals.into());
        }
        let changes = ProfileChanges { first_name, last_name, phone, language };
        let id = caller.account;
        self.store.write(move |conn| accounts::update_profile(conn, id, &changes)).await?;
        self.account(id).await
    }
}

/// 256 bits from the operating system.
pub fn new_secret() -> AppResult<Secret> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|e| super::AppError::Internal(Box::new(std::io::Error::other(e.to_string()))))?;
    Ok(Secret::from_random_bytes(bytes))
}

/// What a browser says of itself, cut to a length that is enough to recognise it.
pub(super) fn tidy_origin(origin: Origin) -> Origin {
    let user_agent: Option<String> =
        origin.user_agent.map(|text| text.chars().filter(|c| !c.is_control()).take(300).collect());
    let user_agent = optional_text(user_agent.as_deref(), "user_agent", 300).ok().flatten();
    Origin { user_agent, ..origin }
}
