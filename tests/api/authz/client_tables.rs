use serde_json::json;

use super::*;

pub const ROWS: &[Row] = &[
    row("GET", "/api/v1/clients/export", [401, 403, 200, 403, 200, 403]),
    row("POST", "/api/v1/clients/import/preview", [401, 403, 200, 403, 200, 403]).body(table),
    row("POST", "/api/v1/clients/import", [401, 403, 201, 403, 201, 403]).body(table),
];

fn table(_: &AuthzWorld) -> Value {
    json!({ "table": "first_name;last_name\nZoe;Petit\n" })
}
