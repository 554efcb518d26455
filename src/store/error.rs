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
    /// What the transaction was based on has changed before it had its locks; it was rolled back.
    #[error("what was read has changed meanwhile")]
    Stale,
    /// More calls are waiting than the queue holds.
    #[error("the queue in front of the database is full")]
    Busy,
    /// The installation cannot work like this; an operator must act.
    #[error("{0}")]
    Setup(String),
    #[error("the database cannot be reached: {0}")]
    Connecting(ConnectFailure),
    #[error("{}", describe(.0))]
    Database(DieselError),
}

/// Why no connection could be made, without a word of the client library's: those hold hosts, users and addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConnectFailure {
    #[error("nobody listens at its address")]
    Refused,
    #[error("the name of its host is unknown")]
    UnknownHost,
    #[error("it does not answer in time")]
    TimedOut,
    #[error("it refuses our user or password")]
    Credentials,
    #[error("it has no database of this name")]
    NoDatabase,
    #[error("it takes no more connections")]
    TooMany,
    #[error("it is starting or stopping")]
    NotReady,
    #[error("no encrypted connection can be made")]
    Tls,
    #[error("the file cannot be opened")]
    File,
    #[error("its own log may say why")]
    Other,
}

impl ConnectFailure {
    /// By the words of libpq and of an English server: neither gives a code. For a host with several addresses libpq tells of
    /// each, so a server that was reached and found wrong comes before addresses where nobody listens.
    fn from_words(words: &str) -> Self {
        let signs: [(Self, &[&str]); 10] = [
            (Self::NotReady, &["the database system is"]),
            (Self::TooMany, &["too many clients", "too many connections", "connection slots are reserved"]),
            (Self::Credentials, &["authentication failed", "no password supplied", "pg_hba.conf", "role \""]),
            (Self::NoDatabase, &["database \""]),
            (Self::Tls, &["certificate", "SSL error", "does not support SSL"]),
            (Self::UnknownHost, &["could not translate host name"]),
            (Self::TimedOut, &["timeout expired", "timed out", "No route to host", "is unreachable"]),
            (Self::Refused, &["Connection refused", "No such file or directory", "closed the connection"]),
            (Self::Tls, &["SSL"]),
            (Self::File, &["database file"]),
        ];
        let is_named = |(_, named): &&(Self, &[&str])| named.iter().any(|sign| words.contains(sign));
        signs.iter().find(is_named).map_or(Self::Other, |(failure, _)| *failure)
    }
}

/// What went wrong, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// The queue in front of the database was full.
    QueueFull,
    /// No thread or no connection in time; nothing was done.
    Unavailable,
    /// No answer in time; it may have been done.
    OutcomeUnknown,
    ConnectionLost,
    /// A deadlock or a serialisation failure that repeating did not mend.
    Conflict,
    /// A lock or a statement took too long.
    TooSlow,
    /// No space, or no more connections.
    Full,
    /// It takes no writes.
    ReadOnly,
    /// Anything else: a fault of ours, or of the installation.
    Failpoint,
}

impl StoreErrorKind {
    pub const ALL: &[Self] = &[
        Self::QueueFull,
        Self::Unavailable,
        Self::OutcomeUnknown,
        Self::ConnectionLost,
        Self::Conflict,
        Self::TooSlow,
        Self::Full,
        Self::ReadOnly,
        Self::Failpoint,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::Unavailable => "unavailable",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::ConnectionLost => "connection_lost",
            Self::Conflict => "conflict",
            Self::TooSlow => "too_slow",
            Self::Full => "full",
            Self::ReadOnly => "read_only",
            Self::Failpoint => "fault",
        }
    }
}

impl StoreError {
    pub(super) fn connecting(error: diesel::ConnectionError) -> Self {
        Self::Connecting(ConnectFailure::from_words(&error.to_string()))
    }

    /// `None` for a rule of ours.
    pub fn kind(&self) -> Option<StoreErrorKind> {
        Some(match self {
            Self::Refused(_) => return None,
            Self::Busy => StoreErrorKind::QueueFull,
            Self::Unavailable => StoreErrorKind::Unavailable,
            Self::OutcomeUnknown => StoreErrorKind::OutcomeUnknown,
            Self::Connecting(ConnectFailure::TooMany) => StoreErrorKind::Full,
            _ if self.is_connection_lost() => StoreErrorKind::ConnectionLost,
            _ if self.is_worth_repeating() => StoreErrorKind::Conflict,
            Self::Database(DieselError::DatabaseError(_, info)) if has_any(info.message(), TOO_SLOW) => {
                StoreErrorKind::TooSlow
            }
            Self::Database(DieselError::DatabaseError(_, info)) if has_any(info.message(), FULL) => {
                StoreErrorKind::Full
            }
            Self::Database(DieselError::DatabaseError(_, info)) if has_any(info.message(), BROKEN) => {
                StoreErrorKind::ReadOnly
            }
            _ => StoreErrorKind::Failpoint,
        })
    }

    /// Of a COMMIT that failed with this, nobody knows what became. Otherwise the database said no, and has rolled back.
    pub(super) fn leaves_commit_open(error: &DieselError) -> bool {
        match error {
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => true,
            // Of a file that could not be written or synced, a part may be there after a crash.
            DieselError::DatabaseError(_, info) => has_any(info.message(), LOST) || has_any(info.message(), BROKEN),
            _ => true,
        }
    }

    pub(super) fn committing(error: DieselError) -> Self {
        if Self::leaves_commit_open(&error) { Self::OutcomeUnknown } else { Self::Database(error) }
    }

    /// The transaction was rolled back for a reason that a second run may not meet.
    pub(super) fn is_worth_repeating(&self) -> bool {
        match self {
            Self::Stale => true,
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
            Self::Database(DieselError::DatabaseError(_, info)) => has_any(info.message(), LOST),
            _ => false,
        }
    }

    /// The database (not a rule of ours) is why it failed, and time may heal it.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable | Self::OutcomeUnknown | Self::Busy | Self::Stale | Self::Connecting(_) => true,
            Self::Database(DieselError::DatabaseError(_, info)) => {
                let message = info.message();
                self.is_connection_lost()
                    || self.is_worth_repeating()
                    || has_any(message, TOO_SLOW)
                    || has_any(message, FULL)
                    || has_any(message, BROKEN)
            }
            Self::Database(_) => self.is_connection_lost(),
            Self::Refused(_) | Self::Setup(_) => false,
        }
    }
}

/// For the log. Of a lost connection libpq may say where it led.
fn describe(error: &DieselError) -> String {
    match error {
        DieselError::DatabaseError(_, info) if has_any(info.message(), LOST) => {
            "the connection to the database was lost".to_owned()
        }
        error => error.to_string(),
    }
}

fn has_any(message: &str, signs: &[&str]) -> bool {
    signs.iter().any(|words| message.contains(words))
}

/// libpq gives a lost connection no code of its own in every version, only words.
const LOST: &[&str] = &[
    "server closed the connection",
    "terminating connection",
    "connection to server",
    "no connection to the server",
    "could not receive data",
    "could not send data",
    "SSL connection has been closed",
    "the database system is",
    "connection not open",
];
/// SQLite says *locking protocol* when many open the file at one instant and none gets its turn.
const TOO_SLOW: &[&str] = &["lock timeout", "statement timeout", "database is locked", "locking protocol"];
const FULL: &[&str] = &["No space left", "database or disk is full", "too many clients"];
/// It can be read and not written: a disk that fails, files or a server that are read-only for a while.
const BROKEN: &[&str] =
    &["disk I/O error", "unable to open database file", "readonly database", "read-only transaction"];

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_connection_is_told_without_hosts_and_users() {
        let at = "connection to server at \"db.secret.example\" (10.1.2.3), port 5432 failed: ";
        for (words, failure) in [
            ("Connection refused\n\tIs the server running on that host?", ConnectFailure::Refused),
            ("timeout expired", ConnectFailure::TimedOut),
            ("FATAL:  password authentication failed for user \"secret\"", ConnectFailure::Credentials),
            ("FATAL:  no pg_hba.conf entry for host \"10.1.2.3\"", ConnectFailure::Credentials),
            ("FATAL:  role \"secret\" does not exist", ConnectFailure::Credentials),
            ("FATAL:  database \"secret\" does not exist", ConnectFailure::NoDatabase),
            ("FATAL:  sorry, too many clients already", ConnectFailure::TooMany),
            ("FATAL:  the database system is starting up", ConnectFailure::NotReady),
            ("SSL error: certificate verify failed", ConnectFailure::Tls),
            ("server certificate for \"secret\" does not match host name \"db\"", ConnectFailure::Tls),
            ("Connection refused\n\tIs it running?\nSSL error: certificate verify failed", ConnectFailure::Tls),
            ("FATAL:  quelque chose de secret", ConnectFailure::Other),
        ] {
            let error = StoreError::connecting(diesel::ConnectionError::BadConnection(format!("{at}{words}")));
            assert!(matches!(error, StoreError::Connecting(found) if found == failure), "{words}: {error:?}");
            let told = format!("{error} {error:?}");
            assert!(!told.contains("secret") && !told.contains("10.1.2.3"), "{told}");
        }
        let lost =
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(format!("{at}Connection timed out")));
        let error = StoreError::from(lost);
        assert_eq!(error.to_string(), "the connection to the database was lost");
        assert_eq!(error.kind(), Some(StoreErrorKind::ConnectionLost));
    }
}
