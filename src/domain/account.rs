use serde::Serialize;
use utoipa::ToSchema;

use super::states::states;
use super::{AccountId, EmailAddress, Language, Origin, SessionId, Timestamp};

states! {
    Role {
        Admin = "admin",
        Broker = "broker",
        Client = "client",
    }

    AccountState {
        Active = "active",
        Deactivated = "deactivated",
    }
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
    /// Its user was seen to read that mailbox, or somebody who is trusted made it.
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
