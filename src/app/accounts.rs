//! What an admin does with accounts, and how the first admin comes to be.

use super::new_passwords::close_other_ways;
use super::passwords::Seat;
use super::security_log::SecurityEvent;
use super::sessions::{Arrival, new_secret, tidy_origin};
use super::throttle::{Attempted, Try};
use super::{App, AppResult, SignedIn};
use crate::domain::{
    Account, AccountId, AccountState, Caller, Code, EmailAddress, EndReason, IdempotencyKey, Language, Refusals, Role,
    Secret, person_name, search_words,
};
use crate::store::accounts::{self, AccountFilter};
use crate::store::{Db, idempotency, sessions, setup_links};

/// The form of a new account.
#[derive(Debug, Clone)]
pub struct NewAccount {
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub role: Role,
    pub password: String,
    pub language: Language,
}

impl App {
    pub(super) async fn make_account(&self, new: NewAccount, tried: Try<'_>) -> AppResult<Account> {
        let origin = tried.origin;
        let row = self.check_account(new, tried).await?;
        let (role, now) = (row.role, self.clock.now());
        let id = self.store.write(move |conn| accounts::insert(conn, &row, now)).await?;
        SecurityEvent::done("account_made", id).with(role).from(origin).write();
        self.account(id).await
    }

    /// For admins, whose request may be repeated: with a key one account is made, however often that is asked. Refuses
    /// `email_taken` and every broken rule of the fields.
    pub async fn create_account(
        &self,
        caller: &Caller,
        new: NewAccount,
        key: Option<IdempotencyKey>,
    ) -> AppResult<Account> {
        let subject = format!("account {}", caller.account);
        let signed_in = Some(caller.session);
        let tried = Try { kind: Attempted::NEW_PASSWORD, subject: &subject, origin: &caller.origin, signed_in };
        let fields = (&new.email, &new.first_name, &new.last_name, new.role, new.language);
        let once = key.map(|key| key.of("account", &fields));
        let password = new.password.clone();
        let row = self.check_account(new, tried).await?;
        let (by, role, now) = (caller.account, row.role, self.clock.now());
        let (id, made) = self
            .store
            .write(move |conn| {
                let insert = |conn: &mut Db| Ok((accounts::insert(conn, &row, now)?.0, ()));
                idempotency::once(conn, by, once.as_ref(), now, insert)
            })
            .await?;
        let id = AccountId(id);
        if made.is_some() {
            SecurityEvent::done("account_made", id).with(role).from(&caller.origin).write();
        } else {
            // The request's digest knows no password; the account's hash does.
            let stored = self.store.read(move |conn| accounts::password_hash(conn, id)).await?;
            if !self.passwords.verify(&password, stored, Seat::Known(subject)).await?.correct {
                return Err(Code::IdempotencyKeyReused.into());
            }
        }
        self.account(id).await
    }

    async fn check_account(&self, new: NewAccount, tried: Try<'_>) -> AppResult<accounts::AccountInsert> {
        let mut refusals = Refusals::default();
        let email = refusals.check(EmailAddress::parse(&new.email));
        let first_name = refusals.check(person_name(&new.first_name, "first_name"));
        let last_name = refusals.check(person_name(&new.last_name, "last_name"));
        let (Some(email), Some(first_name), Some(last_name)) = (email, first_name, last_name) else {
            return Err(refusals.into());
        };
        let candidate = self.check_password(&new.password, &first_name, &last_name, &email)?;
        let password_hash = self.set_password(tried, candidate).await?;
        Ok(accounts::AccountInsert {
            email,
            role: new.role,
            first_name,
            last_name,
            phone: None,
            language: new.language,
            password_hash,
            // Made by hand, by somebody who is trusted with more than this.
            email_verified_at: Some(self.clock.now()),
        })
    }

    pub async fn accounts(
        &self,
        role: Option<Role>,
        text: Option<String>,
        before: Option<AccountId>,
        limit: Option<i64>,
    ) -> AppResult<(Vec<Account>, Option<AccountId>)> {
        let limit = self.page_size(limit);
        let words = search_words(text.as_deref())?;
        let filter = AccountFilter { role, words, before, limit: limit + 1 };
        let mut found = self.store.read(move |conn| accounts::list(conn, &filter)).await?;
        let next = super::cut_page(&mut found, limit).map(|account| account.id);
        Ok((found, next))
    }

    /// Closes the account: every session and socket of it ends at once.
    pub async fn deactivate(&self, caller: &Caller, id: AccountId) -> AppResult<Account> {
        if id == caller.account {
            return Err(Code::OwnAccount.into());
        }
        let now = self.clock.now();
        self.account(id).await?;
        self.store
            .write(move |conn| {
                accounts::set_state(conn, id, AccountState::Deactivated)?;
                close_other_ways(conn, id)?;
                sessions::end_all(conn, id, None, EndReason::Deactivated, now)
            })
            .await?;
        self.publish_ended(id, None, None, EndReason::Deactivated);
        SecurityEvent::done("account_deactivated", id).by(caller.account).from(&caller.origin).write();
        self.account(id).await
    }

    pub async fn reactivate(&self, caller: &Caller, id: AccountId) -> AppResult<Account> {
        self.account(id).await?;
        self.store.write(move |conn| accounts::set_state(conn, id, AccountState::Active)).await?;
        SecurityEvent::done("account_reactivated", id).by(caller.account).from(&caller.origin).write();
        self.account(id).await
    }

    /// A single-use link with which the first admin is made; `None` if there is an admin already. Earlier links die.
    pub async fn setup_link(&self) -> AppResult<Option<String>> {
        let secret = new_secret()?;
        let (token, now) = (secret.hash(), self.clock.now());
        let made = self
            .store
            .write(move |conn| {
                if accounts::has_admin(conn)? {
                    return Ok(false);
                }
                setup_links::replace(conn, &token, now, now.plus_seconds(3600))?;
                Ok(true)
            })
            .await?;
        Ok(made.then(|| format!("{}/setup/{}", self.settings.public_url, secret.reveal())))
    }

    /// Refuses `setup_unknown` unless an admin can be made with this link now.
    pub async fn check_setup(&self, token: &str) -> AppResult<()> {
        let token = Secret::parse(token).ok_or(Code::SetupUnknown)?.hash();
        let now = self.clock.now();
        let live = self
            .store
            .read(move |conn| Ok(setup_links::is_live(conn, &token, now)? && !accounts::has_admin(conn)?))
            .await?;
        if live { Ok(()) } else { Err(Code::SetupUnknown.into()) }
    }

    pub async fn set_up(&self, token: &str, new: NewAccount, arrival: Arrival) -> AppResult<SignedIn> {
        self.check_setup(token).await?;
        let link = Secret::parse(token).ok_or(Code::SetupUnknown)?.hash();
        let tried = Try { kind: Attempted::NEW_PASSWORD, subject: token, origin: &arrival.origin, signed_in: None };
        let row = self.check_account(NewAccount { role: Role::Admin, ..new }, tried).await?;
        let secret = new_secret()?;
        let device = self.remember_device(&arrival.origin, &row.email, None).await?;
        let replaces = arrival.replaces.as_ref().map(Secret::hash);
        let (session_token, origin, now) = (secret.hash(), tidy_origin(arrival.origin), self.clock.now());
        let came_from = origin.clone();
        let (id, session, ended) = self
            .store
            .write(move |conn| {
                if !setup_links::consume(conn, &link, now)? || accounts::has_admin(conn)? {
                    return Err(Code::SetupUnknown.into());
                }
                let id = accounts::insert(conn, &row, now)?;
                accounts::note_login(conn, id, now)?;
                let ended = sessions::end_replaced(conn, replaces.as_ref(), now)?;
                Ok((id, sessions::insert(conn, id, &session_token, &origin, now)?, ended))
            })
            .await?;
        self.tell_replaced(ended);
        SecurityEvent::done("account_made", id).with(Role::Admin).from(&came_from).write();
        Ok(SignedIn { account: self.account(id).await?, session, secret, device })
    }
}
