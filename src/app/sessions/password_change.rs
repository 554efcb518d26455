//! A person changes their own password.

use super::{PROOFS, Proved, new_secret, tidy_origin};
use crate::app::mail_orders::MailOrder;
use crate::app::new_passwords::NewPassword;
use crate::app::security_log::SecurityEvent;
use crate::app::throttle::{Attempted, Try};
use crate::app::{App, AppResult};
use crate::domain::{Caller, Code, EndReason, Refusal, Refusals, Secret, TokenHash};
use crate::store::sessions;

/// Ends every other session of the account, so that a person who knew the old password is signed out. The caller's session gets a
/// new token, which is returned with the device's cookie.
pub async fn change_password(app: &App, caller: &Caller, current: &str, new: &str) -> AppResult<(Secret, String)> {
    let account = crate::app::me::account(app, caller).await?;
    let candidate = super::check_password(app, new, &account.first_name, &account.last_name, &account.email)?;
    let (id, signed_in) = (caller.account, Some(caller.session));
    let subject = account.email.as_str();
    let tried = Try { kind: Attempted::PASSWORD, subject, origin: &caller.origin, signed_in };
    let attempt = crate::app::throttle::attempt(app, tried).await?;
    let seat = attempt.seat();
    let wrong = || Refusals::from(Refusal::field(Code::PasswordWrong, "current_password"));
    let prove = || async {
        let (email, seat) = (Some(&account.email), seat.clone());
        Ok(super::prove(app, "password_change", email, current, &caller.origin, seat).await?.ok_or_else(wrong))
    };
    let mut proved = attempt.judge(app, prove()).await?;

    let tried = Try { kind: Attempted::OWN_NEW_PASSWORD, subject, origin: &caller.origin, signed_in };
    let hash = super::set_password(app, tried, candidate).await?;
    let secret = new_secret()?;
    let new = crate::app::new_passwords::prepare(app, &account, hash, &tidy_origin(caller.origin.clone()))?;
    let order = MailOrder::new(caller, &account.email, app.settings.mails);
    let mut proofs = 1;
    while !replace_password(app, caller, &proved, new.clone(), &order, secret.hash()).await? {
        if proofs == PROOFS {
            return Err(wrong().into());
        }
        proofs += 1;
        proved = prove().await??;
    }
    app.jobs.wake();
    super::publish_ended(app, id, None, Some(caller.session), EndReason::PasswordChanged);
    let device = super::remember_device(app, &caller.origin, &account.email, None).await?;
    SecurityEvent::done("password_change", id).from(&caller.origin).write();
    Ok((secret, device))
}

/// `false` if the stored hash is no longer the proved one: a sign-in renewed it, or the password was changed.
async fn replace_password(
    app: &App,
    caller: &Caller,
    proved: &Proved,
    new: NewPassword,
    order: &MailOrder,
    token: TokenHash,
) -> AppResult<bool> {
    let (kept, proved, counted, now) = (caller.session, proved.hash.clone(), order.clone(), app.clock.now());
    let replaced = app
        .store
        .write(move |conn| {
            if !new.replace(conn, &proved)? {
                return Ok(false);
            }
            new.follow(conn, Some(kept))?;
            counted.count_pair(conn, now)?;
            if sessions::renew_token(conn, kept, &token)? { Ok(true) } else { Err(Code::SessionRequired.into()) }
        })
        .await;
    crate::app::mail_orders::settle(app, caller, order, replaced)
}
