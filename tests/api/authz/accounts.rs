use serde_json::json;

use super::*;
use crate::support::PASSWORD;

pub const ROWS: &[Row] = &[
    row("GET", "/api/v1/accounts", [401, 403, 403, 403, 403, 200]),
    row("POST", "/api/v1/accounts", [401, 403, 403, 403, 403, 201]).body(|_| {
        json!({ "email": "new@example.org", "first_name": "A", "last_name": "B", "role": "broker",
            "password": PASSWORD, "language": "en" })
    }),
    row("POST", "/api/v1/accounts/{id}/deactivate", [401, 403, 403, 403, 403, 200]).id(third_broker),
    row("POST", "/api/v1/accounts/{id}/reactivate", [401, 403, 403, 403, 403, 200]).id(third_broker),
];
