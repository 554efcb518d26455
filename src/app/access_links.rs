//! Access links: an admin gives anybody access again, a broker gives it to their clients. The link goes to the person's own
//! mailbox, and the sender does not see it.

use super::password_resets::{as_new_password, in_new_password};
use super::security_log::SecurityEvent;
use super::sessions::{new_secret, tidy_origin};
use super::throttle::{Attempted, Try, access_link_key};
use super::{App, AppResult};
use crate::adapters::mail::{AccessLinkMail, Line, Mail, WebLink};
use crate::domain::{
    Account, AccountId, AccountState, Caller, ClientId, Code, IdempotencyKey, Limit, Origin, Refusal, Role, Secret,
    Timestamp, TokenHash,
};
use crate::store::throttles;
use crate::store::{Db, StoreResult, access_links, accounts, clients, clock, idempotency, mails, participants};

pub(super) const LIFETIME_DAYS: i64 = 1;
/// The links that one account may be sent, by all senders together.
const SENT: Limit = Limit { count: 1, window_ms: 5 * 60_000 };

/// The content of a link's page.
pub struct AccessView {
    pub account: Account,
    pub expires_at: Timestamp,
}

/// Sends a link with which the person sets a new password; earlier links die. A request that repeats its key sends one link.
/// Refuses `account_unknown` if the caller is a broker and the account is not their client, `account_deactivated`, and
/// `access_link_recent`.
pub async fn send(app: &App, caller: &Caller, id: AccountId, key: Option<IdempotencyKey>) -> AppResult<()> {
    let once = key.map(|key| key.of("access_link", &id));
    let (by, role) = (caller.account, caller.role);
    let (account, sender) =
        app.store.read(move |conn| Ok((reachable(conn, by, role, id)?, accounts::find(conn, by)?))).await?;
    let sender = sender.ok_or(Code::AccountUnknown)?.name();
    let order = super::mail_orders::order(app, caller, &account.email, once.as_ref()).await?;
    let secret = new_secret()?;
    let (now, counted) = (app.clock.now(), order.clone());
    let link = address_of(app, &secret);
    let expires_at = now.plus_days(LIFETIME_DAYS);
    let mail = app.write_mail(account.language, |portal| {
        let (first_name, sender) = (Line::of(&account.first_name), Line::of(&sender));
        Ok(AccessLinkMail { first_name, sender, link: WebLink::of(&link)?, expires_at: expires_at.into(), portal })
    })?;
    let token = secret.hash();
    let sent = app
        .store
        .write(move |conn| {
            idempotency::once(conn, by, once.as_ref(), now, |conn| {
                let account = reachable(conn, by, role, id)?;
                let at = clock::now(conn)?;
                if let Err(ms) = throttles::hit(conn, &access_link_key(id), SENT, at)? {
                    return Err(Refusal::retry(Code::AccessLinkRecent, ms).into());
                }
                for useless in access_links::replace(conn, id, &token, by, at, at.plus_days(LIFETIME_DAYS))? {
                    mails::drop_queued(conn, useless)?;
                }
                counted.count(conn, now)?;
                let mail = mails::enqueue(conn, AccessLinkMail::NAME, &account.email, &mail, now)?;
                access_links::note_mail(conn, &token, mail)?;
                Ok((id.0, ()))
            })
        })
        .await;
    if super::mail_orders::settle(app, caller, &order, sent)?.1.is_none() {
        return Ok(());
    }
    app.jobs.wake();
    SecurityEvent::done("access_link_sent", id).by(by).from(&caller.origin).write();
    Ok(())
}

/// Sends a link to the person of the broker's record, as [`send`] does. Refuses `client_unknown`, and `account_unknown` if the record
/// has no account or the account is not their client's.
pub async fn send_to_client(
    app: &App,
    caller: &Caller,
    client: ClientId,
    key: Option<IdempotencyKey>,
) -> AppResult<()> {
    let broker = caller.account;
    let account = app.store.read(move |conn| clients::account_of(conn, client, broker)).await?;
    send(app, caller, account.ok_or(Code::AccountUnknown)?, key).await
}

pub(super) fn address_of(app: &App, secret: &Secret) -> String {
    format!("{}/access/{}", app.settings.public_url, secret.reveal())
}

/// Refuses `access_link_unknown`, `_used`, `_expired`. Reading does not use the link up, because mail scanners read links too.
pub async fn find(app: &App, token: &str) -> AppResult<AccessView> {
    let token = link_token(token)?;
    Ok(app.store.read(move |conn| usable(conn, &token)).await?)
}

/// Uses the link up: sets the new password, proves the address, and ends every session.
pub async fn use_link(app: &App, token: &str, new_password: &str, origin: Origin) -> AppResult<()> {
    let (link, account) = (token, find(app, token).await?.account);
    let token = link_token(token)?;
    let candidate =
        super::sessions::check_password(app, new_password, &account.first_name, &account.last_name, &account.email)
            .map_err(as_new_password)?;
    let tried = Try { kind: Attempted::NEW_PASSWORD, subject: link, origin: &origin, signed_in: None };
    let hash = super::sessions::set_password(app, tried, candidate).await.map_err(in_new_password)?;
    let origin = tidy_origin(origin);
    let new = super::new_passwords::prepare(app, &account, hash, &origin)?;
    let entries = app
        .store
        .write(move |conn| {
            let rooms = new.lock_rooms(conn)?;
            new.write(conn)?;
            usable(conn, &token)?;
            let at = clock::now(conn)?;
            if !access_links::use_up(conn, &token, at)? {
                return Err(Code::AccessLinkUsed.into());
            }
            new.follow_proof(conn, &rooms)
        })
        .await?;
    super::new_passwords::publish_reset(app, account.id, entries);
    SecurityEvent::done("access_link_used", account.id).from(&origin).write();
    Ok(())
}

/// A broker may send a link to a client of theirs. They may not send one to another broker, whose account opens more than what
/// the two share.
fn is_for_brokers(account: &Account) -> bool {
    account.role == Role::Client
}

/// Whether a link can be sent by the broker whose client this is.
pub fn can_be_sent_to(client: &Account) -> bool {
    is_for_brokers(client) && client.state == AccountState::Active
}

/// The account, if this person may send it a link.
fn reachable(conn: &mut Db, by: AccountId, role: Role, id: AccountId) -> StoreResult<Account> {
    let account = accounts::find(conn, id)?.ok_or(Code::AccountUnknown)?;
    let allowed = match role {
        Role::Admin => true,
        Role::Broker => is_for_brokers(&account) && participants::is_client_of(conn, id, by)?,
        Role::Client => false,
    };
    if !allowed {
        return Err(Code::AccountUnknown.into());
    }
    match account.state {
        AccountState::Active => Ok(account),
        AccountState::Deactivated => Err(Code::AccountDeactivated.into()),
    }
}

fn link_token(token: &str) -> Result<TokenHash, Refusal> {
    Secret::parse(token).map(|secret| secret.hash()).ok_or_else(|| Code::AccessLinkUnknown.into())
}

fn usable(conn: &mut Db, token: &TokenHash) -> StoreResult<AccessView> {
    let link = access_links::find(conn, token)?.ok_or(Code::AccessLinkUnknown)?;
    let now = clock::now(conn)?;
    link.check_usable(now)?;
    let account = accounts::find(conn, link.account)?.filter(|account| account.state == AccountState::Active);
    Ok(AccessView { account: account.ok_or(Code::AccessLinkExpired)?, expires_at: link.expires_at })
}
