use serde_json::json;

use super::*;
use crate::support::PASSWORD;

pub const ROWS: &[Row] = &[
    row("GET", "/api/v1/access-links/{token}", [404; 6]),
    row("POST", "/api/v1/access-links/{token}", [404; 6]).body(|_| json!({ "new_password": PASSWORD })),
    row("POST", "/api/v1/accounts/{id}/access-link", [401, 403, 403, 403, 403, 202]).id(third_broker),
    row("POST", "/api/v1/clients/{id}/access-link", [401, 403, 404, 403, 202, 403]).id(|world| world.record_of_client),
];
