use super::*;

/// The other broker is asked by the broker, and accepts before they decline.
pub const ROWS: &[Row] = &[
    row("GET", "/api/v1/participation-requests", [401, 403, 200, 403, 200, 403]),
    row("POST", "/api/v1/participation-requests/{id}/accept", [401, 403, 200, 403, 404, 403]).id(|w| w.asked),
    row("POST", "/api/v1/participation-requests/{id}/decline", [401, 403, 404, 403, 404, 403]).id(|w| w.asked),
];
