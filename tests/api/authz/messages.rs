use serde_json::json;

use super::*;

pub const ROWS: &[Row] = &[
    row("GET", "/api/v1/transactions/{id}/messages", TAKES_PART),
    row("POST", "/api/v1/transactions/{id}/messages", [401, 404, 404, 201, 201, 403])
        .body(|_| json!({ "nonce": "n", "body": "hello" })),
    row("PUT", "/api/v1/transactions/{id}/read", TAKES_PART).body(|_| json!({ "seq": 1 })),
    row("GET", "/api/v1/socket", [401, 101, 101, 101, 101, 101]),
];
