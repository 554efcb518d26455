//! Where the data is, and which of the two databases that means.

use std::path::PathBuf;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Postgres,
    Sqlite,
}

/// Where the data is. Its `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `postgres://…` or `postgresql://…`, as libpq reads it.
    Postgres(String),
    /// The path of the file.
    Sqlite(PathBuf),
}

impl DatabaseUrl {
    /// The scheme decides. A mistyped one is refused: SQLite would take any text for a new file's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => Ok(Self::Postgres(text.to_owned())),
            Some(("sqlite", rest)) => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                if path.is_empty() { Err(Self::expected()) } else { Ok(Self::Sqlite(PathBuf::from(path))) }
            }
            _ => Err(Self::expected()),
        }
    }

    pub fn backend(&self) -> Backend {
        match self {
            Self::Postgres(_) => Backend::Postgres,
            Self::Sqlite(_) => Backend::Sqlite,
        }
    }

    fn expected() -> String {
        "postgres://USER:PASSWORD@HOST/DATABASE or sqlite:PATH".to_owned()
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Postgres(_) => f.write_str("postgres://…"),
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}
