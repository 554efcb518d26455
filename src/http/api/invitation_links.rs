use actix_web::{HttpRequest, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::sessions::cookies;
use crate::app::{self, Activation, Invitee};
use crate::domain::{Account, Code, EmailAddress, Language, Timestamp, TransactionId, TransactionKind};
use crate::http::answer::{Created, Shown};
use crate::http::body::Json;
use crate::http::error::ApiResult;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivationBody {
    password: String,
    first_name: Option<String>,
    last_name: Option<String>,
    phone: Option<String>,
    language: Option<Language>,
}

#[derive(Serialize, ToSchema)]
pub struct InvitationLinkAnswer {
    invitation: InvitationLink,
}

/// An invitation, as the sign-up page shows it.
#[derive(Serialize, ToSchema)]
struct InvitationLink {
    first_name: String,
    last_name: String,
    email: EmailAddress,
    phone: Option<String>,
    language: Language,
    project_type: TransactionKind,
    broker_name: String,
    expires_at: Timestamp,
    /// On a mailed link; null on a copied one, whoever has an account.
    account_exists: Option<bool>,
    password: AskedPassword,
}

/// The password that the invited person is asked for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AskedPassword {
    /// A new one. If there is an account, its address was never proved, and it is taken over.
    New,
    /// The account's.
    Own,
    /// A copied link does not tell.
    Either,
    /// The address is an admin's, which cannot come in.
    None,
}

#[derive(Serialize, ToSchema)]
pub struct ActivatedAnswer {
    account: Account,
    transaction_id: TransactionId,
}

/// Shows the invitation. Consumes nothing: mail scanners follow links too.
pub async fn show(state: web::Data<HttpState>, token: web::Path<String>) -> ApiResult<Shown<InvitationLinkAnswer>> {
    let view = app::invitation_links::find(&state.app, &token).await?;
    let invitation = view.invitation;
    // The password that is asked for, and whether the link says that there is an account.
    let (password, account_exists) = match view.invitee {
        Invitee::Untold => (AskedPassword::Either, None),
        Invitee::New => (AskedPassword::New, Some(false)),
        Invitee::Known => (AskedPassword::Own, Some(true)),
        Invitee::Unproved => (AskedPassword::New, Some(true)),
        Invitee::Admin => (AskedPassword::None, Some(true)),
    };
    let invitation = InvitationLink {
        first_name: invitation.first_name,
        last_name: invitation.last_name,
        email: invitation.email,
        phone: invitation.phone,
        language: invitation.language,
        project_type: invitation.project_type,
        broker_name: view.broker_name,
        expires_at: invitation.expires_at,
        account_exists,
        password,
    };
    Ok(Shown::of(InvitationLinkAnswer { invitation }))
}

pub async fn activate(
    request: HttpRequest,
    state: web::Data<HttpState>,
    token: web::Path<String>,
    body: Json<ActivationBody>,
) -> ApiResult<Created<ActivatedAnswer>> {
    let Json(ActivationBody { password, first_name, last_name, phone, language }) = body;
    let form = Activation { password, first_name, last_name, phone, language };
    let activated = app::invitation_links::activate(&state.app, &token, form, state.site.arrival_of(&request)).await?;
    let signed_in = activated.signed_in;
    let cookies = cookies(&state.site, &signed_in.secret, &signed_in.device);
    let answer = ActivatedAnswer { account: signed_in.account, transaction_id: activated.transaction };
    Ok(Created::of(answer).cookies(cookies))
}

const LINK: &[Code] =
    &[Code::InvitationUnknown, Code::InvitationExpired, Code::InvitationUsed, Code::InvitationCancelled];

routes! { invitation_link:
    /// Shows the invitation to the invited person. Consumes nothing.
    GET "/api/v1/client-invitations/token/{token}" ANYONE show { refuses: &[LINK] };
    /// Comes in: with a session cookie, and a part in a transaction.
    ///
    /// The account of the address is made, or opened by its own password (`password_wrong`), or, on a mailed link when its
    /// address was never proved, taken over: the password is set, every session of it ends, the address is proved. A
    /// broker's account comes in as a client of the transaction; `email_has_other_role` for an admin's.
    /// `invitation_needs_mail`: this link is not enough, the mailed one is; also when the copied links of its broker were to
    /// make more than 20 accounts in a day.
    POST "/api/v1/client-invitations/activate/{token}" ANYONE activate {
        throttle: &[Attempts],
        refuses: &[LINK, PERSON, PASSWORD, &[
            Code::PasswordWrong, Code::EmailHasOtherRole, Code::InvitationNeedsMail, Code::TooManyParticipants,
        ]],
    };
}
