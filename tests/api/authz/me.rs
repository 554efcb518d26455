use serde_json::json;

use super::*;
use crate::support::PASSWORD;

pub const ROWS: &[Row] = &[
    row("GET", "/api/v1/me", SIGNED_IN),
    row("PATCH", "/api/v1/me", SIGNED_IN).body(|_| json!({ "language": "en" })),
    // With a wrong current password: the right one would end the sessions that the next rows need.
    row("PUT", "/api/v1/me/password", [401, 422, 422, 422, 422, 422])
        .body(|_| json!({ "current_password": "wrong", "new_password": PASSWORD })),
];
