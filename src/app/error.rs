//! How an operation fails. `domain::Refusal` says why; this type distinguishes a mistake of the caller, an outage, and a fault of
//! the program.

use crate::domain::{Code, Refusal, Refusals};
use crate::store::StoreError;

pub type AppResult<T> = Result<T, AppError>;

#[derive(Debug)]
pub enum AppError {
    /// A rule says no. Nothing was done.
    Refused(Refusals),
    /// A fault of the program, or an installation that cannot work. The cause is for the log only.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl AppError {
    /// The one reason that a socket's frame has room for.
    pub fn first(&self) -> Refusal {
        match self {
            Self::Refused(refusals) => refusals.first().cloned().unwrap_or_else(|| Refusal::new(Code::Internal)),
            Self::Internal(_) => Refusal::new(Code::Internal),
        }
    }
}

impl From<Code> for AppError {
    fn from(code: Code) -> Self {
        Self::Refused(Refusal::new(code).into())
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<Refusals> for AppError {
    fn from(refusals: Refusals) -> Self {
        Self::Refused(refusals)
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => refusal.into(),
            StoreError::OutcomeUnknown => Refusal::retry(Code::OutcomeUnknown, 1000).into(),
            error if error.is_transient() => {
                tracing::debug!(error = %error, "the database is away");
                Refusal::retry(Code::Unavailable, 1000).into()
            }
            error => Self::Internal(Box::new(error)),
        }
    }
}
