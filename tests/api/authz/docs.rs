use super::*;

pub const ROWS: &[Row] = &[
    row("GET", "/api/v1/openapi.json", EVERYBODY),
    row("GET", "/api/docs", EVERYBODY),
    row("GET", "/api/docs/{file}", EVERYBODY),
];
