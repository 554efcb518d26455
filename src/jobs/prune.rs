//! Deletes what is kept for a limited time (`app/housekeeping.rs`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Job, JobAttempt, JobError};
use crate::app::{self, App};
use crate::domain::JobPayload;

#[derive(Serialize, Deserialize)]
pub struct Prune;

impl JobPayload for Prune {
    const KIND: &'static str = "prune";
}

impl Job for Prune {
    /// How long an expired session may keep a silent socket.
    const EVERY: Option<Duration> = Some(Duration::from_secs(60));
    /// The first one of a new version may have many search keys to fill.
    const TIMEOUT: Duration = Duration::from_secs(300);

    async fn run(&self, app: &App, _attempt: JobAttempt) -> Result<(), JobError> {
        Ok(app::housekeeping::prune(app).await?)
    }
}
