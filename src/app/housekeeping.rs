//! What is forgotten after a while. The job `prune` does it once a minute on one node, and any node may do it at any time: what is gone already is not missed.

use super::security_log::SecurityEvent;
use super::{App, AppResult};
use crate::store::{
    access_links, clock, demo_mails, idempotency, jobs, mails, password_resets, search, sessions, throttles,
};

/// A code is good for minutes; its row only for whoever looks into yesterday's trouble.
const RESETS_KEPT_DAYS: i64 = 1;
/// So long a dead link still says what it died of.
const ACCESS_LINKS_KEPT_DAYS: i64 = 30;
/// What is kept instead of sent (no `SMTP_URL`) can be read so long by whoever reads the database. In the demo, which shows it to
/// everybody, as long as an invitation is good.
const KEPT_MAILS_READABLE_DAYS: i64 = 1;
/// A mail that was given up can be looked at so long.
const PARKED_MAILS_READABLE_DAYS: i64 = 7;
/// Whoever repeats a request does it sooner.
const IDEMPOTENCY_KEYS_KEPT_DAYS: i64 = 1;
/// Long enough to see what was done since yesterday.
const DONE_JOBS_KEPT_DAYS: i64 = 1;
/// Somebody has looked at what was given up by then, or nobody will.
const PARKED_JOBS_KEPT_DAYS: i64 = 30;
/// Keys of the search that one transaction makes: few enough that nobody waits for it.
const SEARCH_KEYS_AT_ONCE: i64 = 200;

/// Ends sessions whose time is over (their sockets close as at a sign-out) and drops counters and old notices.
pub async fn prune(app: &App) -> AppResult<()> {
    let now = app.clock.now();
    let readable = if app.settings.demo { app.settings.invitation_days } else { KEPT_MAILS_READABLE_DAYS };
    let (ended, emptied) = app
        .store
        .write(move |conn| {
            let ended = sessions::expire(conn, now)?;
            sessions::prune_revocations(conn, now)?;
            throttles::prune(conn, now)?;
            let kept = demo_mails::empty(conn, now.plus_days(-readable))?;
            let parked = mails::empty_parked(conn, now.plus_days(-PARKED_MAILS_READABLE_DAYS))?;
            // These go by the database's clock.
            let at = clock::now(conn)?;
            password_resets::prune(conn, at.plus_days(-RESETS_KEPT_DAYS))?;
            access_links::prune(conn, at.plus_days(-ACCESS_LINKS_KEPT_DAYS))?;
            for kind in ["reset_code", "reset_link"] {
                mails::forget_dropped(conn, kind, now.plus_seconds(-3600))?;
            }
            jobs::prune(conn, now.plus_days(-DONE_JOBS_KEPT_DAYS), now.plus_days(-PARKED_JOBS_KEPT_DAYS))?;
            idempotency::prune(conn, now.plus_days(-IDEMPOTENCY_KEYS_KEPT_DAYS))?;
            Ok((ended, kept + parked))
        })
        .await?;
    for account in ended {
        SecurityEvent::done("session_ended", account).write();
    }
    if emptied > 0 {
        app.store.note_erased();
    }
    app.store.forget_erased().await?;
    // Rows of an earlier version, or changed by one that still runs beside this.
    while app.store.write(|conn| search::fill(conn, SEARCH_KEYS_AT_ONCE)).await? > 0 {}
    Ok(())
}
