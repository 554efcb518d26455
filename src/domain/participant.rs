//! The people who take part in a transaction, are asked to, or did once.

use serde::Serialize;
use utoipa::ToSchema;

use super::{AccessFlags, AccountId, Role, Timestamp, TransactionId, TransactionKind};

/// A person's part in a transaction.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Participant {
    pub account_id: AccountId,
    pub name: String,
    pub role: Role,
    pub access: AccessFlags,
    /// That the person reads the mailbox of the account's address; see [`super::Account`].
    pub address_proved: bool,
    /// A broker who was asked and has not answered: no part yet.
    pub pending: bool,
}

impl Participant {
    /// Bounds the people of one transaction, with those who took part or are asked to.
    pub const MOST: i64 = 500;
}

/// A broker is asked to take part in a transaction.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ParticipationRequest {
    pub transaction_id: TransactionId,
    pub title: String,
    pub kind: TransactionKind,
    pub asked_by: String,
    pub asked_at: Timestamp,
    pub access: AccessFlags,
}

/// The parts of a person that ended.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EndedParts {
    pub count: i64,
    pub last_at: Timestamp,
    /// They left the last one; else they were removed.
    pub left: bool,
}
