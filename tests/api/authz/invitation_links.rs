use serde_json::json;

use super::*;
use crate::support::PASSWORD;

pub const ROWS: &[Row] = &[
    row("GET", "/api/v1/client-invitations/token/{token}", EVERYBODY),
    // Whoever comes first uses it up.
    row("POST", "/api/v1/client-invitations/activate/{token}", [201, 410, 410, 410, 410, 410])
        .token(|w| w.token_to_use.clone())
        .body(|_| json!({ "password": PASSWORD })),
];
