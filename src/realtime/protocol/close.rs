use crate::domain::EndReason;

/// Why the server closes a connection. 4000–4099: reconnect and resume; 4100–4199: do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Close {
    Restart,
    TooBig,
    Protocol,
    NotText,
    SlowReader,
    HeartbeatMissed,
    Overloaded,
    SignedOut,
    Deactivated,
    SessionExpired,
    TooManySockets,
    TooManyErrors,
    PasswordChanged,
}

impl From<EndReason> for Close {
    fn from(reason: EndReason) -> Self {
        match reason {
            EndReason::SignedOut => Self::SignedOut,
            EndReason::PasswordChanged => Self::PasswordChanged,
            EndReason::Deactivated => Self::Deactivated,
            EndReason::Expired => Self::SessionExpired,
        }
    }
}

impl Close {
    pub const ALL: [Self; 13] = [
        Self::Restart,
        Self::TooBig,
        Self::Protocol,
        Self::NotText,
        Self::SlowReader,
        Self::HeartbeatMissed,
        Self::Overloaded,
        Self::SignedOut,
        Self::Deactivated,
        Self::SessionExpired,
        Self::TooManySockets,
        Self::TooManyErrors,
        Self::PasswordChanged,
    ];

    pub fn code(self) -> u16 {
        match self {
            Self::Protocol => 1002,
            Self::NotText => 1007,
            Self::TooBig => 1009,
            Self::Restart => 1012,
            Self::SlowReader => 4001,
            Self::HeartbeatMissed => 4002,
            Self::Overloaded => 4003,
            Self::SignedOut => 4100,
            Self::Deactivated => 4101,
            Self::SessionExpired => 4102,
            Self::TooManySockets => 4103,
            Self::TooManyErrors => 4104,
            Self::PasswordChanged => 4105,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::NotText => "not_text",
            Self::TooBig => "too_big",
            Self::Restart => "restart",
            Self::SlowReader => "slow_reader",
            Self::HeartbeatMissed => "heartbeat_missed",
            Self::Overloaded => "overloaded",
            Self::SignedOut => "signed_out",
            Self::Deactivated => "deactivated",
            Self::SessionExpired => "session_expired",
            Self::TooManySockets => "too_many_sockets",
            Self::TooManyErrors => "too_many_errors",
            Self::PasswordChanged => "password_changed",
        }
    }
}
