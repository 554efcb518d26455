//! Deletes what is kept for a limited time. The job `prune` runs this once a minute on one node. A second run, on any node, finds
//! nothing left to delete and does no harm.

use super::security_log::SecurityEvent;
use super::{App, AppResult};
use crate::store::{
    Db, access_links, account_changes, clock, demo_mails, idempotency, jobs, mails, password_resets, search, sessions,
    throttles,
};

/// A code is valid for minutes; its row stays for an operator who looks into yesterday's trouble.
const RESETS_KEPT_DAYS: i64 = 1;
/// A dead link says for this long why it is dead.
const ACCESS_LINKS_KEPT_DAYS: i64 = 30;
/// Mails that are kept instead of sent (no `SMTP_URL`) stay readable in the database for this long. The demo, which shows them to
/// everybody, keeps them as long as an invitation is valid.
const KEPT_MAILS_READABLE_DAYS: i64 = 1;
/// A mail that was given up stays readable for this long.
const PARKED_MAILS_READABLE_DAYS: i64 = 7;
/// A client that repeats a request does it sooner than this.
const IDEMPOTENCY_KEYS_KEPT_DAYS: i64 = 1;
/// An operator can still see what was done since yesterday.
const DONE_JOBS_KEPT_DAYS: i64 = 1;
/// An operator has looked at a parked job by then, or nobody will.
const PARKED_JOBS_KEPT_DAYS: i64 = 30;
/// A client that was away for longer gets `stale`: everything may have changed.
const ACCOUNT_CHANGES_KEPT_DAYS: i64 = 7;
/// Changes that one transaction forgets.
const ACCOUNT_CHANGES_AT_ONCE: i64 = 5_000;
/// The search keys that one transaction makes: few enough that no other writer waits noticeably.
const SEARCH_KEYS_AT_ONCE: i64 = 200;

/// Ends sessions whose time is over (their sockets close as at a sign-out) and drops counters and old notices.
pub async fn prune(app: &App) -> AppResult<()> {
    let now = app.clock.now();
    let readable = if app.settings.demo { app.settings.invitation_days } else { KEPT_MAILS_READABLE_DAYS };
    let ended = app.store.write(move |conn| sessions::expire(conn, now)).await?;
    for account in ended {
        SecurityEvent::done("session_ended", account).write();
    }
    // Each in a transaction of its own: none waits for rows of one table while it holds those of another.
    app.store.write(move |conn| sessions::prune_revocations(conn, now)).await?;
    app.store.write(move |conn| throttles::prune(conn, now)).await?;
    let kept = app.store.write(move |conn| demo_mails::empty(conn, now.plus_days(-readable))).await?;
    let parked = now.plus_days(-PARKED_MAILS_READABLE_DAYS);
    let parked = app.store.write(move |conn| mails::empty_parked(conn, parked)).await?;
    if kept + parked > 0 {
        app.store.note_erased();
    }
    app.store.forget_erased().await?;
    // These rows expire by the database's clock.
    let at = app.store.read(clock::now).await?;
    app.store.write(move |conn| password_resets::prune(conn, at.plus_days(-RESETS_KEPT_DAYS))).await?;
    app.store.write(move |conn| access_links::prune(conn, at.plus_days(-ACCESS_LINKS_KEPT_DAYS))).await?;
    for kind in ["reset_code", "reset_link"] {
        app.store.write(move |conn| mails::forget_dropped(conn, kind, now.plus_seconds(-3600))).await?;
    }
    let (done, parked) = (now.plus_days(-DONE_JOBS_KEPT_DAYS), now.plus_days(-PARKED_JOBS_KEPT_DAYS));
    app.store.write(move |conn| jobs::prune(conn, done, parked)).await?;
    app.store.write(move |conn| idempotency::prune(conn, now.plus_days(-IDEMPOTENCY_KEYS_KEPT_DAYS))).await?;
    let forgotten = now.plus_days(-ACCOUNT_CHANGES_KEPT_DAYS);
    let forget = move |conn: &mut Db| account_changes::prune(conn, forgotten, ACCOUNT_CHANGES_AT_ONCE);
    while app.store.write(forget).await? > 0 {}
    // An earlier version wrote these rows, perhaps one that still runs beside this.
    while app.store.write(|conn| search::fill(conn, SEARCH_KEYS_AT_ONCE)).await? > 0 {}
    Ok(())
}
