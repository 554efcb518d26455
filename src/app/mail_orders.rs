//! Bounds the mails that one person may order. The count covers all nodes and belongs to the transaction that queues the mail:
//! a refused request, or one that repeats its key, counts nowhere.
//!
//! | mail | ordered by | bounded by |
//! | --- | --- | --- |
//! | `invitation` | a broker who invites | what is counted here |
//! | `invitation`, again | the same | the same, and a time between two of them |
//! | `access_link` | an admin, or a broker of the client | the same, and one in 5 minutes for each account |
//! | `password_changed` | the person themselves | the pair of them and their own address |
//! | `password_changed` | whoever has a mailed code or link | the code or link, which is used up |
//! | `reset_code` | anybody | `password_resets/limits.rs` |
//!
//! Three counters bound an order: the sender, by the hour and by the day; the sender and the recipient together; and the recipient,
//! for all senders. A sender may always send the first mail of the day to a recipient: otherwise one broker could use up what a
//! person may be sent, and nobody else could invite them.

use super::throttle::{account_key, sender_key};
use super::{App, AppError, AppResult};
use crate::app::security_log::{SecurityEvent, SecurityOutcome};
use crate::domain::{Caller, Code, EmailAddress, Limit, Once, Refusal, Timestamp};
use crate::store::throttles;
use crate::store::{Db, StoreError, StoreResult, idempotency};

/// How often.
#[derive(Debug, Clone, Copy)]
pub struct MailLimits {
    pub sender: Limit,
    pub sender_day: Limit,
    /// One sender to one recipient.
    pub pair: Limit,
    pub recipient: Limit,
    /// Between two mails of one invitation.
    pub resend_after_ms: i64,
}

/// One mail that somebody orders. It is cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct MailOrder {
    limits: MailLimits,
    sender: String,
    sender_day: String,
    pair: String,
    recipient: String,
}

/// Refuses `too_many_mails` and `mailed_enough` without a call to the database if it refused the same a moment ago. A request that
/// repeats its key passes, because it sends nothing more.
pub(super) async fn order(app: &App, caller: &Caller, to: &EmailAddress, once: Option<&Once>) -> AppResult<MailOrder> {
    let order = MailOrder::new(caller, to, app.settings.mails);
    let Some(refusal) = order.refused_lately(app) else { return Ok(order) };
    if let Some(once) = once.cloned() {
        let by = caller.account;
        if app.store.read(move |conn| idempotency::is_known(conn, by, &once)).await? {
            return Ok(order);
        }
    }
    SecurityEvent::not_done("mail_order", SecurityOutcome::Limited, Some(caller.account)).from(&caller.origin).write();
    Err(refusal.into())
}

/// Returns the result of the transaction that counted the order, and remembers its refusal.
pub(super) fn settle<T>(app: &App, caller: &Caller, order: &MailOrder, result: StoreResult<T>) -> AppResult<T> {
    if let Err(StoreError::Refused(refusal)) = &result
        && let Some(wait) = refusal.retry_after_ms
    {
        let now = app.clock.now();
        match refusal.code {
            Code::TooManyMails => app.mails.note(&order.sender, wait, now),
            Code::MailedEnough => app.mails.note(&order.pair, wait, now),
            _ => return result.map_err(AppError::from),
        }
        SecurityEvent::not_done("mail_order", SecurityOutcome::Limited, Some(caller.account))
            .from(&caller.origin)
            .write();
    }
    result.map_err(AppError::from)
}

impl MailOrder {
    pub fn new(caller: &Caller, to: &EmailAddress, limits: MailLimits) -> Self {
        Self {
            limits,
            sender: sender_key("mail_hour", caller.account, ""),
            sender_day: sender_key("mail_day", caller.account, ""),
            pair: sender_key("mail", caller.account, to.as_str()),
            recipient: account_key("mail", to.as_str()),
        }
    }

    fn refused_lately(&self, app: &App) -> Option<Refusal> {
        let now = app.clock.now();
        let refused = |code: Code, key: &str| app.mails.wait(&[key], now).map(|ms| Refusal::retry(code, ms));
        refused(Code::TooManyMails, &self.sender).or_else(|| refused(Code::MailedEnough, &self.pair))
    }

    /// Counts the mail. These are the last locks of the transaction, always in this order, so that two orders cannot deadlock.
    pub fn count(&self, conn: &mut Db, now: Timestamp) -> StoreResult<()> {
        let limits = &self.limits;
        for (key, limit) in [(&self.sender, limits.sender), (&self.sender_day, limits.sender_day)] {
            if let Err(ms) = throttles::hit(conn, key, limit, now)? {
                return Err(Refusal::retry(Code::TooManyMails, ms).into());
            }
        }
        let is_first = throttles::read(conn, std::slice::from_ref(&self.pair), now)?.is_empty();
        self.count_pair(conn, now)?;
        match throttles::hit(conn, &self.recipient, limits.recipient, now)? {
            Err(ms) if !is_first => Err(Refusal::retry(Code::MailedEnough, ms).into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Counts a mail that somebody orders to themselves.
    pub fn count_pair(&self, conn: &mut Db, now: Timestamp) -> StoreResult<()> {
        match throttles::hit(conn, &self.pair, self.limits.pair, now)? {
            Ok(()) => Ok(()),
            Err(ms) => Err(Refusal::retry(Code::MailedEnough, ms).into()),
        }
    }
}
