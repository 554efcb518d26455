//! Makes the records of clients who were invited or came in on a node of the version before, which makes none. The release after the
//! next can do without this.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Job, JobAttempt, JobError};
use crate::app::App;
use crate::domain::JobPayload;
use crate::store::clients;

/// A deploy takes less.
const LOOKED_BACK_DAYS: i64 = 2;

#[derive(Serialize, Deserialize)]
pub struct AdoptClients;

impl JobPayload for AdoptClients {
    const KIND: &'static str = "adopt_clients";
}

impl Job for AdoptClients {
    const EVERY: Option<Duration> = Some(Duration::from_secs(600));

    async fn run(&self, app: &App, _attempt: JobAttempt) -> Result<(), JobError> {
        let now = app.clock.now();
        let since = now.plus_days(-LOOKED_BACK_DAYS);
        let mut adopted = 0;
        // Before the parts, so that the record of the invitation becomes that of the person.
        while app.store.write(move |conn| clients::adopt_invitation(conn, since, now)).await? {
            adopted += 1;
        }
        adopted += app.store.write(move |conn| clients::adopt(conn, since, now)).await?;
        if adopted > 0 {
            tracing::info!(clients = adopted, "clients of the version before have a record");
        }
        Ok(())
    }
}
