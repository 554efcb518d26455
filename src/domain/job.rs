//! Jobs: what is done after an operation, or by the clock, and not by a request.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::MailId;
use super::states::states;

/// The payload of a job, as JSON in its row. It holds only ids: a list of the jobs must show no addresses, texts or secrets.
pub trait JobPayload: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Stable: it stands in rows and in metrics.
    const KIND: &'static str;
}

/// Sends one mail of the table `mails`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct SendMail {
    pub mail: MailId,
}

impl JobPayload for SendMail {
    const KIND: &'static str = "send_mail";
}

states! {
    JobState {
        /// Due now or later, or running under a lease.
        Queued = "queued",
        Done = "done",
        /// Given up: it can never succeed, or was tried too often. A person must look at it.
        Parked = "parked",
    }
}
