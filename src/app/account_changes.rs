//! The number of a person's newest change (`store::account_changes`), with which their pages begin.

use super::{App, AppResult};
use crate::domain::{Caller, ChangeSeq};
use crate::store::account_changes;

/// The number of the caller's newest change. Everything that is read after this is as new.
pub async fn head(app: &App, caller: &Caller) -> AppResult<ChangeSeq> {
    let account = caller.account;
    Ok(app.store.read_first(move |conn| account_changes::head(conn, account)).await?)
}
