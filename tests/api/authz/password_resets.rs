use serde_json::json;

use super::*;

pub const ROWS: &[Row] = &[
    row("POST", "/api/v1/password-resets", [202; 6]).body(|_| json!({ "email": "forgetful@example.org" })),
    // With a password that will not do: tries are few.
    row("POST", "/api/v1/password-resets/confirm", [422; 6])
        .body(|_| json!({ "email": "forgetful@example.org", "code": "000000", "new_password": "x" })),
];
