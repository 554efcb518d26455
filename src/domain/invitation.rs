//! A broker's invitation of one person.

mod form;

pub use form::{InvitationChanges, InvitationForm};

use super::states::states;
use super::{
    AccessFlags, AccountId, Code, EmailAddress, InvitationId, Language, MailDelivery, Refusal, Timestamp,
    TransactionId, TransactionKind,
};

/// A broker's invitation of one person.
#[derive(Debug, Clone)]
pub struct Invitation {
    pub id: InvitationId,
    pub broker: AccountId,
    pub first_name: String,
    pub last_name: String,
    pub email: EmailAddress,
    pub phone: Option<String>,
    pub project_type: TransactionKind,
    pub message: Option<String>,
    pub language: Language,
    pub transaction: Option<TransactionId>,
    pub access: AccessFlags,
    /// As stored: `Pending` also stands for an invitation that has expired since. Ask [`Invitation::state_at`].
    pub state: InvitationState,
    pub created_at: Timestamp,
    pub sent_at: Timestamp,
    pub expires_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub cancelled_at: Option<Timestamp>,
    pub account: Option<AccountId>,
    /// The last mail to this address; `None` if there was none.
    pub mail: Option<MailDelivery>,
}

states! {
    InvitationState {
        Pending = "pending",
        Accepted = "accepted",
        Expired = "expired",
        Cancelled = "cancelled",
    }
}

impl Invitation {
    pub const LIFETIME_DAYS: i64 = 7;

    /// Expiry is a matter of the clock, not of a job that writes it.
    pub fn state_at(&self, now: Timestamp) -> InvitationState {
        match self.state {
            InvitationState::Pending if self.expires_at <= now => InvitationState::Expired,
            state => state,
        }
    }

    /// May it be used now? Each dead state has its own code, because each needs another step from the person.
    pub fn check_usable(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.state_at(now) {
            InvitationState::Pending => Ok(()),
            InvitationState::Expired => Err(Code::InvitationExpired.into()),
            InvitationState::Accepted => Err(Code::InvitationUsed.into()),
            InvitationState::Cancelled => Err(Code::InvitationCancelled.into()),
        }
    }

    /// From when on its mail may be sent again, if one was sent to this address.
    pub fn resend_at(&self, after_ms: i64) -> Option<Timestamp> {
        self.mail.as_ref().map(|_| self.sent_at.plus_ms(after_ms))
    }

    pub fn check_resend(&self, after_ms: i64, now: Timestamp) -> Result<(), Refusal> {
        match self.resend_at(after_ms) {
            Some(at) if at > now => {
                let wait = u32::try_from(at.0 - now.0).unwrap_or(u32::MAX);
                Err(Refusal::retry(Code::InvitationRecent, wait))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// May the broker still send, edit or cancel it? An expired one can be sent again.
    pub fn check_open(&self) -> Result<(), Refusal> {
        match self.state {
            InvitationState::Pending => Ok(()),
            _ => Err(Code::InvitationNotPending.into()),
        }
    }
}
