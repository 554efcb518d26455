//! A broker's records of clients. How a record comes to an account and to invitations is in [`links`], which of them are listed in
//! [`list`], how a broker's transactions are closed for a client in [`closing`], and what the version before leaves without a record
//! in [`adopting`].

mod adopting;
mod closing;
mod links;
mod list;

pub use adopting::adopt_invitation;
pub use closing::{ClosedPart, check_active, check_record, close, open_again, set_inactive, shared_by, suspended_by};
pub use links::{adopt, come_in, follow_address, follow_part, note_invited};
pub use list::{ClientCounts, ClientFilter, counts_for, list_for};

use std::collections::HashSet;

use diesel::prelude::*;

use super::schema::clients;
use super::{Db, StoreResult, search};
use crate::domain::text::search_key;
use crate::domain::{
    AccountId, Client, ClientDetails, ClientId, Code, EmailAddress, Language, Refusal, Timestamp, client_fields,
};

/// Makes the row of the columns that the broker writes.
macro_rules! details_row {
    (=> $($(#[$meta:meta])* $field:ident: $form:ty => $kept:ty = $rule:expr;)*) => {
        #[derive(Queryable, Selectable)]
        #[diesel(table_name = clients)]
        struct DetailsRow {
            $($field: $kept,)*
        }

        impl From<DetailsRow> for ClientDetails {
            fn from(row: DetailsRow) -> Self {
                Self { $($field: row.$field,)* }
            }
        }
    };
}

client_fields!(details_row);

/// Sets these columns to the details `$details`; a macro because the type of such a tuple cannot be written down.
macro_rules! written {
    ($details:ident => $($(#[$meta:meta])* $field:ident: $form:ty => $kept:ty = $rule:expr;)*) => {
        ($(clients::$field.eq(&$details.$field),)*)
    };
}
use written;

/// The columns of the record's state.
#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct StandRow {
    id: ClientId,
    account_id: Option<AccountId>,
    activated_at: Option<Timestamp>,
    inactive_at: Option<Timestamp>,
    archived_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

type ClientRow = (StandRow, DetailsRow);

/// Refuses `client_exists` where the broker has a record with this address.
pub fn insert(conn: &mut Db, broker: AccountId, details: &ClientDetails, now: Timestamp) -> StoreResult<ClientId> {
    check_free(conn, broker, details.email.as_ref(), None)?;
    let id = diesel::insert_into(clients::table)
        .values((
            clients::broker_id.eq(broker),
            client_fields!(written details),
            clients::created_at.eq(now),
            clients::updated_at.eq(now),
            clients::name_key.eq(search_key([details.first_name.as_str(), &details.last_name])),
            clients::search_key.eq(search::record_key(details)),
        ))
        .returning(clients::id)
        .get_result(conn);
    exists_if_taken(id)
}

/// The addresses among these that are in a record of the broker.
pub fn known_emails(conn: &mut Db, broker: AccountId, emails: &[EmailAddress]) -> StoreResult<HashSet<EmailAddress>> {
    let spellings: Vec<String> = emails.iter().flat_map(EmailAddress::spellings).collect();
    let known = clients::table.filter(clients::broker_id.eq(broker)).filter(clients::email.eq_any(spellings));
    let found: Vec<Option<EmailAddress>> = known.select(clients::email).load(conn)?;
    Ok(found.into_iter().flatten().collect())
}

/// Refuses as [`insert`] does.
pub fn update(
    conn: &mut Db,
    id: ClientId,
    broker: AccountId,
    details: &ClientDetails,
    now: Timestamp,
) -> StoreResult<()> {
    check_free(conn, broker, details.email.as_ref(), Some(id))?;
    let changed = diesel::update(own(id, broker))
        .set((client_fields!(written details), clients::updated_at.eq(now)))
        .execute(conn);
    exists_if_taken(changed)?;
    search::key_client(conn, id)
}

/// Puts the record out of sight, or back; the first time counts.
pub fn set_archived(conn: &mut Db, id: ClientId, broker: AccountId, archived: bool, now: Timestamp) -> StoreResult<()> {
    let stands = own(id, broker).filter(clients::archived_at.is_null().eq(archived));
    let at = archived.then_some(now);
    diesel::update(stands).set((clients::archived_at.eq(at), clients::updated_at.eq(now))).execute(conn)?;
    Ok(())
}

/// The broker's own record, locked until the end of the transaction; another's does not exist for them. Refuses `client_unknown`.
pub fn lock(conn: &mut Db, id: ClientId, broker: AccountId) -> StoreResult<()> {
    let query = own(id, broker).select(clients::id);
    let found: Option<ClientId> = match conn {
        Db::Postgres(pg) => query.for_update().first(pg).optional()?,
        Db::Sqlite(sqlite) => query.first(sqlite).optional()?,
    };
    found.map(|_| ()).ok_or_else(|| Code::ClientUnknown.into())
}

/// The account of the broker's own record, if there is one. Refuses `client_unknown`.
pub fn account_of(conn: &mut Db, id: ClientId, broker: AccountId) -> StoreResult<Option<AccountId>> {
    let found: Option<Option<AccountId>> = own(id, broker).select(clients::account_id).first(conn).optional()?;
    found.ok_or_else(|| Code::ClientUnknown.into())
}

/// Refuses `client_unknown`, also for another's.
pub fn find_for(conn: &mut Db, id: ClientId, broker: AccountId) -> StoreResult<Client> {
    let rows: Vec<ClientRow> = own(id, broker).select((StandRow::as_select(), DetailsRow::as_select())).load(conn)?;
    list::load(conn, broker, rows)?.pop().ok_or_else(|| Code::ClientUnknown.into())
}

#[diesel::dsl::auto_type]
fn own(id: ClientId, broker: AccountId) -> _ {
    clients::table.filter(clients::id.eq(id)).filter(clients::broker_id.eq(broker))
}

/// The record of the broker with this address, archived or not.
fn by_email(conn: &mut Db, broker: AccountId, email: &EmailAddress) -> StoreResult<Option<ClientId>> {
    let found = clients::table.filter(clients::broker_id.eq(broker)).filter(clients::email.eq_any(email.spellings()));
    Ok(found.order(clients::id).select(clients::id).first(conn).optional()?)
}

fn check_free(
    conn: &mut Db,
    broker: AccountId,
    email: Option<&EmailAddress>,
    kept: Option<ClientId>,
) -> StoreResult<()> {
    let Some(email) = email else { return Ok(()) };
    match by_email(conn, broker, email)? {
        Some(other) if Some(other) != kept => Err(exists()),
        _ => Ok(()),
    }
}

fn exists() -> super::StoreError {
    Refusal::field(Code::ClientExists, "email").into()
}

/// The database refuses one of two requests at the same moment.
fn exists_if_taken<T>(result: QueryResult<T>) -> StoreResult<T> {
    use diesel::result::{DatabaseErrorKind, Error};
    match result {
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(exists()),
        other => Ok(other?),
    }
}
