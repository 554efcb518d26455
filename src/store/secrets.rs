//! Secrets that an installation makes once for all its nodes.

use diesel::prelude::*;

use super::schema::secrets;
use super::{Db, StoreResult, on};
use crate::domain::Timestamp;

/// The secret of this name; `fresh` becomes it if there is none. Two nodes at once both get the one that was written first.
pub fn get_or_keep(conn: &mut Db, name: &str, fresh: &[u8], now: Timestamp) -> StoreResult<Vec<u8>> {
    let row = (secrets::name.eq(name), secrets::value.eq(fresh), secrets::created_at.eq(now));
    on!(conn, c => diesel::insert_into(secrets::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(secrets::table.find(name).select(secrets::value).first(conn)?)
}
