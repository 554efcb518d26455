use serde_json::json;

use super::*;

pub const ROWS: &[Row] = &[
    row("POST", "/api/v1/transactions", [401, 403, 201, 403, 201, 403])
        .body(|_| json!({ "title": "Flat", "kind": "sale" })),
    row("GET", "/api/v1/transactions", [401, 200, 200, 200, 200, 403]),
    row("GET", "/api/v1/transactions/{id}", TAKES_PART),
    row("GET", "/api/v1/transactions/{id}/changes", TAKES_PART),
    row("PATCH", "/api/v1/transactions/{id}", [401, 403, 404, 403, 200, 403]).body(|_| json!({ "progress": 10 })),
];
