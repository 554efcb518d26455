//! The first admin's account, made by a link that the start prints.

use super::security_log::SecurityEvent;
use super::sessions::{Arrival, new_secret, tidy_origin};
use super::throttle::{Attempted, Try};
use super::{App, AppResult, NewAccount, SignedIn};
use crate::domain::{Code, Role, Secret};
use crate::store::{accounts, sessions, setup_links};

/// A single-use link that makes the first admin; `None` if there is an admin already. Earlier links die.
pub async fn link(app: &App) -> AppResult<Option<String>> {
    let secret = new_secret()?;
    let (token, now) = (secret.hash(), app.clock.now());
    let made = app
        .store
        .write(move |conn| {
            if accounts::has_admin(conn)? {
                return Ok(false);
            }
            setup_links::replace(conn, &token, now, now.plus_seconds(3600))?;
            Ok(true)
        })
        .await?;
    Ok(made.then(|| format!("{}/setup/{}", app.settings.public_url, secret.reveal())))
}

/// Refuses `setup_unknown` unless this link can make an admin now.
pub async fn check(app: &App, token: &str) -> AppResult<()> {
    let token = Secret::parse(token).ok_or(Code::SetupUnknown)?.hash();
    let now = app.clock.now();
    let live =
        app.store.read(move |conn| Ok(setup_links::is_live(conn, &token, now)? && !accounts::has_admin(conn)?)).await?;
    if live { Ok(()) } else { Err(Code::SetupUnknown.into()) }
}

pub async fn set_up(app: &App, token: &str, new: NewAccount, arrival: Arrival) -> AppResult<SignedIn> {
    check(app, token).await?;
    let link = Secret::parse(token).ok_or(Code::SetupUnknown)?.hash();
    let tried = Try { kind: Attempted::NEW_PASSWORD, subject: token, origin: &arrival.origin, signed_in: None };
    let row = super::accounts::check(app, NewAccount { role: Role::Admin, ..new }, tried).await?;
    let secret = new_secret()?;
    let device = super::sessions::remember_device(app, &arrival.origin, &row.email, None).await?;
    let replaces = arrival.replaces.as_ref().map(Secret::hash);
    let (session_token, origin, now) = (secret.hash(), tidy_origin(arrival.origin), app.clock.now());
    let came_from = origin.clone();
    let (id, session, ended) = app
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
    super::sessions::publish_replaced(app, ended);
    SecurityEvent::done("account_made", id).with(Role::Admin).from(&came_from).write();
    Ok(SignedIn { account: super::accounts::find(app, id).await?, session, secret, device })
}
