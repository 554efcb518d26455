//! Accounts. The password hash is read only where a password is checked.

use diesel::prelude::*;

use super::schema::accounts;
use super::{Db, StoreResult, names, search};
use crate::domain::text::SearchWords;
use crate::domain::{Account, AccountId, AccountState, Code, EmailAddress, Language, Role, Timestamp};

#[derive(Insertable)]
#[diesel(table_name = accounts)]
pub struct AccountInsert {
    pub email: EmailAddress,
    pub role: Role,
    pub first_name: String,
    pub last_name: String,
    pub phone: Option<String>,
    pub language: Language,
    pub password_hash: String,
    pub email_verified_at: Option<Timestamp>,
}

/// The fields that a person may change of their own account; `None` leaves a field as it is.
#[derive(Default, AsChangeset, Clone)]
#[diesel(table_name = accounts)]
pub struct ProfileChanges {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<Option<String>>,
    pub language: Option<Language>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
struct AccountRow {
    id: AccountId,
    email: EmailAddress,
    role: Role,
    first_name: String,
    last_name: String,
    phone: Option<String>,
    language: Language,
    state: AccountState,
    email_verified_at: Option<Timestamp>,
    created_at: Timestamp,
    last_login_at: Option<Timestamp>,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self {
            id: row.id,
            role: row.role,
            email: row.email,
            first_name: row.first_name,
            last_name: row.last_name,
            phone: row.phone,
            language: row.language,
            state: row.state,
            address_proved: row.email_verified_at.is_some(),
            created_at: row.created_at,
            last_login_at: row.last_login_at,
        }
    }
}

/// Refuses `email_taken`.
pub fn insert(conn: &mut Db, new: &AccountInsert, now: Timestamp) -> StoreResult<AccountId> {
    if find_by_email(conn, &new.email)?.is_some() {
        return Err(Code::EmailTaken.into());
    }
    let id = diesel::insert_into(accounts::table)
        .values((new, accounts::state.eq(AccountState::Active), accounts::created_at.eq(now)))
        .returning(accounts::id)
        .get_result(conn);
    match id {
        // The constraint decides between two requests for one address at the same moment.
        Err(diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, _)) => {
            Err(Code::EmailTaken.into())
        }
        other => {
            let id = other?;
            search::key_account(conn, id)?;
            Ok(id)
        }
    }
}

pub fn find(conn: &mut Db, id: AccountId) -> StoreResult<Option<Account>> {
    let row: Option<AccountRow> = accounts::table.find(id).select(AccountRow::as_select()).first(conn).optional()?;
    Ok(row.map(Account::from))
}

/// The accounts of these ids, in no order; unknown ids are missing from the answer.
pub fn find_many(conn: &mut Db, ids: &[AccountId]) -> StoreResult<Vec<Account>> {
    let mut found = Vec::with_capacity(ids.len());
    // SQLite binds each id by itself and has a limit on how many.
    for chunk in ids.chunks(1000) {
        let rows: Vec<AccountRow> = accounts::table
            .filter(accounts::id.eq_any(chunk.iter().copied()))
            .select(AccountRow::as_select())
            .load(conn)?;
        found.extend(rows.into_iter().map(Account::from));
    }
    Ok(found)
}

pub fn find_by_email(conn: &mut Db, email: &EmailAddress) -> StoreResult<Option<Account>> {
    let Some(id) = id_of(conn, email)? else { return Ok(None) };
    find(conn, id)
}

/// The account of this address, in any spelling in which it was stored. If earlier versions made two accounts for one mailbox, the
/// one with the address's present form counts, otherwise the older one.
fn id_of(conn: &mut Db, email: &EmailAddress) -> StoreResult<Option<AccountId>> {
    let mut found: Vec<(AccountId, String)> = accounts::table
        .filter(accounts::email.eq_any(email.spellings()))
        .select((accounts::id, accounts::email))
        .load(conn)?;
    found.sort_by_key(|(id, stored)| (stored != email.as_str(), id.0));
    Ok(found.first().map(|(id, _)| *id))
}

pub fn password_hash(conn: &mut Db, id: AccountId) -> StoreResult<Option<String>> {
    Ok(accounts::table.find(id).select(accounts::password_hash).first(conn).optional()?)
}

/// The account and its password's hash, for the sign-in.
pub fn credentials(conn: &mut Db, email: &EmailAddress) -> StoreResult<Option<(Account, String)>> {
    let Some(id) = id_of(conn, email)? else { return Ok(None) };
    let row: Option<(AccountRow, String)> =
        accounts::table.find(id).select((AccountRow::as_select(), accounts::password_hash)).first(conn).optional()?;
    Ok(row.map(|(row, hash)| (row.into(), hash)))
}

/// Stores a password that the person set. This locks the account's row before anything that ends with the old password.
pub fn set_password_hash(conn: &mut Db, id: AccountId, hash: &str, now: Timestamp) -> StoreResult<()> {
    diesel::update(accounts::table.find(id))
        .set((accounts::password_hash.eq(hash), accounts::password_changed_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Notes the first proof of the address; `false` if it was proved before.
pub fn prove_address(conn: &mut Db, id: AccountId, now: Timestamp) -> StoreResult<bool> {
    let unproved = accounts::table.filter(accounts::id.eq(id)).filter(accounts::email_verified_at.is_null());
    Ok(diesel::update(unproved).set(accounts::email_verified_at.eq(now)).execute(conn)? > 0)
}

/// The account, if its password is still the proved one and the account is open.
macro_rules! unchanged {
    ($id:expr, $proved:expr) => {
        accounts::table
            .filter(accounts::id.eq($id))
            .filter(accounts::password_hash.eq($proved))
            .filter(accounts::state.eq(AccountState::Active))
    };
}

/// As [`set_password_hash`], if the password is still the proved one and the account is open; otherwise `false`.
pub fn replace_password_hash(
    conn: &mut Db,
    id: AccountId,
    proved: &str,
    hash: &str,
    now: Timestamp,
) -> StoreResult<bool> {
    let changed = diesel::update(unchanged!(id, proved))
        .set((accounts::password_hash.eq(hash), accounts::password_changed_at.eq(now)))
        .execute(conn)?;
    Ok(changed > 0)
}

/// Notes a sign-in, if the password is still the proved one and the account is open; otherwise `false`. The lock on the row puts a
/// change of either before this transaction or after all that it makes. `rehashed` is the same password, hashed again.
pub fn note_proved_login(
    conn: &mut Db,
    id: AccountId,
    proved: &str,
    rehashed: Option<&str>,
    now: Timestamp,
) -> StoreResult<bool> {
    let noted = diesel::update(unchanged!(id, proved))
        .set((accounts::password_hash.eq(rehashed.unwrap_or(proved)), accounts::last_login_at.eq(now)))
        .execute(conn)?;
    Ok(noted > 0)
}

/// Whether the password of this address was changed at that time or later.
pub fn password_changed_after(conn: &mut Db, email: &str, since: Timestamp) -> StoreResult<bool> {
    let Some(id) = id_of(conn, &EmailAddress::stored(email.to_owned()))? else { return Ok(false) };
    let changed: Option<Option<Timestamp>> =
        accounts::table.find(id).select(accounts::password_changed_at).first(conn).optional()?;
    Ok(changed.flatten().is_some_and(|changed| changed > since))
}

/// Notes a sign-in of an account that this transaction made.
pub fn note_login(conn: &mut Db, id: AccountId, now: Timestamp) -> StoreResult<()> {
    diesel::update(accounts::table.find(id)).set(accounts::last_login_at.eq(now)).execute(conn)?;
    Ok(())
}

pub fn set_state(conn: &mut Db, id: AccountId, state: AccountState) -> StoreResult<()> {
    diesel::update(accounts::table.find(id)).set(accounts::state.eq(state)).execute(conn)?;
    Ok(())
}

/// Locks the account's row, after the rooms and before the records of the person. Rows that only name the account do not wait.
pub(super) fn lock(conn: &mut Db, id: AccountId) -> StoreResult<()> {
    if let Db::Postgres(pg) = conn {
        accounts::table.find(id).select(accounts::id).for_no_key_update().first::<AccountId>(pg).optional()?;
    }
    Ok(())
}

/// Returns whether the person's name changed.
pub fn update_profile(conn: &mut Db, id: AccountId, changes: &ProfileChanges, now: Timestamp) -> StoreResult<bool> {
    let nothing = changes.first_name.is_none()
        && changes.last_name.is_none()
        && changes.phone.is_none()
        && changes.language.is_none();
    if nothing {
        return Ok(false);
    }
    let renamed = names::note_change(conn, id, changes.first_name.as_deref(), changes.last_name.as_deref(), now)?;
    diesel::update(accounts::table.find(id)).set(changes).execute(conn)?;
    search::key_account(conn, id)?;
    Ok(renamed)
}

pub fn has_admin(conn: &mut Db) -> StoreResult<bool> {
    let admins = accounts::table.filter(accounts::role.eq(Role::Admin)).select(accounts::id);
    Ok(admins.first::<AccountId>(conn).optional()?.is_some())
}

pub struct AccountFilter {
    pub role: Option<Role>,
    /// Words that must each stand in a name or in the address.
    pub words: SearchWords,
    pub before: Option<AccountId>,
    pub limit: i64,
}

/// Newest first.
pub fn list(conn: &mut Db, filter: &AccountFilter) -> StoreResult<Vec<Account>> {
    let mut query =
        accounts::table.select(AccountRow::as_select()).order(accounts::id.desc()).limit(filter.limit).into_boxed();
    if let Some(role) = filter.role {
        query = query.filter(accounts::role.eq(role));
    }
    if let Some(before) = filter.before {
        query = query.filter(accounts::id.lt(before));
    }
    for word in filter.words.iter().map(search::pattern) {
        let in_name = accounts::name_key.like(word.clone()).escape('\\');
        query = query.filter(in_name.or(accounts::email_key.like(word).escape('\\')));
    }
    let rows: Vec<AccountRow> = query.load(conn)?;
    Ok(rows.into_iter().map(Account::from).collect())
}
