use serde_json::json;

use super::*;
use crate::support::PASSWORD;

pub const ROWS: &[Row] = &[
    row("POST", "/api/v1/sessions", [201; 6]).body(|w| json!({ "email": w.broker().email(), "password": PASSWORD })),
    row("GET", "/api/v1/sessions", SIGNED_IN),
    row("DELETE", "/api/v1/sessions/current", [401, 204, 204, 204, 204, 204]),
    // A session of the broker's: theirs alone, also for an admin.
    row("DELETE", "/api/v1/sessions/{id}", [401, 404, 404, 404, 204, 404]).id(|w| w.spare_session),
    row("DELETE", "/api/v1/sessions/others", [401, 204, 204, 204, 204, 204]).after_all_others(),
];
