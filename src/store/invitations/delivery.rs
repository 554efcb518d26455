//! The mail of an invitation, as its broker sees it.

use diesel::prelude::*;

use super::super::schema::invitations;
use super::super::{Db, StoreResult, account_changes};
use crate::domain::{AccountId, InvitationId, MailId, Timestamp, Topic};

/// Something became of this mail: the broker sees another state of the invitation that it is of. The last of a transaction.
pub fn record_mail(conn: &mut Db, mail: MailId, now: Timestamp) -> StoreResult<()> {
    let of_mail: Option<(InvitationId, AccountId)> = invitations::table
        .filter(invitations::mail_id.eq(mail))
        .select((invitations::id, invitations::broker_id))
        .first(conn)
        .optional()?;
    match of_mail {
        Some((id, broker)) => account_changes::record(conn, [broker], Topic::Invitation, id.0, now),
        None => Ok(()),
    }
}
