use serde_json::json;

use super::*;
use crate::support::PASSWORD;

/// There is an admin: no link leads anywhere.
pub const ROWS: &[Row] = &[
    row("GET", "/api/v1/setup/{token}", [404; 6]).token(no_token),
    row("POST", "/api/v1/setup/{token}", [404; 6]).token(no_token).body(|_| {
        json!({ "email": "root@example.org", "first_name": "A", "last_name": "B", "password": PASSWORD, "language": "en" })
    }),
];
