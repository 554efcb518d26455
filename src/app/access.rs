//! The rights of a person on a transaction. Every operation on something that belongs to a transaction begins here;
//! the store's functions require the proof that this returns.

use crate::domain::{Caller, Code, Need, TransactionId};
use crate::store::access::{self, Participation};
use crate::store::rooms::{self, RoomHead};
use crate::store::{Db, StoreResult};

pub struct Access;

impl Access {
    /// Refuses `transaction_unknown` to strangers, `forbidden` to participants without what is needed.
    pub fn on(conn: &mut Db, caller: &Caller, transaction: TransactionId, need: Need) -> StoreResult<Participation> {
        access::find(conn, transaction, caller.account, need)
    }

    /// As [`Access::on`], and locks the conversation for a change. A refused caller locks nothing. A caller who lost their part
    /// while this waited for the lock is refused too.
    pub fn locked(
        conn: &mut Db,
        caller: &Caller,
        transaction: TransactionId,
        need: Need,
    ) -> StoreResult<(Participation, RoomHead)> {
        Self::on(conn, caller, transaction, need)?;
        let head = rooms::lock(conn, transaction)?.ok_or(Code::TransactionUnknown)?;
        Ok((Self::on(conn, caller, transaction, need)?, head))
    }
}
