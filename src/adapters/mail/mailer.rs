//! The interface to a mail transport, and its errors.

use futures_util::future::BoxFuture;

use crate::domain::{EmailAddress, MailContent};

/// One mail, one recipient. It has no `Debug`, because the body may hold a link.
pub struct OutgoingMail {
    /// The same for every attempt; without angle brackets and domain.
    pub message_id: String,
    pub to: EmailAddress,
    pub content: MailContent,
}

/// Sends mails. One `send` is one attempt; the job queue repeats.
pub trait Mailer: Send + Sync {
    /// `Ok` once the other side has accepted the mail. It ends within a bounded time.
    fn send<'a>(&'a self, mail: &'a OutgoingMail) -> BoxFuture<'a, Result<(), MailFailure>>;

    /// Nothing more to send for now: a chance to close connections.
    fn rest(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

/// Why an attempt failed. The other side's words are left out, because they may hold addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailFailure {
    /// Stable; `mail-error-<code with dashes>` is its text.
    pub code: &'static str,
    /// Whether this mail will never be accepted. A fault of the settings or of the network is not permanent: an operator mends it, and
    /// the waiting mails leave.
    pub permanent: bool,
}

impl MailFailure {
    /// The server refuses the user name and password (535 and similar).
    pub const AUTHENTICATION: Self = Self::passing("smtp_authentication");
    /// The server cannot be reached, hung up, or does not speak SMTP.
    pub const CONNECTION: Self = Self::passing("smtp_connection");
    pub const TLS: Self = Self::passing("smtp_tls");
    pub const TIMEOUT: Self = Self::passing("smtp_timeout");
    /// 4xx.
    pub const TEMPORARY: Self = Self::passing("smtp_temporary");
    /// 5xx before the mail itself: the server refuses this host or the sender's address.
    pub const REFUSED_US: Self = Self::passing("smtp_refused");
    /// 5xx to the mail.
    pub const REFUSED: Self = Self::permanent("smtp_refused");
    /// 5xx to the recipient's address.
    pub const REFUSED_RECIPIENT: Self = Self::permanent("smtp_refused_recipient");
    /// The demo mailbox could not be written.
    pub const MAILBOX_UNAVAILABLE: Self = Self::passing("mailbox_unavailable");
    /// The attempt ended its process.
    pub const INTERRUPTED: Self = Self::passing("interrupted");

    const fn passing(code: &'static str) -> Self {
        Self { code, permanent: false }
    }

    const fn permanent(code: &'static str) -> Self {
        Self { code, permanent: true }
    }
}

impl std::fmt::Display for MailFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code)
    }
}

impl std::error::Error for MailFailure {}
