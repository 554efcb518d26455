//! The bodies of the requests that make and change an invitation.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{AccessChanges, AccessFlags, ClientId, Language, TransactionId, TransactionKind, given};

/// The form of an invitation. For a preview every field may be missing.
///
/// Its JSON is also what an idempotency key stands for. There the names of two fields are those of earlier versions, so that a
/// request that is repeated over an upgrade is recognised.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InvitationBody, description = "The form of an invitation. For a preview every field may be missing.")]
pub struct InvitationForm {
    #[serde(default)]
    pub first_name: String,
    #[serde(default)]
    pub last_name: String,
    #[serde(default)]
    pub email: String,
    pub phone: Option<String>,
    pub project_type: Option<TransactionKind>,
    pub message: Option<String>,
    pub language: Option<Language>,
    #[serde(rename(serialize = "transaction"))]
    pub transaction_id: Option<TransactionId>,
    #[serde(default)]
    pub access: AccessFlags,
    /// The record of the person. Without it the one with the address, which is made if there is none.
    #[serde(rename(serialize = "client"), skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
}

/// The fields that change: a field that is not given stays, and null empties a field that may be empty.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InvitationChangeBody)]
pub struct InvitationChanges {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub email: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub phone: Option<Option<String>>,
    pub project_type: Option<TransactionKind>,
    #[serde(default, deserialize_with = "given")]
    pub message: Option<Option<String>>,
    pub language: Option<Language>,
    #[serde(default, deserialize_with = "given")]
    pub transaction_id: Option<Option<TransactionId>>,
    #[serde(default)]
    pub access: AccessChanges,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_that_is_repeated_over_an_upgrade_is_the_same_request() {
        let body = json!({ "first_name": "Paul", "last_name": "Durand", "email": "paul@example.org", "project_type": "sale",
            "transaction_id": 7, "client_id": 9 });
        let form: InvitationForm = serde_json::from_value(body).unwrap();
        let earlier = r#"{"first_name":"Paul","last_name":"Durand","email":"paul@example.org","phone":null,"project_type":"sale","message":null,"language":null,"transaction":7,"access":{"documents":true,"messaging":true,"tasks":true,"calendar":true,"properties":true},"client":9}"#;
        assert_eq!(serde_json::to_string(&form).unwrap(), earlier);
        let without = InvitationForm { client_id: None, ..form };
        assert_eq!(serde_json::to_string(&without).unwrap(), earlier.replace(r#","client":9"#, ""));
    }
}
