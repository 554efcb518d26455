//! Password hashing: slow and hungry on purpose, so at most a few at once and never on an actor's thread.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use super::{AppError, AppResult};
use crate::domain::{Code, Password, Refusal};
use crate::telemetry::metrics::{Histogram, Level, Page, Queue, SLOW_SECONDS, Source};

/// OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Requests that may wait for a hash; one more is told to come back.
const MAX_WAITING: usize = 32;

#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    metrics: Arc<Metrics>,
    /// A hash of nothing, checked when there is no account: the answer must not come sooner then.
    dummy: Arc<str>,
}

/// What a comparison with a stored hash found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verified {
    pub correct: bool,
    /// The hash is of an older kind, or of another form of the password: [`Passwords::rehash`] makes a new one.
    pub outdated: bool,
}

struct Metrics {
    waiting: Level,
    took: Histogram,
}

impl Passwords {
    /// `threads` hashes run at once; each takes 19 MiB and some tens of milliseconds.
    pub fn new(threads: usize) -> Result<Self, String> {
        let dummy = hash_now("no account has this password").map_err(|e| e.to_string())?;
        let metrics = Arc::new(Metrics { waiting: Level::default(), took: Histogram::of_time(SLOW_SECONDS) });
        Ok(Self { turns: Arc::new(Semaphore::new(threads.max(1))), metrics, dummy: dummy.into() })
    }

    pub async fn hash(&self, password: &Password) -> AppResult<String> {
        let text = password.reveal().to_owned();
        self.run(move || hash_now(&text)).await?.map_err(internal)
    }

    /// A new hash of a password that was just proved: its rules were checked when it was set.
    pub async fn rehash(&self, proved: &str) -> AppResult<String> {
        let text = cut(&Password::canonical(proved));
        self.run(move || hash_now(&text)).await?.map_err(internal)
    }

    /// Compares with the stored hash; with `None` it takes as long and says no. Earlier versions hashed a password in the
    /// form in which it was typed: that one counts too, and is outdated.
    pub async fn verify(&self, password: &str, stored: Option<String>) -> AppResult<Verified> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.dummy.to_string());
        let (canonical, typed) = (cut(&Password::canonical(password)), cut(password));
        self.run(move || {
            let Ok(parsed) = PasswordHash::new(&stored) else { return Verified::default() };
            let is = |text: &str| Argon2::default().verify_password(text.as_bytes(), &parsed).is_ok();
            let as_canonical = is(&canonical);
            let as_typed = !as_canonical && typed != canonical && is(&typed);
            Verified { correct: known && (as_canonical || as_typed), outdated: as_typed || is_outdated(&stored) }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> AppResult<T> {
        let asked = Instant::now();
        if self.metrics.waiting.up() >= MAX_WAITING {
            self.metrics.waiting.down();
            return Err(Refusal::retry(Code::Unavailable, 2000).into());
        }
        let turn = self.turns.clone().acquire_owned().await;
        self.metrics.waiting.down();
        let turn = turn.map_err(internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        let done = done.await.map_err(internal);
        self.metrics.took.took(asked.elapsed());
        done
    }
}

impl Source for Passwords {
    fn queues(&self) -> Vec<Queue> {
        vec![Queue::new("passwords", self.metrics.waiting.get(), MAX_WAITING)]
    }

    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        let help = "From asking for a password's hash to having it, the wait for a turn included.";
        page.histogram("entremise_password_seconds", help, &self.metrics.took)
    }
}

/// Longer than any password that could have been set is wrong, and cheap to refuse.
fn cut(password: &str) -> String {
    password.chars().take(Password::MAX_CHARS + 1).collect()
}

/// Was this hash made with weaker parameters than those in force?
fn is_outdated(stored: &str) -> bool {
    let wanted = format!("m={MEMORY_KIB},t={PASSES},p=1");
    !(stored.starts_with("$argon2id$") && stored.contains(&wanted))
}

/// For commands, which have no runtime and hash once.
pub fn hash_password(password: &Password) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    hash_now(password.reveal())
}

fn hash_now(password: &str) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|e| e.to_string())?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: PasswordHash = argon2.hash_password(password.as_bytes()).map_err(|e| e.to_string())?;
    Ok(hash.to_string())
}

fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> AppError {
    AppError::Internal(error.into())
}
