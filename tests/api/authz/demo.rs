use super::*;

pub const ROWS: &[Row] = &[
    row("GET", "/api/v1/demo/mails", EVERYBODY),
    row("GET", "/api/v1/demo/mails/{id}", EVERYBODY).id(|w| w.mail),
    row("GET", "/demo/mails/{id}/html", EVERYBODY).id(|w| w.mail),
];
