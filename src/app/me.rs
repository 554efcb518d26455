//! The operations of a person on their own account.

use super::{App, AppResult};
use crate::domain::{Account, Caller, Language, Refusals, person_name, phone_number};
use crate::store::accounts::{self, ProfileChanges};
use crate::store::{account_changes, names};

pub async fn account(app: &App, caller: &Caller) -> AppResult<Account> {
    super::accounts::find(app, caller.account).await
}

/// Changes the caller's own profile; `None` leaves a field as it is.
pub async fn update_profile(
    app: &App,
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
    let (id, now) = (caller.account, app.clock.now());
    let (renamed, account) = app
        .store
        .write(move |conn| {
            let renamed = accounts::update_profile(conn, id, &changes, now)?;
            let account = super::accounts::account_of(conn, id)?;
            if renamed {
                let beside = names::beside_rooms(conn, id)?;
                account_changes::record_all(conn, beside, now)?;
            }
            Ok((renamed, account))
        })
        .await?;
    if renamed {
        super::renames::publish(app, id);
    }
    Ok(account)
}
