use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::app::{ClientQuery, NewParticipant};
use crate::domain::{AccessChanges, AccessFlags, AccountId, Caller, TransactionId};
use crate::http::body::{Json, Query};
use crate::http::error::ApiResult;
use crate::http::idempotency::RequestKey;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParticipantBody {
    account_id: Option<AccountId>,
    email: Option<String>,
    #[serde(default)]
    access: AccessFlags,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessBody {
    access: AccessChanges,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientsQuery {
    q: Option<String>,
    account_id: Option<i64>,
    limit: Option<i64>,
}

pub async fn list(state: web::Data<HttpState>, caller: web::ReqData<Caller>, id: web::Path<i64>) -> ApiResult {
    let (participants, asked) = state.app.participants(&caller, TransactionId(*id)).await?;
    Ok(HttpResponse::Ok().json(json!({ "participants": participants, "asked": asked })))
}

pub async fn create(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    id: web::Path<i64>,
    key: RequestKey,
    body: Json<ParticipantBody>,
) -> ApiResult {
    let Json(ParticipantBody { account_id, email, access }) = body;
    let new = NewParticipant { account: account_id, email, access };
    let participant = state.app.add_participant(&caller, TransactionId(*id), new, key.0).await?;
    Ok(HttpResponse::Created().json(json!({ "participant": participant })))
}

pub async fn change(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    ids: web::Path<(i64, i64)>,
    body: Json<AccessBody>,
) -> ApiResult {
    let (id, account) = *ids;
    let participant = state.app.change_access(&caller, TransactionId(id), AccountId(account), body.0.access).await?;
    Ok(HttpResponse::Ok().json(json!({ "participant": participant })))
}

pub async fn remove(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    ids: web::Path<(i64, i64)>,
) -> ApiResult {
    let (id, account) = *ids;
    state.app.remove_participant(&caller, TransactionId(id), AccountId(account)).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub async fn clients(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    query: Query<ClientsQuery>,
) -> ApiResult {
    let Query(ClientsQuery { q, account_id, limit }) = query;
    let query = ClientQuery { text: q, account: account_id.map(AccountId), limit };
    let (clients, has_more) = state.app.clients(&caller, query).await?;
    let clients: Vec<_> = clients
        .into_iter()
        .map(|client| {
            let transactions: Vec<_> =
                client.transactions.iter().map(|(id, title)| json!({ "id": id, "title": title })).collect();
            json!({
                "account_id": client.account.id,
                "name": client.account.name(),
                "first_name": client.account.first_name,
                "last_name": client.account.last_name,
                "email": client.has_contact.then_some(&client.account.email),
                // Of who takes part in nothing any more a new number is not told.
                "phone": client.account.phone.as_ref().filter(|_| client.has_contact && !client.transactions.is_empty()),
                "address_proved": client.account.address_proved,
                "can_send_access_link": client.can_send_access_link,
                "transactions": transactions,
            })
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({ "clients": clients, "has_more": has_more })))
}

routes! { participant:
    GET    "/api/v1/clients"                                     BROKER      clients;
    GET    "/api/v1/transactions/{id}/participants"              PARTICIPANT list;
    POST   "/api/v1/transactions/{id}/participants"              BROKER      create;
    PATCH  "/api/v1/transactions/{id}/participants/{account_id}" BROKER      change;
    DELETE "/api/v1/transactions/{id}/participants/{account_id}" PARTICIPANT remove;
}
