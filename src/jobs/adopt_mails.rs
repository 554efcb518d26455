//! Makes the jobs of mails that have none: a node of the previous version queues mails without jobs, and may stop before
//! it has sent them. The release after the next no longer needs this.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Job, JobAttempt, JobError};
use crate::app::App;
use crate::domain::JobPayload;
use crate::store::mails;

#[derive(Serialize, Deserialize)]
pub struct AdoptMails;

impl JobPayload for AdoptMails {
    const KIND: &'static str = "adopt_mails";
}

impl Job for AdoptMails {
    const EVERY: Option<Duration> = Some(Duration::from_secs(60));

    async fn run(&self, app: &App, _attempt: JobAttempt) -> Result<(), JobError> {
        let adopted = app.store.write(mails::adopt).await?;
        if adopted > 0 {
            tracing::info!(mails = adopted, "mails of the version before will be sent");
            app.jobs.wake();
        }
        Ok(())
    }
}
