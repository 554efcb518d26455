//! What can go wrong between us and the database. Queries return this; `app` turns it into an answer.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::domain::{Code, Refusal};

pub type StoreResult<T> = Result<T, StoreError>;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A rule said no inside the transaction, which was rolled back.
    #[error("refused: {}", .0.code.as_str())]
    Refused(Refusal),
    /// The database is away, or too slow to be waited for. Nothing was written.
    #[error("the database is away")]
    Unavailable,
    /// The deadline passed while the transaction was under way: it may be committed or not.
    #[error("the database did not answer in time")]
    OutcomeUnknown,
    /// More calls are waiting than the queue holds.
    #[error("the queue in front of the database is full")]
    Busy,
    /// The installation cannot work like this; an operator must act.
    #[error("{0}")]
    Setup(String),
    #[error("the database cannot be reached: {0}")]
    Connecting(String),
    #[error(transparent)]
    Database(DieselError),
}

impl StoreError {
    pub(super) fn connecting(error: diesel::ConnectionError) -> Self {
        Self::Connecting(error.to_string())
    }

    /// The transaction was rolled back for a reason that a second run may not meet.
    pub(super) fn is_worth_repeating(&self) -> bool {
        match self {
            Self::Database(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            Self::Database(DieselError::DatabaseError(_, info)) => info.message().contains("deadlock detected"),
            _ => false,
        }
    }

    /// The connection is of no more use.
    pub(super) fn is_connection_lost(&self) -> bool {
        match self {
            Self::Connecting(_) | Self::Unavailable => true,
            Self::Database(DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _)) => true,
            Self::Database(DieselError::BrokenTransactionManager) => true,
            Self::Database(DieselError::DatabaseError(_, info)) => lost_by_message(info.message()),
            _ => false,
        }
    }

    /// The database (not a rule of ours) is why it failed, and time may heal it.
    pub fn is_weather(&self) -> bool {
        match self {
            Self::Unavailable | Self::OutcomeUnknown | Self::Busy | Self::Connecting(_) => true,
            Self::Database(DieselError::DatabaseError(_, info)) => {
                self.is_connection_lost() || self.is_worth_repeating() || is_passing(info.message())
            }
            Self::Database(_) => self.is_connection_lost(),
            Self::Refused(_) | Self::Setup(_) => false,
        }
    }
}

/// libpq gives a lost connection no code of its own in every version, only words.
fn lost_by_message(message: &str) -> bool {
    [
        "server closed the connection",
        "terminating connection",
        "connection to server",
        "no connection to the server",
        "could not receive data",
        "could not send data",
        "SSL connection has been closed",
        "the database system is",
        "connection not open",
    ]
    .iter()
    .any(|words| message.contains(words))
}

fn is_passing(message: &str) -> bool {
    [
        "lock timeout",
        "statement timeout",
        "database is locked",
        "No space left",
        "database or disk is full",
        "too many clients",
    ]
    .iter()
    .any(|words| message.contains(words))
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        Self::Database(error)
    }
}

/// The pool gave no connection in time.
impl From<diesel::r2d2::PoolError> for StoreError {
    fn from(_: diesel::r2d2::PoolError) -> Self {
        Self::Unavailable
    }
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Code> for StoreError {
    fn from(code: Code) -> Self {
        Self::Refused(Refusal::new(code))
    }
}
