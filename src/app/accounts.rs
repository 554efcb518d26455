//! The operations of an admin on accounts.

use super::new_passwords::close_other_ways;
use super::passwords::Seat;
use super::security_log::SecurityEvent;
use super::throttle::{Attempted, Try};
use super::{App, AppResult};
use crate::domain::{
    Account, AccountId, AccountState, Caller, Code, EmailAddress, EndReason, IdempotencyKey, Language, Refusals, Role,
    person_name, search_words,
};
use crate::store::accounts::{self, AccountFilter};
use crate::store::{Db, StoreResult, idempotency, sessions};

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

pub(super) async fn make(app: &App, new: NewAccount, tried: Try<'_>) -> AppResult<Account> {
    let origin = tried.origin;
    let row = check(app, new, tried).await?;
    let (role, now) = (row.role, app.clock.now());
    let id = app.store.write(move |conn| accounts::insert(conn, &row, now)).await?;
    SecurityEvent::done("account_made", id).with(role).from(origin).write();
    find(app, id).await
}

/// Makes an account for an admin. A request that repeats its key makes one account. Refuses `email_taken` and every broken rule
/// of the fields.
pub async fn create(app: &App, caller: &Caller, new: NewAccount, key: Option<IdempotencyKey>) -> AppResult<Account> {
    let subject = format!("account {}", caller.account);
    let signed_in = Some(caller.session);
    let tried = Try { kind: Attempted::NEW_PASSWORD, subject: &subject, origin: &caller.origin, signed_in };
    let fields = (&new.email, &new.first_name, &new.last_name, new.role, new.language);
    let once = key.map(|key| key.of("account", &fields));
    let password = new.password.clone();
    let row = check(app, new, tried).await?;
    let (by, role, now) = (caller.account, row.role, app.clock.now());
    let (account, made) = app
        .store
        .write(move |conn| {
            let insert = |conn: &mut Db| Ok((accounts::insert(conn, &row, now)?.0, ()));
            let (id, made) = idempotency::once(conn, by, once.as_ref(), now, insert)?;
            Ok((account_of(conn, AccountId(id))?, made))
        })
        .await?;
    let id = account.id;
    if made.is_some() {
        SecurityEvent::done("account_made", id).with(role).from(&caller.origin).write();
    } else {
        // The request's digest knows no password; the account's hash does.
        let stored = app.store.read(move |conn| accounts::password_hash(conn, id)).await?;
        if !app.passwords.verify(&password, stored, Seat::Known(subject)).await?.correct {
            return Err(Code::IdempotencyKeyReused.into());
        }
    }
    Ok(account)
}

pub(super) async fn check(app: &App, new: NewAccount, tried: Try<'_>) -> AppResult<accounts::AccountInsert> {
    let mut refusals = Refusals::default();
    let email = refusals.check(EmailAddress::parse(&new.email));
    let first_name = refusals.check(person_name(&new.first_name, "first_name"));
    let last_name = refusals.check(person_name(&new.last_name, "last_name"));
    let (Some(email), Some(first_name), Some(last_name)) = (email, first_name, last_name) else {
        return Err(refusals.into());
    };
    let candidate = super::sessions::check_password(app, &new.password, &first_name, &last_name, &email)?;
    let password_hash = super::sessions::set_password(app, tried, candidate).await?;
    Ok(accounts::AccountInsert {
        email,
        role: new.role,
        first_name,
        last_name,
        phone: None,
        language: new.language,
        password_hash,
        // An admin made the account by hand, and the address counts as proved.
        email_verified_at: Some(app.clock.now()),
    })
}

pub async fn list(
    app: &App,
    role: Option<Role>,
    text: Option<String>,
    before: Option<AccountId>,
    limit: Option<i64>,
) -> AppResult<(Vec<Account>, Option<AccountId>)> {
    let limit = app.page_size(limit);
    let words = search_words(text.as_deref())?;
    let filter = AccountFilter { role, words, before, limit: limit + 1 };
    let mut found = app.store.read(move |conn| accounts::list(conn, &filter)).await?;
    let next = super::cut_page(&mut found, limit).map(|account| account.id);
    Ok((found, next))
}

/// Closes the account. All its sessions and sockets end at once.
pub async fn deactivate(app: &App, caller: &Caller, id: AccountId) -> AppResult<Account> {
    if id == caller.account {
        return Err(Code::OwnAccount.into());
    }
    let now = app.clock.now();
    let account = app
        .store
        .write(move |conn| {
            let account = account_of(conn, id)?;
            accounts::set_state(conn, id, AccountState::Deactivated)?;
            close_other_ways(conn, id)?;
            sessions::end_all(conn, id, None, EndReason::Deactivated, now)?;
            Ok(Account { state: AccountState::Deactivated, ..account })
        })
        .await?;
    super::sessions::publish_ended(app, id, None, None, EndReason::Deactivated);
    SecurityEvent::done("account_deactivated", id).by(caller.account).from(&caller.origin).write();
    Ok(account)
}

pub async fn reactivate(app: &App, caller: &Caller, id: AccountId) -> AppResult<Account> {
    let account = app
        .store
        .write(move |conn| {
            let account = account_of(conn, id)?;
            accounts::set_state(conn, id, AccountState::Active)?;
            Ok(Account { state: AccountState::Active, ..account })
        })
        .await?;
    SecurityEvent::done("account_reactivated", id).by(caller.account).from(&caller.origin).write();
    Ok(account)
}

pub(super) async fn find(app: &App, id: AccountId) -> AppResult<Account> {
    Ok(app.store.read(move |conn| account_of(conn, id)).await?)
}

/// Refuses `account_unknown`.
pub(super) fn account_of(conn: &mut Db, id: AccountId) -> StoreResult<Account> {
    accounts::find(conn, id)?.ok_or_else(|| Code::AccountUnknown.into())
}
