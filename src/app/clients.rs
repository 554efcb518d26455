//! A broker's records of clients.

mod closing;
mod tables;

pub use closing::{deactivate, reactivate};
pub use tables::{ClientLine, export, import, preview};

use super::{App, AppResult, cut_page};
use crate::domain::{
    AccountId, Caller, Client, ClientChanges, ClientForm, ClientId, ClientState, IdempotencyKey, Timestamp, Topic,
    search_words,
};
use crate::store::clients::{self, ClientCounts, ClientFilter};
use crate::store::{Db, StoreResult, account_changes, idempotency};

/// A selection of the broker's records.
#[derive(Debug, Clone, Default)]
pub struct ClientQuery {
    pub state: Option<ClientState>,
    pub archived: bool,
    pub account: Option<AccountId>,
    pub text: Option<String>,
    pub before: Option<ClientId>,
    pub limit: Option<i64>,
}

/// A page of records, and where the next one begins.
pub struct ClientPage {
    pub clients: Vec<Client>,
    pub next: Option<ClientId>,
    pub counts: ClientCounts,
}

pub async fn list(app: &App, caller: &Caller, query: ClientQuery) -> AppResult<ClientPage> {
    let limit = query.limit.unwrap_or(i64::MAX).clamp(1, app.settings.max_page);
    let (broker, now) = (caller.account, app.clock.now());
    let filter = ClientFilter {
        state: query.state,
        archived: query.archived,
        account: query.account,
        words: search_words(query.text.as_deref())?,
        before: query.before,
        limit: limit + 1,
    };
    let (mut clients, counts) = app
        .store
        .read(move |conn| Ok((clients::list_for(conn, broker, &filter, now)?, clients::counts_for(conn, broker, now)?)))
        .await?;
    let next = cut_page(&mut clients, limit).map(|client| client.id);
    Ok(ClientPage { clients, next, counts })
}

/// Refuses `client_unknown`: also for another broker's.
pub async fn find(app: &App, caller: &Caller, id: ClientId) -> AppResult<Client> {
    let broker = caller.account;
    Ok(app.store.read(move |conn| clients::find_for(conn, id, broker)).await?)
}

/// With a key one record is made, however often that is asked. Refuses `client_exists`.
pub async fn create(app: &App, caller: &Caller, form: ClientForm, key: Option<IdempotencyKey>) -> AppResult<Client> {
    let once = key.map(|key| key.of("client", &form));
    let details = form.check(caller.language)?;
    let (broker, now) = (caller.account, app.clock.now());
    let made = app
        .store
        .write(move |conn| {
            let (id, _) = idempotency::once(conn, broker, once.as_ref(), now, |conn| {
                Ok((clients::insert(conn, broker, &details, now)?.0, ()))
            })?;
            let client = clients::find_for(conn, ClientId(id), broker)?;
            record(conn, client.id, broker, now)?;
            Ok(client)
        })
        .await?;
    Ok(made)
}

/// Writes what was changed; what another device has changed meanwhile stays. Refuses `client_exists`, and `kept_by_client`.
pub async fn change(app: &App, caller: &Caller, id: ClientId, changes: ClientChanges) -> AppResult<Client> {
    let (broker, now) = (caller.account, app.clock.now());
    let changed = app
        .store
        .write(move |conn| {
            clients::lock(conn, id, broker)?;
            let details = match clients::find_for(conn, id, broker)?.changed(changes.clone()) {
                Ok(details) => details,
                Err(refusals) => return Ok(Err(refusals)),
            };
            clients::update(conn, id, broker, &details, now)?;
            let client = clients::find_for(conn, id, broker)?;
            record(conn, id, broker, now)?;
            Ok(Ok(client))
        })
        .await?;
    Ok(changed?)
}

/// Puts the record out of sight, or back.
pub async fn set_archived(app: &App, caller: &Caller, id: ClientId, archived: bool) -> AppResult<Client> {
    let (broker, now) = (caller.account, app.clock.now());
    let changed = app
        .store
        .write(move |conn| {
            clients::lock(conn, id, broker)?;
            clients::set_archived(conn, id, broker, archived, now)?;
            let client = clients::find_for(conn, id, broker)?;
            record(conn, id, broker, now)?;
            Ok(client)
        })
        .await?;
    Ok(changed)
}

/// The broker's pages show it otherwise from now on. The last of a transaction.
fn record(conn: &mut Db, id: ClientId, broker: AccountId, now: Timestamp) -> StoreResult<()> {
    account_changes::record(conn, [broker], Topic::Client, id.0, now)
}
