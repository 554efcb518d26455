//! Slows guessing down, by network and by account, over all nodes, without letting a stranger who guesses keep the owner out.
//!
//! An attempt goes through [`attempt()`], which may refuse it (`too_many_attempts`) or delay it, and ends in
//! [`Attempt::judge`], which counts it if it was wrong. Only wrong attempts count: an office behind one address signs in as often
//! as it likes, and refused attempts count nowhere. The counters are
//!
//! - the subject (an account, a link) from one network, with a strict limit. A network is an IPv4 address or a /64 of IPv6; a whole /48
//!   may fail four times as often as one of its /64s;
//! - the network for all subjects, with a strict limit, and its /48 likewise;
//! - the subject from all networks: beyond as many failures as one network may have, each further attempt waits before it is looked
//!   at, longer with each failure, up to a bound. It is never refused, because a stranger could then keep the owner out.
//!
//! A device on which the account signed in before ([`devices`]), or a person who is signed in, has a strict counter of its own instead of
//! all of these.
//!
//! The database holds the counters, where all nodes see them. This node's memory ([`gate`]) comes first: its refusals cost no call
//! to the database, and it admits no more at once than may still fail, so that concurrent attempts are counted exactly. Nodes see
//! each other's failures when they are written, so each node may admit at one instant what one node may. If a counter cannot be
//! read or written the attempt is refused.
//!
//! **A new kind of attempt** is a [`Attempted`] with a name of its own, which is the beginning of its counters' keys, and a call:
//!
//! ```text
//! let attempt = attempt(app, Try { kind: Attempted::CODE, subject: email.as_str(), origin: &origin, signed_in: None }).await?;
//! let found = attempt.judge(app, async { Ok(if is_right { Ok(found) } else { Err(refusals) }) }).await?;
//! ```
//!
//! The subject is an e-mail address if it should know devices. Slow work on passwords passes [`Attempt::seat`] on. Where right and
//! wrong attempts count alike (mails that are sent, say) `store::throttles::hit` is enough.

mod attempt;
mod crowd;
mod devices;
mod gate;
mod keys;
mod metrics;
mod waits;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

pub(super) use attempt::Attempt;
use crowd::Waits;
pub(super) use devices::Devices;
pub use devices::LASTS_DAYS as DEVICE_LASTS_DAYS;
use gate::{AttemptCounter, Entered, Gate, Left};
pub(super) use keys::{access_link_key, account_key, address_key, device_key, network_of, pair_key, sender_key};
use keys::{canonical, digest};

use waits::wait_ms;

use super::passwords::Seat;
use super::security_log::{SecurityEvent, SecurityOutcome};
use super::{App, AppError, AppResult};
use crate::domain::{Code, IpAddress, Limit, Origin, Refusal, SessionId, Timestamp};
use crate::store::throttles::{self, ThrottleCount};
use crate::store::{Db, StoreResult, accounts};
use crate::telemetry::metrics::Counter as Count;

/// Attempts that wait on this node at once; one more is looked at without a wait.
const MAX_SLOWED: usize = 1024;
/// How long an attempt waits behind others of its own network, and how often it looks.
const CROWDED_ROUNDS: usize = 100;
const CROWDED_ROUND: Duration = Duration::from_millis(100);

/// A kind of attempt. The name keeps its counters apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempted {
    name: &'static str,
    /// Whether right attempts count too: each costs as much as a wrong one.
    counts_right: bool,
}

impl Attempted {
    /// The password of an account, wherever it is asked for. The subject is the e-mail address.
    pub const PASSWORD: Self = Self { name: "sign_in", counts_right: false };
    /// A new password, which is estimated and hashed. The subject is the link that allows it, or the account.
    pub const NEW_PASSWORD: Self = Self { name: "new_password", counts_right: false };
    /// As [`Attempted::NEW_PASSWORD`], by a person who may do so again and again.
    pub const OWN_NEW_PASSWORD: Self = Self { name: "new_password", counts_right: true };
}

/// One attempt, before it is made.
pub(super) struct Try<'a> {
    pub kind: Attempted,
    pub subject: &'a str,
    pub origin: &'a Origin,
    /// The session of a person who is signed in.
    pub signed_in: Option<SessionId>,
}

/// This node's memory of attempts.
pub struct Attempts {
    gate: Mutex<Gate>,
    slowed: Semaphore,
    metrics: Metrics,
}

#[derive(Default)]
struct Metrics {
    refused: Count,
    refused_by_database: Count,
    slowed: Count,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { gate: Mutex::default(), slowed: Semaphore::new(MAX_SLOWED), metrics: Metrics::default() }
    }
}

/// Lets the attempt in, now or after a wait. Refuses `too_many_attempts`.
pub(super) async fn attempt(app: &App, tried: Try<'_>) -> AppResult<Attempt> {
    let (event, origin) = (tried.kind.name, tried.origin);
    let attempt = let_in(app, tried).await;
    if matches!(&attempt, Err(error) if error.first().code == Code::TooManyAttempts) {
        SecurityEvent::not_done(event, SecurityOutcome::Limited, None).from(origin).write();
    }
    attempt
}

/// The id of this device, if the account signed in on it before.
pub(super) async fn known_device(app: &App, email: &str, origin: &Origin) -> AppResult<Option<String>> {
    let devices = Devices::new(super::password_resets::hash_key(app).await?);
    Ok(devices.recognise(origin.device.as_deref(), email, app.clock.now()).map(|device| device.id))
}

async fn let_in(app: &App, tried: Try<'_>) -> AppResult<Attempt> {
    let subject = canonical(tried.subject);
    let (limit, name) = (app.settings.sign_in_per_account, tried.kind.name);
    let of_subject = digest(&subject);
    let known = match tried.signed_in {
        Some(session) => Some((format!("session {session}"), None)),
        None => Devices::new(super::password_resets::hash_key(app).await?)
            .recognise(tried.origin.device.as_deref(), &subject, app.clock.now())
            .map(|device| (device.id, Some(device.since))),
    };
    if let Some((id, since)) = known {
        let counter = AttemptCounter { key: format!("{name}:device:{of_subject}:{}", digest(&id)), limit };
        // Known askers queue by account, not by device: a person with many devices would fill the places of all.
        let seat = Seat::Known(of_subject.clone());
        let mut attempt = enter(app, tried.kind, vec![counter], None, seat).await?;
        let counted = look(app, &mut attempt, since.map(|since| (subject.clone(), since))).await?;
        if counted.is_some() {
            attempt.device = since.map(|_| id);
            return Ok(attempt);
        }
        // The device signed in before the last change of the password, so it counts as a stranger.
        attempt.leave(Left::Harmless);
    }
    let (counters, network) = counters_of_stranger(app, name, &of_subject, tried.origin);
    let slow = AttemptCounter { key: format!("{name}:account:{of_subject}"), limit };
    let mut attempt = enter(app, tried.kind, counters, Some(slow), Seat::Stranger(network)).await?;
    let counted = look(app, &mut attempt, None).await?.unwrap_or_default();
    slow_down(app, &attempt, &counted).await;
    Ok(attempt)
}

/// The strict counters, and the network's name in the queue for passwords.
fn counters_of_stranger(app: &App, name: &str, subject: &str, origin: &Origin) -> (Vec<AttemptCounter>, String) {
    let (per_network, per_subject) = (app.settings.sign_in_per_address, app.settings.sign_in_per_account);
    let network = network_of(origin);
    let wide = origin.ip.and_then(|ip| ip.wide_network()).map(|network| network.to_string());
    let of = |network: &str, times: i64| {
        let times = |limit: Limit| Limit { count: limit.count.saturating_mul(times), ..limit };
        let network = digest(network);
        [
            AttemptCounter { key: format!("{name}:address:{network}"), limit: times(per_network) },
            AttemptCounter { key: format!("{name}:pair:{subject}:{network}"), limit: times(per_subject) },
        ]
    };
    let mut counters = Vec::from(of(&network, 1));
    counters.extend(wide.iter().flat_map(|wide| of(wide, IpAddress::WIDE.into())));
    (counters, wide.unwrap_or(network))
}

/// Asks this node's memory, and waits there if it says so.
async fn enter(
    app: &App,
    kind: Attempted,
    counters: Vec<AttemptCounter>,
    slow: Option<AttemptCounter>,
    seat: Seat,
) -> AppResult<Attempt> {
    let mut waits = Waits { attempts: &app.attempts, counters: &counters, listed: false };
    for _ in 0..CROWDED_ROUNDS {
        let entered = app.attempts.gate().enter(&counters, waits.listed, app.clock.now());
        match entered {
            Entered::In => {
                drop(waits);
                return Ok(Attempt {
                    attempts: app.attempts.clone(),
                    clock: app.clock.clone(),
                    kind,
                    counters,
                    slow,
                    failed_before: false,
                    seat,
                    device: None,
                    left: false,
                });
            }
            Entered::Refused(ms) => {
                app.attempts.metrics.refused.one();
                return Err(too_many(ms));
            }
            Entered::Crowded(left) => {
                waits.list();
                // An attempt that left between the two lines is seen in the next round.
                let _ = tokio::time::timeout(CROWDED_ROUND, left.notified()).await;
            }
        }
    }
    Err(too_many(1000))
}

/// Reads what all nodes have counted, and refuses an attempt over its limit. `None`: the device of `known` signed in before the
/// last change of the password.
async fn look(
    app: &App,
    attempt: &mut Attempt,
    known: Option<(String, Timestamp)>,
) -> AppResult<Option<Vec<ThrottleCount>>> {
    let now = app.clock.now();
    let keys: Vec<String> = attempt.all().map(|counter| counter.key.clone()).collect();
    let read = move |conn: &mut Db| -> StoreResult<Option<Vec<ThrottleCount>>> {
        if let Some((email, since)) = &known
            && accounts::password_changed_after(conn, email, *since)?
        {
            return Ok(None);
        }
        throttles::read(conn, &keys, now).map(Some)
    };
    let counted = match app.store.read(read).await {
        Ok(counted) => counted,
        Err(error) => {
            attempt.leave(Left::Harmless);
            return Err(error.into());
        }
    };
    let over = attempt.counters.iter().filter_map(|counter| {
        let counted = counted.iter().flatten().find(|counted| counted.key == counter.key)?;
        (counted.count >= counter.limit.count).then_some(counted)
    });
    let over: Vec<ThrottleCount> = over.cloned().collect();
    attempt.failed_before = counted.iter().flatten().any(|counted| attempt.own_keys().any(|key| *key == counted.key));
    let Some(until) = over.iter().map(|counted| counted.ends_at).max() else {
        return Ok(counted);
    };
    attempt.leave(Left::Harmless);
    for counted in &over {
        app.attempts.gate().refuse_until(&counted.key, counted.ends_at, now);
    }
    app.attempts.metrics.refused_by_database.one();
    Err(too_many(u32::try_from((until.0 - now.0).max(1)).unwrap_or(u32::MAX)))
}

async fn slow_down(app: &App, attempt: &Attempt, counted: &[ThrottleCount]) {
    let Some(slow) = &attempt.slow else { return };
    let failed = counted.iter().find(|counted| counted.key == slow.key).map_or(0, |counted| counted.count);
    let wait = wait_ms(failed, slow.limit.count, app.settings.sign_in_longest_wait_ms);
    if wait == 0 {
        return;
    }
    app.attempts.metrics.slowed.one();
    if let Ok(_place) = app.attempts.slowed.try_acquire() {
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
}

fn too_many(ms: u32) -> AppError {
    Refusal::retry(Code::TooManyAttempts, ms).into()
}

impl Attempts {
    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
