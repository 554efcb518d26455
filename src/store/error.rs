//! The errors of the database. Queries return this; `app` turns it into an answer.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::domain::{Code, Refusal};

pub type StoreResult<T> = Result<T, StoreError>;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A rule refused inside the transaction, which was rolled back.
    #[error("refused: {}", .0.code.as_str())]
    Refused(Refusal),
    /// The database is away or too slow. Nothing was written.
    #[error("the database is away")]
    Unavailable,
    /// The deadline passed while the transaction was under way: it may be committed or not.
    #[error("the database did not answer in time")]
    OutcomeUnknown,
    /// The rows that the transaction had read changed before it held its locks; it was rolled back.
    #[error("what was read has changed meanwhile")]
    Stale,
    /// More calls are waiting than the queue holds.
    #[error("the queue in front of the database is full")]
    Busy,
    /// The installation cannot work; an operator must act.
    #[error("{0}")]
    Setup(String),
    #[error("the database cannot be reached: {0}")]
    Connecting(ConnectFailure),
    #[error("{}", describe(.0))]
    Database(DieselError),
}

/// Why no connection could be made. The client library's own words are left out, because they hold hosts, users and addresses.
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
    /// Reads the words of libpq and of an English server, because neither gives a code. For a host with several addresses libpq reports
    /// each, so a server that answered with an error comes before addresses where nobody listens.
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

/// The kind of an error, for the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// The queue in front of the database was full.
    QueueFull,
    /// There was no thread or no connection in time; nothing was done.
    Unavailable,
    /// There was no answer in time; the call may have taken effect.
    OutcomeUnknown,
    ConnectionLost,
    /// A deadlock or a serialisation failure, again after all repetitions.
    Conflict,
    /// A lock or a statement took too long.
    TooSlow,
    /// No space, or no more connections.
    Full,
    /// The database takes no writes.
    ReadOnly,
    /// Anything else: a fault of the program or of the installation.
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

    /// `None` for a refusal.
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

    /// Whether the outcome of a COMMIT that failed with this is unknown. With other errors the database has rolled back.
    pub(super) fn leaves_commit_open(error: &DieselError) -> bool {
        match error {
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => true,
            // A file that could not be written or synced may hold a part of it after a crash.
            DieselError::DatabaseError(_, info) => has_any(info.message(), LOST) || has_any(info.message(), BROKEN),
            _ => true,
        }
    }

    pub(super) fn committing(error: DieselError) -> Self {
        if Self::leaves_commit_open(&error) { Self::OutcomeUnknown } else { Self::Database(error) }
    }

    /// Whether the transaction was rolled back for a reason that a second run may not meet.
    pub(super) fn is_worth_repeating(&self) -> bool {
        match self {
            Self::Stale => true,
            Self::Database(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            Self::Database(DieselError::DatabaseError(_, info)) => info.message().contains("deadlock detected"),
            _ => false,
        }
    }

    /// Whether the connection is of no more use.
    pub(super) fn is_connection_lost(&self) -> bool {
        match self {
            Self::Connecting(_) | Self::Unavailable => true,
            Self::Database(DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _)) => true,
            Self::Database(DieselError::BrokenTransactionManager) => true,
            Self::Database(DieselError::DatabaseError(_, info)) => has_any(info.message(), LOST),
            _ => false,
        }
    }

    /// Whether the database, and not a rule, is the reason, and a later try may succeed.
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

/// The words for the log. libpq's words about a lost connection may hold the host, so they are left out.
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

/// libpq reports a lost connection by words alone; not every version has a code for it.
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
/// The database can be read and not written: a failing disk, or files or a server that are read-only for a while.
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
