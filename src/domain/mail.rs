use serde::Serialize;
use utoipa::ToSchema;

use super::states::states;

/// A mail as its reader will see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MailContent {
    pub subject: String,
    pub text: String,
    pub html: String,
}

states! {
    /// Where a mail of the queue stands.
    MailState {
        /// Waiting for its first or next attempt.
        Queued = "queued",
        /// The mail server took it.
        Sent = "sent",
        /// Given up: refused for good, or too many attempts. A person must look at it.
        Parked = "parked",
        /// No longer wanted before it left.
        Dropped = "dropped",
    }
}

/// The state of a mail, as its sender sees it.
#[derive(Debug, Clone, Serialize)]
pub struct MailDelivery {
    pub state: MailState,
    pub attempts: i32,
    /// A stable code such as `smtp_authentication`; texts for it are in the locales.
    pub error: Option<String>,
}
