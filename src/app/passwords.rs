//! Passwords. Estimating, hashing and comparing are slow, so a few run at once, never on a thread that serves connections, and in
//! a fair order ([`hash_queue`]).

mod hash_queue;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::oneshot;

pub use hash_queue::Seat;
use hash_queue::{HashQueue, LINE, QueueOutcome, Waiter};

use super::{AppError, AppResult};
use crate::domain::{Code, Password, PasswordCandidate, Refusal};
use crate::telemetry::metrics::{Histogram, Page, Queue, SLOW_SECONDS, Source};

/// OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

#[derive(Clone)]
pub struct Passwords {
    pool: Arc<Pool>,
    /// A hash of no password. It is compared when there is no account, so that the answer takes as long.
    dummy: Arc<str>,
}

/// The result of a comparison with a stored hash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verified {
    pub correct: bool,
    /// The hash is of an older kind, or of another form of the password: [`Passwords::rehash`] makes a new one.
    pub outdated: bool,
}

struct Pool {
    queue: Mutex<HashQueue<oneshot::Sender<HashPermit>>>,
    took: Histogram,
}

/// The right to use one thread. Dropping it hands the thread to the next in the queue.
struct HashPermit(Option<Arc<Pool>>);

impl Passwords {
    /// `threads` of them at once; a hash takes 19 MiB and some tens of milliseconds.
    pub fn new(threads: usize) -> Result<Self, String> {
        let dummy = hash_now("no account has this password").map_err(|e| e.to_string())?;
        let (queue, took) = (Mutex::new(HashQueue::new(threads.max(1))), Histogram::of_time(SLOW_SECONDS));
        Ok(Self { pool: Arc::new(Pool { queue, took }), dummy: dummy.into() })
    }

    /// Estimates how guessable a new password is, and hashes it if it passes.
    pub async fn set(&self, candidate: PasswordCandidate, seat: Seat) -> AppResult<Result<String, Refusal>> {
        let done = self.run(seat, move || candidate.estimate().map(|password| hash_now(password.reveal()))).await?;
        match done {
            Ok(hash) => hash.map(Ok).map_err(internal),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// A new hash of a password that was just proved: its rules were checked when it was set.
    pub async fn rehash(&self, proved: &str, seat: Seat) -> AppResult<String> {
        let text = cut(&Password::canonical(proved));
        self.run(seat, move || hash_now(&text)).await?.map_err(internal)
    }

    /// Compares with the stored hash; with `None` it takes as long and fails. Earlier versions hashed a password in the form in which
    /// it was typed: that form passes too and is reported as outdated.
    pub async fn verify(&self, password: &str, stored: Option<String>, seat: Seat) -> AppResult<Verified> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.dummy.to_string());
        let (canonical, typed) = (cut(&Password::canonical(password)), cut(password));
        self.run(seat, move || {
            let Ok(parsed) = PasswordHash::new(&stored) else { return Verified::default() };
            let is = |text: &str| Argon2::default().verify_password(text.as_bytes(), &parsed).is_ok();
            let as_canonical = is(&canonical);
            let as_typed = !as_canonical && typed != canonical && is(&typed);
            Verified { correct: known && (as_canonical || as_typed), outdated: as_typed || is_outdated(&stored) }
        })
        .await
    }

    /// Refuses `unavailable` if the queue is full.
    async fn run<T: Send + 'static>(&self, seat: Seat, work: impl FnOnce() -> T + Send + 'static) -> AppResult<T> {
        let asked = Instant::now();
        let permit = self.acquire(seat).await?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        let done = done.await.map_err(internal);
        self.pool.took.took(asked.elapsed());
        done
    }

    async fn acquire(&self, seat: Seat) -> AppResult<HashPermit> {
        let (sender, receiver) = oneshot::channel();
        let asked = self.pool.queue().ask(seat, sender);
        match asked {
            QueueOutcome::Now(_) => return Ok(HashPermit(Some(self.pool.clone()))),
            // Dropping the sender tells the waiting request that its place went to another.
            QueueOutcome::Waits | QueueOutcome::Instead(_) => {}
            QueueOutcome::Full(_) => return Err(full()),
        }
        receiver.await.map_err(|_| full())
    }
}

fn full() -> AppError {
    Refusal::retry(Code::Unavailable, 2000).into()
}

impl Pool {
    fn queue(&self) -> MutexGuard<'_, HashQueue<oneshot::Sender<HashPermit>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for HashPermit {
    fn drop(&mut self) {
        let Some(pool) = self.0.take() else { return };
        loop {
            let next = pool.queue().next();
            let Some(next) = next else { return };
            match next.send(HashPermit(Some(pool.clone()))) {
                Ok(()) => return,
                // The request was dropped at this moment; its permit goes to the next.
                Err(mut permit) => permit.0 = None,
            }
        }
    }
}

impl Waiter for oneshot::Sender<HashPermit> {
    fn is_gone(&self) -> bool {
        self.is_closed()
    }
}

impl Source for Passwords {
    fn queues(&self) -> Vec<Queue> {
        let (known, strangers) = self.pool.queue().waiting();
        vec![Queue::new("passwords", strangers, LINE), Queue::new("passwords_known", known, LINE)]
    }

    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        let help = "From asking for a password's hash to having it, the wait for a turn included.";
        page.histogram("entremise_password_seconds", help, &self.pool.took)
    }
}

/// A password longer than any that can be set is wrong without a comparison.
fn cut(password: &str) -> String {
    password.chars().take(Password::MAX_CHARS + 1).collect()
}

/// Whether the hash was made with weaker parameters than those in force.
fn is_outdated(stored: &str) -> bool {
    let wanted = format!("m={MEMORY_KIB},t={PASSES},p=1");
    !(stored.starts_with("$argon2id$") && stored.contains(&wanted))
}

/// Hashes on the calling thread. For commands, which have no runtime.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn seat() -> Seat {
        Seat::Stranger("203.0.113.9/32".to_owned())
    }

    fn candidate() -> PasswordCandidate {
        Password::candidate("Corail-Tuile-84-vent", &[]).unwrap()
    }

    /// Every promise of this pool rests on this: no hash runs beside the queue.
    #[tokio::test]
    async fn the_estimate_takes_a_turn_as_the_hash_does_and_a_full_line_refuses_it() {
        let passwords = Passwords::new(1).unwrap();
        let running = passwords.acquire(seat()).await.unwrap();
        let waiting: Vec<_> = (0..LINE)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.set(candidate(), seat()).await })
            })
            .collect();
        while passwords.pool.queue().waiting() != (0, LINE) {
            tokio::task::yield_now().await;
        }
        let refused = passwords.set(candidate(), seat()).await.unwrap_err();
        assert_eq!(refused.first().code, Code::Unavailable);
        let own = passwords.clone();
        let known = tokio::spawn(async move { own.set(candidate(), Seat::Known("me".to_owned())).await });
        drop(running);
        assert!(known.await.unwrap().unwrap().is_ok(), "known ones have places of their own");
        for waiting in waiting {
            assert!(waiting.await.unwrap().unwrap().is_ok());
        }
        assert_eq!(passwords.pool.queue().waiting(), (0, 0));
    }
}
