//! An invitation as its row and that of its mail hold it.

use diesel::prelude::*;

use crate::domain::{
    AccessFlags, AccountId, EmailAddress, Invitation, InvitationId, InvitationState, Language, Timestamp,
    TransactionId, TransactionKind,
};
use crate::store::mails::DeliveryRow;
use crate::store::schema::{invitations, mails};

/// An invitation with its last mail, if there was one.
#[derive(Queryable, Selectable)]
#[diesel(table_name = invitations)]
pub(super) struct InvitationRow {
    id: InvitationId,
    broker_id: AccountId,
    first_name: String,
    last_name: String,
    email: EmailAddress,
    phone: Option<String>,
    project_type: TransactionKind,
    message: Option<String>,
    language: Language,
    transaction_id: Option<TransactionId>,
    access: AccessFlags,
    state: InvitationState,
    created_at: Timestamp,
    sent_at: Timestamp,
    expires_at: Timestamp,
    accepted_at: Option<Timestamp>,
    cancelled_at: Option<Timestamp>,
    account_id: Option<AccountId>,
    #[diesel(embed)]
    mail: Option<DeliveryRow>,
}

impl From<InvitationRow> for Invitation {
    fn from(row: InvitationRow) -> Self {
        Self {
            id: row.id,
            broker: row.broker_id,
            first_name: row.first_name,
            last_name: row.last_name,
            email: row.email,
            phone: row.phone,
            project_type: row.project_type,
            message: row.message,
            language: row.language,
            transaction: row.transaction_id,
            access: row.access,
            state: row.state,
            created_at: row.created_at,
            sent_at: row.sent_at,
            expires_at: row.expires_at,
            accepted_at: row.accepted_at,
            cancelled_at: row.cancelled_at,
            account: row.account_id,
            mail: row.mail.map(Into::into),
        }
    }
}

/// Invitations beside their mails.
#[diesel::dsl::auto_type]
pub(super) fn with_mails() -> _ {
    invitations::table.left_join(mails::table.on(invitations::mail_id.eq(mails::id.nullable())))
}
