use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccountId, EmailAddress, Language, Origin, SessionId, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Admin,
    Broker,
    Client,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    Active,
    Deactivated,
}

/// A person who can sign in. The password hash is not here: it never leaves the store and the sign-in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Account {
    pub id: AccountId,
    pub role: Role,
    pub email: EmailAddress,
    pub first_name: String,
    pub last_name: String,
    pub phone: Option<String>,
    pub language: Language,
    pub state: AccountState,
    /// Whoever uses it was seen to read that mailbox, or somebody who is trusted made it.
    pub address_proved: bool,
    pub created_at: Timestamp,
    pub last_login_at: Option<Timestamp>,
}

/// The person behind a request or a socket, as their session proved it.
#[derive(Debug, Clone)]
pub struct Caller {
    pub account: AccountId,
    pub role: Role,
    pub language: Language,
    pub session: SessionId,
    pub origin: Origin,
}

impl Account {
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Broker => "broker",
            Self::Client => "client",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Admin, Self::Broker, Self::Client].into_iter().find(|r| r.as_str() == text)
    }
}

impl AccountState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deactivated => "deactivated",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Deactivated].into_iter().find(|s| s.as_str() == text)
    }
}
