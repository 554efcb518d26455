//! Changes of an invitation that is under way.

use super::{MAX_MESSAGE, check_transaction, drop_mail, open_invitation, own_invitation, record};
use crate::app::{App, AppResult};
use crate::domain::{
    Caller, EmailAddress, Invitation, InvitationChanges, InvitationForm, InvitationId, Refusals, optional_text,
    person_name, phone_number,
};
use crate::store::clients;
use crate::store::invitations::{self, Draft, draft_of};

/// The changes after their check.
#[derive(Clone)]
struct CheckedChanges {
    email: Option<EmailAddress>,
    changes: InvitationChanges,
}

/// Writes all of the form's fields.
pub async fn edit(app: &App, caller: &Caller, id: InvitationId, form: InvitationForm) -> AppResult<Invitation> {
    let broker = crate::app::me::account(app, caller).await?;
    let draft = super::check(&broker, form)?;
    save(app, caller, id, move |_| draft.clone()).await
}

/// Writes the changed fields; other fields keep what another device wrote meanwhile.
pub async fn change(app: &App, caller: &Caller, id: InvitationId, changes: InvitationChanges) -> AppResult<Invitation> {
    let checked = CheckedChanges::of(changes)?;
    save(app, caller, id, move |stands| checked.applied(draft_of(stands))).await
}

/// With another e-mail address the earlier links die, because they went to somebody else. The new address has been sent nothing.
async fn save(
    app: &App,
    caller: &Caller,
    id: InvitationId,
    draft: impl Fn(&Invitation) -> Draft + Send + 'static,
) -> AppResult<Invitation> {
    let (by, now) = (caller.account, app.clock.now());
    let saved = app
        .store
        .write(move |conn| {
            let old = open_invitation(conn, id, by)?;
            let draft = draft(&old);
            check_transaction(conn, &draft, by)?;
            if old.email != draft.email {
                invitations::kill_links(conn, id)?;
                drop_mail(conn, id)?;
                invitations::forget_mail(conn, id)?;
            }
            let gone = invitations::give_way(conn, by, &draft.email, Some(id), now)?;
            invitations::update(conn, id, by, &draft)?;
            // Records are locked after invitations.
            if old.email != draft.email {
                clients::follow_address(conn, by, id, &old.email, &draft.email)?;
            }
            let changed = own_invitation(conn, id, by)?;
            record(conn, gone.into_iter().chain([id]), by, now)?;
            Ok(changed)
        })
        .await?;
    Ok(saved)
}

impl CheckedChanges {
    fn of(mut changes: InvitationChanges) -> Result<Self, Refusals> {
        let mut refusals = Refusals::default();
        let name = |value: &mut Option<String>, field: &'static str, refusals: &mut Refusals| {
            if let Some(given) = value {
                *value = refusals.check(person_name(given, field));
            }
        };
        name(&mut changes.first_name, "first_name", &mut refusals);
        name(&mut changes.last_name, "last_name", &mut refusals);
        let email = changes.email.as_deref().and_then(|email| refusals.check(EmailAddress::parse(email)));
        if let Some(phone) = &mut changes.phone {
            *phone = refusals.check(phone_number(phone.as_deref())).flatten();
        }
        if let Some(message) = &mut changes.message {
            *message = refusals.check(optional_text(message.as_deref(), "message", MAX_MESSAGE)).flatten();
        }
        if refusals.is_empty() { Ok(Self { email, changes }) } else { Err(refusals) }
    }

    fn applied(&self, stands: Draft) -> Draft {
        let changes = self.changes.clone();
        Draft {
            first_name: changes.first_name.unwrap_or(stands.first_name),
            last_name: changes.last_name.unwrap_or(stands.last_name),
            email: self.email.clone().unwrap_or(stands.email),
            phone: changes.phone.unwrap_or(stands.phone),
            project_type: changes.project_type.unwrap_or(stands.project_type),
            message: changes.message.unwrap_or(stands.message),
            language: changes.language.unwrap_or(stands.language),
            transaction: changes.transaction_id.unwrap_or(stands.transaction),
            access: stands.access.changed(changes.access),
        }
    }
}
