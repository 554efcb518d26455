//! An affair: what it is called, how far it is, and what else its brokers fill in ([`details`]).

mod details;

use serde_json::{Map, Value, json};

use super::states::states;
use super::{AccessFlags, AccountId, Refusals, Timestamp, TransactionId};

pub(crate) use details::transaction_fields;
pub use details::{HiddenField, TransactionChanges, TransactionDetails, TransactionForm};

states! {
    /// The kind of affair; also that of an invitation (`project_type`).
    #[derive(Default)]
    TransactionKind {
        #[default]
        Purchase = "purchase",
        Sale = "sale",
        Rental = "rental",
        Project = "project",
    }

    TransactionStatus {
        New = "new",
        InProgress = "in_progress",
        Completed = "completed",
        Cancelled = "cancelled",
    }

    /// A status follows the progress; only this much of it is chosen.
    StatusChange {
        Cancelled = "cancelled",
        /// As the progress says.
        Open = "open",
    }
}

#[derive(Debug, Clone)]
pub struct Transaction {
    pub id: TransactionId,
    pub details: TransactionDetails,
    pub status: TransactionStatus,
    /// Nobody else can remove them.
    pub opened_by: AccountId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl TransactionStatus {
    /// A transaction that is not cancelled stands where its progress says.
    pub fn from_progress(progress: i32) -> Self {
        match progress {
            ..=0 => Self::New,
            1..=99 => Self::InProgress,
            _ => Self::Completed,
        }
    }
}

impl Transaction {
    /// The transaction as a person with this access sees it. Hidden fields look as if they were not known.
    pub fn seen_with(self, access: AccessFlags) -> Self {
        Self { details: self.details.seen_with(access), ..self }
    }

    /// The transaction after the changes, or all that is wrong with these.
    pub fn changed(&self, changes: TransactionChanges, now: Timestamp) -> Result<Self, Refusals> {
        let is_cancelled = match changes.status {
            Some(change) => change == StatusChange::Cancelled,
            None => self.status == TransactionStatus::Cancelled,
        };
        let details = self.details.changed(changes)?;
        let status = match is_cancelled {
            true => TransactionStatus::Cancelled,
            false => TransactionStatus::from_progress(details.progress),
        };
        Ok(Self { details, status, updated_at: now, ..*self })
    }

    /// Each field that became another, with its old and its new value.
    pub fn difference(&self, new: &Self) -> Map<String, Value> {
        let values = |of: &Self| of.details.values().chain([("status", json!(of.status))]).collect::<Vec<_>>();
        let both = values(self).into_iter().zip(values(new));
        both.filter(|((_, from), (_, to))| from != to)
            .map(|((name, from), (_, to))| (name.to_owned(), json!({ "from": from, "to": to })))
            .collect()
    }

    /// May everybody who takes part know the value of this field? Of one that this version does not know, nobody knows.
    pub fn is_open(field: &str) -> bool {
        field == "status" || TransactionDetails::is_open(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_follows_progress() {
        assert_eq!(TransactionStatus::from_progress(0), TransactionStatus::New);
        assert_eq!(TransactionStatus::from_progress(1), TransactionStatus::InProgress);
        assert_eq!(TransactionStatus::from_progress(99), TransactionStatus::InProgress);
        assert_eq!(TransactionStatus::from_progress(100), TransactionStatus::Completed);
    }
}
