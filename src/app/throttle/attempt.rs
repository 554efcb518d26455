//! One attempt, from its admission until its judgement.

use std::sync::Arc;

use super::gate::{AttemptCounter, Left};
use super::{Attempted, Attempts};
use crate::app::passwords::Seat;
use crate::app::{App, AppError, AppResult};
use crate::domain::{Clock, Refusals};
use crate::store::Db;
use crate::store::throttles;

/// An admitted attempt. If it is dropped without a judgement, because its client went away, this node counts it as wrong.
pub(in crate::app) struct Attempt {
    pub(super) attempts: Arc<Attempts>,
    pub(super) clock: Clock,
    pub(super) kind: Attempted,
    pub(super) counters: Vec<AttemptCounter>,
    /// Counts failures from anywhere, and refuses nothing.
    pub(super) slow: Option<AttemptCounter>,
    /// Whether an attempt failed before that a right one takes back.
    pub(super) failed_before: bool,
    pub(super) seat: Seat,
    pub(super) device: Option<String>,
    pub(super) left: bool,
}

impl Attempt {
    /// Its place in the queue for passwords.
    pub fn seat(&self) -> Seat {
        self.seat.clone()
    }

    /// The device, if the account signed in on it before.
    pub fn device(&self) -> Option<String> {
        self.device.clone()
    }

    /// Looks whether the attempt is right. `Err` inside `Ok` is a wrong one: it is counted, on all nodes, before the answer. An error
    /// says nothing about the attempt, and nothing is counted.
    pub async fn judge<T>(
        mut self,
        app: &App,
        check: impl Future<Output = AppResult<Result<T, Refusals>>>,
    ) -> AppResult<T> {
        match check.await {
            Err(error) => {
                self.leave(Left::Harmless);
                Err(error)
            }
            Ok(Ok(right)) if !self.kind.counts_right => {
                self.take_back(app).await;
                Ok(right)
            }
            Ok(judged) => {
                self.leave(Left::Wrong);
                let counters: Vec<_> = self.all().map(|counter| (counter.key.clone(), counter.limit)).collect();
                let now = app.clock.now();
                app.store.write(move |conn| throttles::count_all(conn, &counters, now)).await?;
                judged.map_err(AppError::from)
            }
        }
    }

    /// A right attempt takes back earlier failures on the same subject from the same place: they were the owner's typing errors.
    async fn take_back(&mut self, app: &App) {
        self.leave(Left::Harmless);
        let own: Vec<String> = self.own_keys().cloned().collect();
        for key in &own {
            self.attempts.gate().forget(key);
        }
        if self.failed_before {
            let forgetting = move |conn: &mut Db| own.iter().try_for_each(|key| throttles::forget(conn, key));
            // A failure here does no harm: the window ends by itself.
            let _ = app.store.write(forgetting).await;
        }
    }

    /// The keys that count this subject from this place.
    pub(super) fn own_keys(&self) -> impl Iterator<Item = &String> {
        self.counters.iter().map(|counter| &counter.key).filter(|key| !key.contains(":address:"))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &AttemptCounter> {
        self.counters.iter().chain(&self.slow)
    }

    pub(super) fn leave(&mut self, how: Left) {
        if !std::mem::replace(&mut self.left, true) {
            self.attempts.gate().leave(&self.counters, how, self.clock.now());
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.leave(Left::Wrong);
    }
}
