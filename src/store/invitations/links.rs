//! Links that open an invitation. Only the hash of a link is kept.

use diesel::prelude::*;

use super::super::schema::{invitation_links, invitations};
use super::super::{Db, StoreResult};
use super::row::{InvitationRow, with_mails};
use crate::domain::{Invitation, InvitationId, Timestamp, TokenHash};

pub fn add_link(conn: &mut Db, id: InvitationId, token: &TokenHash, by_mail: bool, now: Timestamp) -> StoreResult<()> {
    diesel::insert_into(invitation_links::table)
        .values((
            invitation_links::token_hash.eq(token),
            invitation_links::invitation_id.eq(id),
            invitation_links::by_mail.eq(by_mail),
            invitation_links::active.eq(true),
            invitation_links::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends all links of the invitation.
pub fn kill_links(conn: &mut Db, id: InvitationId) -> StoreResult<()> {
    diesel::update(invitation_links::table.filter(invitation_links::invitation_id.eq(id)))
        .set(invitation_links::active.eq(false))
        .execute(conn)?;
    Ok(())
}

/// The invitation of a link, whether the link is still valid, and whether it came by mail.
pub fn find_by_link(conn: &mut Db, token: &TokenHash) -> StoreResult<Option<(Invitation, bool, bool)>> {
    let link: Option<(InvitationId, bool, bool)> = invitation_links::table
        .find(token)
        .select((invitation_links::invitation_id, invitation_links::active, invitation_links::by_mail))
        .first(conn)
        .optional()?;
    let Some((id, active, by_mail)) = link else {
        return Ok(None);
    };
    let found: Option<InvitationRow> =
        with_mails().filter(invitations::id.eq(id)).select(InvitationRow::as_select()).first(conn).optional()?;
    Ok(found.map(|invitation| (invitation.into(), active, by_mail)))
}

/// Ends one link; the others stay.
pub fn kill_link(conn: &mut Db, token: &TokenHash) -> StoreResult<()> {
    diesel::update(invitation_links::table.find(token)).set(invitation_links::active.eq(false)).execute(conn)?;
    Ok(())
}
