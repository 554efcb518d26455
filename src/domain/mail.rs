use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A mail as its reader will see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MailContent {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Where a mail of the queue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// Waiting for its first or next attempt.
    Queued,
    /// The mail server took it.
    Sent,
    /// Given up: refused for good, or too many attempts. A person must look at it.
    Parked,
    /// No longer wanted before it left.
    Dropped,
}

/// What the sender of a mail is shown about it.
#[derive(Debug, Clone, Serialize)]
pub struct MailDelivery {
    pub state: MailState,
    pub attempts: i32,
    /// A stable code such as `smtp_authentication`; texts for it are in the locales.
    pub error: Option<String>,
}

impl MailState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Parked => "parked",
            Self::Dropped => "dropped",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Queued, Self::Sent, Self::Parked, Self::Dropped].into_iter().find(|s| s.as_str() == text)
    }
}
