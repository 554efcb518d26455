use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::{ClientQuery, NewParticipant, participants};
use crate::domain::{AccessChanges, AccessFlags, AccountId, Caller, Code, EmailAddress, Participant, TransactionId};
use crate::http::answer::{Created, NoContent, Shown};
use crate::http::body::{Json, Query};
use crate::http::error::ApiResult;
use crate::http::idempotency::RequestKey;
use crate::http::route::routes;
use crate::http::state::HttpState;
use crate::store::participants::People;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ParticipantBody {
    account_id: Option<AccountId>,
    email: Option<String>,
    #[serde(default)]
    access: AccessFlags,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessBody {
    access: AccessChanges,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ClientsQuery {
    /// Words that each stand in the name or in a title that the two share.
    q: Option<String>,
    account_id: Option<i64>,
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct ParticipantList {
    participants: Vec<Participant>,
    /// Brokers who have not answered; empty for clients.
    asked: Vec<Participant>,
}

#[derive(Serialize, ToSchema)]
pub struct ParticipantAnswer {
    participant: Participant,
}

#[derive(Serialize, ToSchema)]
pub struct ClientList {
    /// By name, at most 200.
    clients: Vec<Client>,
    /// There are others, which `q` finds.
    has_more: bool,
}

/// Whoever takes or took part as a client in a transaction in which the caller takes part as a broker, or accepted their
/// invitation.
#[derive(Serialize, ToSchema)]
struct Client {
    account_id: AccountId,
    name: String,
    first_name: String,
    last_name: String,
    /// Null unless they accepted an invitation of this broker.
    email: Option<EmailAddress>,
    /// Null also when the two share no transaction now.
    phone: Option<String>,
    address_proved: bool,
    /// An access link would not be refused for who it is.
    can_send_access_link: bool,
    /// Those that the two share now.
    transactions: Vec<SharedTransaction>,
}

#[derive(Serialize, ToSchema)]
struct SharedTransaction {
    id: TransactionId,
    title: String,
}

pub async fn list(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<Shown<ParticipantList>> {
    let People { participants, asked } = participants::list(&state.app, &caller, TransactionId(*id)).await?;
    Ok(Shown::of(ParticipantList { participants, asked }))
}

pub async fn create(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    key: RequestKey,
    body: Json<ParticipantBody>,
) -> ApiResult<Created<ParticipantAnswer>> {
    let Json(ParticipantBody { account_id, email, access }) = body;
    let new = NewParticipant { account: account_id, email, access };
    let participant = participants::create(&state.app, &caller, TransactionId(*id), new, key.0).await?;
    Ok(Created::of(ParticipantAnswer { participant }))
}

pub async fn change(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    ids: web::Path<(i64, i64)>,
    body: Json<AccessBody>,
) -> ApiResult<Shown<ParticipantAnswer>> {
    let (id, account) = *ids;
    let participant =
        participants::change(&state.app, &caller, TransactionId(id), AccountId(account), body.0.access).await?;
    Ok(Shown::of(ParticipantAnswer { participant }))
}

pub async fn remove(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    ids: web::Path<(i64, i64)>,
) -> ApiResult<NoContent> {
    let (id, account) = *ids;
    participants::remove(&state.app, &caller, TransactionId(id), AccountId(account)).await?;
    Ok(NoContent::default())
}

pub async fn clients(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    query: Query<ClientsQuery>,
) -> ApiResult<Shown<ClientList>> {
    let Query(ClientsQuery { q, account_id, limit }) = query;
    let query = ClientQuery { text: q, account: account_id.map(AccountId), limit };
    let (clients, has_more) = participants::clients(&state.app, &caller, query).await?;
    let clients = clients.into_iter().map(|client| {
        // Of who takes part in nothing any more a new number is not told.
        let has_phone = client.has_contact && !client.transactions.is_empty();
        Client {
            account_id: client.account.id,
            name: client.account.name(),
            first_name: client.account.first_name,
            last_name: client.account.last_name,
            email: client.has_contact.then_some(client.account.email),
            phone: client.account.phone.filter(|_| has_phone),
            address_proved: client.account.address_proved,
            can_send_access_link: client.can_send_access_link,
            transactions: client.transactions.into_iter().map(|(id, title)| SharedTransaction { id, title }).collect(),
        }
    });
    Ok(Shown::of(ClientList { clients: clients.collect(), has_more }))
}

const UNKNOWN: &[Code] = &[Code::TransactionUnknown];

routes! { participant:
    /// The clients of the broker.
    GET "/api/v1/clients" BROKER clients { refuses: &[SEARCH] };
    /// Who takes part.
    GET "/api/v1/transactions/{id}/participants" PARTICIPANT list { refuses: &[UNKNOWN] };
    /// Adds one of the broker's clients, who takes part at once, or another broker, who is asked first.
    ///
    /// `pending` is true until they accept. At most 500 take part, took part or are asked.
    POST "/api/v1/transactions/{id}/participants" BROKER create {
        refuses: &[UNKNOWN, PERSON, &[Code::AccountUnknown, Code::ParticipantExists, Code::TooManyParticipants]],
    };
    /// Changes what they may use.
    PATCH "/api/v1/transactions/{id}/participants/{account_id}" BROKER change {
        refuses: &[UNKNOWN, &[Code::ParticipantUnknown, Code::OpenerStays]],
    };
    /// Ends a part: a broker's of the transaction for everybody, and everybody for themselves.
    ///
    /// They hear nothing more from that moment, on any node. Of a broker who has not answered it takes the request back.
    /// Whoever opened the transaction leaves by themselves only (`opener_stays`), unless their account is closed.
    DELETE "/api/v1/transactions/{id}/participants/{account_id}" PARTICIPANT remove {
        refuses: &[UNKNOWN, &[Code::ParticipantUnknown, Code::OpenerStays, Code::LastBroker]],
    };
}
