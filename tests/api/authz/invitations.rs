use serde_json::json;

use super::*;
use crate::support::mailbox::invitation_form;

const OWN: Expected = [401, 403, 404, 403, 200, 403];

pub const ROWS: &[Row] = &[
    row("POST", "/api/v1/client-invitations/preview", [401, 403, 200, 403, 200, 403]),
    row("POST", "/api/v1/client-invitations", [401, 403, 201, 403, 201, 403])
        .body(|_| invitation_form("to-create@example.org")),
    row("GET", "/api/v1/client-invitations", [401, 403, 200, 403, 200, 403]),
    row("GET", "/api/v1/client-invitations/{id}", OWN).id(invitation),
    row("PUT", "/api/v1/client-invitations/{id}", OWN)
        .id(invitation)
        .body(|_| invitation_form("to-change@example.org")),
    row("PATCH", "/api/v1/client-invitations/{id}", OWN).id(invitation).body(|_| json!({ "first_name": "Paula" })),
    row("POST", "/api/v1/client-invitations/{id}/resend", OWN).id(invitation),
    row("POST", "/api/v1/client-invitations/{id}/extend", OWN).id(invitation),
    row("POST", "/api/v1/client-invitations/{id}/link", [401, 403, 404, 403, 201, 403]).id(invitation),
    row("POST", "/api/v1/client-invitations/{id}/cancel", OWN).id(invitation),
];

fn invitation(world: &AuthzWorld) -> i64 {
    world.invitation
}
