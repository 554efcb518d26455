use serde_json::json;

use super::*;

const OWN: Expected = [401, 403, 404, 403, 200, 403];
/// The record is of a person who has no account yet.
const WITHOUT_ACCOUNT: Expected = [401, 403, 404, 403, 409, 403];

pub const ROWS: &[Row] = &[
    row("GET", "/api/v1/clients", [401, 403, 200, 403, 200, 403]),
    row("POST", "/api/v1/clients", [401, 403, 201, 403, 201, 403])
        .body(|_| json!({ "first_name": "Zoe", "last_name": "Petit" })),
    row("GET", "/api/v1/clients/{id}", OWN).id(record),
    row("PATCH", "/api/v1/clients/{id}", OWN).id(record).body(|_| json!({ "city": "Nantes" })),
    row("POST", "/api/v1/clients/{id}/archive", OWN).id(record),
    row("POST", "/api/v1/clients/{id}/restore", OWN).id(record),
    row("POST", "/api/v1/clients/{id}/deactivate", WITHOUT_ACCOUNT).id(record),
    row("POST", "/api/v1/clients/{id}/reactivate", WITHOUT_ACCOUNT).id(record),
];

fn record(world: &AuthzWorld) -> i64 {
    world.record
}
