//! What is forgotten after a while. Any node may do it, at any time: what is gone already is not missed.

use super::{App, AppResult};
use crate::store::{sessions, throttles};

/// Counters of attempts older than this count for nothing.
const THROTTLES_KEPT_SECONDS: i64 = 3600;

impl App {
    /// Ends sessions whose time is over (their sockets close as at a sign-out) and drops counters and old notices.
    pub async fn tidy_up(&self) -> AppResult<()> {
        let now = self.clock.now();
        self.store
            .write(move |conn| {
                sessions::expire(conn, now)?;
                sessions::prune_revocations(conn, now)?;
                throttles::prune(conn, now.plus_seconds(-THROTTLES_KEPT_SECONDS))
            })
            .await?;
        Ok(())
    }
}
