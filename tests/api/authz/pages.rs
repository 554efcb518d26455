use super::*;

/// Pages are the same document for everybody; what they show comes from the API.
pub const ROWS: &[Row] = &[
    row("GET", "/static/{path:.*}", EVERYBODY),
    row("GET", "/", [303; 6]),
    row("GET", "/sign-in", EVERYBODY),
    row("GET", "/reset", EVERYBODY),
    row("GET", "/reset/code", EVERYBODY),
    row("GET", "/access/{token}", [404; 6]),
    row("GET", "/setup/{token}", [404; 6]).token(no_token),
    row("GET", "/client/invitation/{token}", EVERYBODY),
    row("GET", "/broker", EVERYBODY),
    row("GET", "/broker/clients", EVERYBODY),
    row("GET", "/broker/invite", EVERYBODY),
    row("GET", "/broker/transactions/{id}", EVERYBODY),
    row("GET", "/client", EVERYBODY),
    row("GET", "/client/transactions/{id}", EVERYBODY),
    row("GET", "/admin", EVERYBODY),
    row("GET", "/account", EVERYBODY),
    row("GET", "/demo/mailbox", EVERYBODY),
];
