use serde::Serialize;

use super::{IpAddress, SessionId, Timestamp};

/// A signed-in device. The token itself is known only to that device.
#[derive(Debug, Clone, Serialize)]
pub struct Session {
    pub id: SessionId,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub ip: Option<IpAddress>,
    pub user_agent: Option<String>,
}

/// Where a request came from, as far as it can be known.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    pub ip: Option<IpAddress>,
    pub user_agent: Option<String>,
    /// The browser's record of the accounts that signed in on it: see `app::throttle`.
    pub device: Option<String>,
}

impl Session {
    /// A session ends after this many days without use,
    pub const IDLE_DAYS: i64 = 14;
    /// and after this many days in any case.
    pub const ABSOLUTE_DAYS: i64 = 90;
}
