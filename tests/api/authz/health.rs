use super::*;

pub const ROWS: &[Row] = &[row("GET", "/health/live", EVERYBODY), row("GET", "/health/ready", EVERYBODY)];
