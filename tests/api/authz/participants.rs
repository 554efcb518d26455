use serde_json::json;

use super::*;

pub const ROWS: &[Row] = &[
    row("GET", "/api/v1/transactions/{id}/participants", TAKES_PART),
    row("POST", "/api/v1/transactions/{id}/participants", [401, 403, 404, 403, 201, 403])
        .body(|w| json!({ "email": w.third_broker.email() })),
    row("PATCH", "/api/v1/transactions/{id}/participants/{account_id}", [401, 403, 404, 403, 200, 403])
        .account(client)
        .body(|_| {
            json!({ "access": { "documents": true, "messaging": true, "tasks": true, "calendar": true, "properties": true } })
        }),
    row("DELETE", "/api/v1/transactions/{id}/participants/{account_id}", [401, 404, 404, 403, 204, 403])
        .account(third_broker),
];
