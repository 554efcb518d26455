//! Search keys. The two databases fold accents and capitals differently, so this program folds them when it writes a row, and the
//! databases only compare letters. [`fill`] makes missing keys.

use diesel::prelude::*;

use super::schema::{accounts, clients, invitations, transactions};
use super::{Db, StoreResult, columns};
use crate::domain::text::search_key;
use crate::domain::{AccountId, ClientDetails, ClientId, EmailAddress, InvitationId, TransactionId};

pub fn key_account(conn: &mut Db, id: AccountId) -> StoreResult<()> {
    let columns = (accounts::id, accounts::first_name, accounts::last_name, accounts::email);
    let row = accounts::table.find(id).select(columns).first(conn)?;
    write_account(conn, &row)
}

pub fn key_transaction(conn: &mut Db, id: TransactionId) -> StoreResult<()> {
    let columns = (transactions::id, transactions::title, transactions::city, transactions::address);
    let row = transactions::table.find(id).select(columns).first(conn)?;
    write_transaction(conn, &row)
}

pub fn key_invitation(conn: &mut Db, id: InvitationId) -> StoreResult<()> {
    let columns = (invitations::id, invitations::first_name, invitations::last_name, invitations::email);
    let row = invitations::table.find(id).select(columns).first(conn)?;
    write_invitation(conn, &row)
}

pub fn key_client(conn: &mut Db, id: ClientId) -> StoreResult<()> {
    let row = clients::table.find(id).select(CLIENT).first(conn)?;
    write_client(conn, &row)
}

/// Makes up to `limit` missing keys of each table and returns their number. Rows that another node has locked are left to it, and
/// whoever only names a row, as all that belongs to an account does, does not wait.
pub fn fill(conn: &mut Db, limit: i64) -> StoreResult<usize> {
    macro_rules! without_key {
        ($query:expr) => {{
            let query = $query.limit(limit);
            match conn {
                Db::Postgres(pg) => query.for_no_key_update().skip_locked().load(pg)?,
                Db::Sqlite(sqlite) => query.load(sqlite)?,
            }
        }};
    }
    let people: Vec<AccountSearchRow> =
        without_key!(accounts::table.filter(accounts::name_key.is_null()).order(accounts::id).select((
            accounts::id,
            accounts::first_name,
            accounts::last_name,
            accounts::email
        )));
    for row in &people {
        write_account(conn, row)?;
    }
    let affairs: Vec<TransactionSearchRow> = without_key!(
        transactions::table
            .filter(transactions::search_key.is_null().or(transactions::title_key.is_null()))
            .order(transactions::id)
            .select((transactions::id, transactions::title, transactions::city, transactions::address))
    );
    for row in &affairs {
        write_transaction(conn, row)?;
    }
    let invited: Vec<InvitationSearchRow> =
        without_key!(invitations::table.filter(invitations::search_key.is_null()).order(invitations::id).select((
            invitations::id,
            invitations::first_name,
            invitations::last_name,
            invitations::email
        )));
    for row in &invited {
        write_invitation(conn, row)?;
    }
    let records: Vec<ClientSearchRow> = without_key!(
        clients::table
            .filter(clients::name_key.is_null().or(clients::search_key.is_null()))
            .order(clients::id)
            .select(CLIENT)
    );
    for row in &records {
        write_client(conn, row)?;
    }
    Ok(people.len() + affairs.len() + invited.len() + records.len())
}

type AccountSearchRow = (AccountId, String, String, EmailAddress);
type TransactionSearchRow = (TransactionId, String, Option<String>, Option<String>);
type InvitationSearchRow = (InvitationId, String, String, EmailAddress);

#[derive(Queryable)]
struct ClientSearchRow {
    id: ClientId,
    account_id: Option<AccountId>,
    first_name: String,
    last_name: String,
    email: Option<EmailAddress>,
    company: Option<String>,
    city: Option<String>,
    phone: Option<String>,
}

columns! {
    CLIENT = [
        clients::id,
        clients::account_id,
        clients::first_name,
        clients::last_name,
        clients::email,
        clients::company,
        clients::city,
        clients::phone,
    ];
}

fn write_account(conn: &mut Db, (id, first, last, email): &AccountSearchRow) -> StoreResult<()> {
    // There are two keys, because everybody who sees a name may find it, and not everybody an address.
    let keys = (accounts::name_key.eq(search_key([first.as_str(), last])), accounts::email_key.eq(email.search_key()));
    diesel::update(accounts::table.find(id)).set(keys).execute(conn)?;
    // Records of the person are listed by the same name.
    let records = clients::table.filter(clients::account_id.eq(id));
    diesel::update(records).set(clients::name_key.eq(search_key([first.as_str(), last]))).execute(conn)?;
    Ok(())
}

fn write_transaction(conn: &mut Db, (id, title, city, address): &TransactionSearchRow) -> StoreResult<()> {
    // There are two keys, because everybody who takes part may find the title, and only some the place.
    let key = search_key([Some(title), city.as_ref(), address.as_ref()].into_iter().flatten().map(String::as_str));
    let keys = (transactions::title_key.eq(search_key([title.as_str()])), transactions::search_key.eq(key));
    diesel::update(transactions::table.find(id)).set(keys).execute(conn)?;
    Ok(())
}

fn write_invitation(conn: &mut Db, (id, first, last, email): &InvitationSearchRow) -> StoreResult<()> {
    let key = search_key([first.as_str(), last, &email.search_key()]);
    diesel::update(invitations::table.find(id)).set(invitations::search_key.eq(key)).execute(conn)?;
    Ok(())
}

fn write_client(conn: &mut Db, row: &ClientSearchRow) -> StoreResult<()> {
    // Two keys: the name is that of the account, once there is one.
    let of_account = match row.account_id {
        Some(account) => {
            accounts::table.find(account).select((accounts::first_name, accounts::last_name)).first(conn).optional()?
        }
        None => None,
    };
    let (first, last): (String, String) = of_account.unwrap_or_else(|| (row.first_name.clone(), row.last_name.clone()));
    let written = written_key(row.email.as_ref(), [&row.company, &row.city, &row.phone]);
    let keys = (clients::name_key.eq(search_key([first.as_str(), &last])), clients::search_key.eq(written));
    diesel::update(clients::table.find(row.id)).set(keys).execute(conn)?;
    Ok(())
}

/// The broker's words about a client, without the notes.
pub(super) fn record_key(details: &ClientDetails) -> String {
    written_key(details.email.as_ref(), [&details.company, &details.city, &details.phone])
}

fn written_key(email: Option<&EmailAddress>, more: [&Option<String>; 3]) -> String {
    let email = email.map(EmailAddress::search_key);
    search_key(email.as_deref().into_iter().chain(more.into_iter().flatten().map(String::as_str)))
}

/// The pattern for `word` anywhere; SQL's wildcards in it are literal.
pub(super) fn pattern(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for c in word.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
