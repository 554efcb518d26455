use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::can_be_sent_to;
use crate::app::clients::{self, ClientQuery};
use crate::domain::{
    AccountId, AccountState, Caller, Client, ClientChanges, ClientDetails, ClientForm, ClientId, ClientInvitation,
    ClientState, Code, SharedTransaction, Timestamp,
};
use crate::http::answer::{Created, Shown};
use crate::http::body::{Json, Query};
use crate::http::error::ApiResult;
use crate::http::idempotency::RequestKey;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ClientsQuery {
    state: Option<ClientState>,
    /// The archived records, and not the others.
    archived: Option<bool>,
    /// Words that each stand in the name, in the record, or in a title that the two share.
    q: Option<String>,
    account_id: Option<i64>,
    /// The `next` of the page before.
    before: Option<i64>,
    limit: Option<i64>,
}

/// The broker's record of a client.
#[derive(Serialize, ToSchema)]
#[schema(as = Client)]
struct ClientView {
    id: ClientId,
    state: ClientState,
    /// Null until they have an account that the broker knows of.
    account_id: Option<AccountId>,
    name: String,
    #[serde(flatten)]
    #[schema(inline)]
    details: ClientDetails,
    /// Fields that the person keeps, and the broker does not change.
    kept_by_client: Vec<&'static str>,
    /// Null without an account.
    address_proved: Option<bool>,
    /// The broker may add them to a transaction.
    can_be_added: bool,
    /// An access link would not be refused for who it is.
    can_send_access_link: bool,
    /// The transactions that the two share now.
    transactions: Vec<SharedTransaction>,
    /// The invitation under way.
    invitation: Option<ClientInvitation>,
    invited_at: Option<Timestamp>,
    activated_at: Option<Timestamp>,
    /// Since then the broker's transactions are closed for them.
    inactive_at: Option<Timestamp>,
    last_login_at: Option<Timestamp>,
    archived_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
pub struct ClientAnswer {
    client: ClientView,
}

#[derive(Serialize, ToSchema)]
pub struct ClientList {
    /// By name, at most 200.
    clients: Vec<ClientView>,
    /// The `before` of the next page.
    next: Option<ClientId>,
    /// There is a next page.
    has_more: bool,
    counts: ClientCountsJson,
}

/// How many there are in each state, without those that are archived.
#[derive(Serialize, ToSchema)]
#[schema(as = ClientCounts)]
struct ClientCountsJson {
    not_invited: i64,
    invited: i64,
    active: i64,
    inactive: i64,
    archived: i64,
}

fn shown(state: &HttpState, client: Client) -> ClientView {
    let now = state.app.clock.now();
    let details = client.shown();
    let account = client.account.as_ref();
    ClientView {
        id: client.id,
        state: client.state_at(now),
        account_id: account.map(|account| account.id),
        name: format!("{} {}", details.first_name, details.last_name),
        details,
        kept_by_client: client.kept_by_client(),
        address_proved: account.map(|account| account.address_proved),
        can_be_added: client.is_within_reach
            && client.inactive_at.is_none()
            && account.is_some_and(|account| account.state == AccountState::Active),
        can_send_access_link: client.is_within_reach && account.is_some_and(can_be_sent_to),
        invitation: client.pending_at(now).cloned(),
        invited_at: client.invited_at,
        activated_at: client.activated_at,
        inactive_at: client.inactive_at,
        // The broker learns nothing new of a person who has nothing to do with them any more.
        last_login_at: account.filter(|_| client.is_within_reach).and_then(|account| account.last_login_at),
        archived_at: client.archived_at,
        created_at: client.created_at,
        updated_at: client.updated_at,
        transactions: client.transactions,
    }
}

fn one(state: &HttpState, client: Client) -> ClientAnswer {
    ClientAnswer { client: shown(state, client) }
}

pub async fn list(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    query: Query<ClientsQuery>,
) -> ApiResult<Shown<ClientList>> {
    let Query(ClientsQuery { state: in_state, archived, q, account_id, before, limit }) = query;
    let query = ClientQuery {
        state: in_state,
        archived: archived.unwrap_or_default(),
        account: account_id.map(AccountId),
        text: q,
        before: before.map(ClientId),
        limit,
    };
    let page = clients::list(&state.app, &caller, query).await?;
    let counts = ClientCountsJson {
        not_invited: page.counts.not_invited,
        invited: page.counts.invited,
        active: page.counts.active,
        inactive: page.counts.inactive,
        archived: page.counts.archived,
    };
    let clients = page.clients.into_iter().map(|client| shown(&state, client)).collect();
    Ok(Shown::of(ClientList { clients, next: page.next, has_more: page.next.is_some(), counts }))
}

pub async fn show(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<Shown<ClientAnswer>> {
    let client = clients::find(&state.app, &caller, ClientId(*id)).await?;
    Ok(Shown::of(one(&state, client)))
}

pub async fn create(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    key: RequestKey,
    body: Json<ClientForm>,
) -> ApiResult<Created<ClientAnswer>> {
    let client = clients::create(&state.app, &caller, body.0, key.0).await?;
    Ok(Created::of(one(&state, client)))
}

pub async fn change(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    body: Json<ClientChanges>,
) -> ApiResult<Shown<ClientAnswer>> {
    let client = clients::change(&state.app, &caller, ClientId(*id), body.0).await?;
    Ok(Shown::of(one(&state, client)))
}

pub async fn archive(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<Shown<ClientAnswer>> {
    let client = clients::set_archived(&state.app, &caller, ClientId(*id), true).await?;
    Ok(Shown::of(one(&state, client)))
}

pub async fn restore(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<Shown<ClientAnswer>> {
    let client = clients::set_archived(&state.app, &caller, ClientId(*id), false).await?;
    Ok(Shown::of(one(&state, client)))
}

pub async fn deactivate(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<Shown<ClientAnswer>> {
    let client = clients::deactivate(&state.app, &caller, ClientId(*id)).await?;
    Ok(Shown::of(one(&state, client)))
}

pub async fn reactivate(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
) -> ApiResult<Shown<ClientAnswer>> {
    let client = clients::reactivate(&state.app, &caller, ClientId(*id)).await?;
    Ok(Shown::of(one(&state, client)))
}

const UNKNOWN: &[Code] = &[Code::ClientUnknown];
const FORM: &[Code] = crate::http::route::PERSON;

routes! { client:
    /// The broker's records of clients, by name.
    ///
    /// Everybody who takes or took part as a client where the broker acts as one has a record, and so has everybody who is invited.
    GET "/api/v1/clients" BROKER list { refuses: &[SEARCH] };
    /// Makes a record, before there is an account.
    POST "/api/v1/clients" BROKER create { refuses: &[FORM, &[Code::ClientExists]] };
    /// One of them.
    GET "/api/v1/clients/{id}" BROKER show { refuses: &[UNKNOWN] };
    /// Changes some fields, the others stay; null empties all but the names and the language.
    ///
    /// A new value of a field that the person keeps (`kept_by_client`) is refused.
    PATCH "/api/v1/clients/{id}" BROKER change {
        refuses: &[UNKNOWN, FORM, &[Code::ClientExists, Code::KeptByClient]],
    };
    /// Puts it out of sight; nothing else changes.
    POST "/api/v1/clients/{id}/archive" BROKER archive { refuses: &[UNKNOWN] };
    /// Puts it back.
    POST "/api/v1/clients/{id}/restore" BROKER restore { refuses: &[UNKNOWN] };
    /// Closes the broker's transactions for this client.
    ///
    /// Their parts end at once, on every device; the history stays. An invitation under way is cancelled, and no new one can be made.
    POST "/api/v1/clients/{id}/deactivate" BROKER deactivate { refuses: &[UNKNOWN, &[Code::ClientWithoutAccount]] };
    /// Opens those transactions again, each with the access that the client had.
    POST "/api/v1/clients/{id}/reactivate" BROKER reactivate { refuses: &[UNKNOWN, &[Code::ClientWithoutAccount]] };
}
