//! The old and new values of a transaction's fields, for readers who may see them.

use super::{Access, App, AppResult};
use crate::domain::{Caller, Need, Seq, TransactionId};
use crate::store::transaction_changes::{self, FieldChange};

/// The values behind entries `transaction_updated` from `first` to `last`, of `MOST` entries at most, as far as the caller's access
/// shows them. Refuses `transaction_unknown`, and `forbidden` without the messaging access.
pub async fn list(app: &App, caller: &Caller, id: TransactionId, first: Seq, last: Seq) -> AppResult<Vec<FieldChange>> {
    let caller = caller.clone();
    let found = app
        .store
        .read(move |conn| {
            let own = Access::on(conn, &caller, id, Need::Messaging)?;
            transaction_changes::list(conn, &own, first, last)
        })
        .await?;
    Ok(found)
}
