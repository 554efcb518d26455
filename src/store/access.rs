//! The one way to everything that belongs to a transaction. A person's part is read once, here, and every store function that
//! reads or changes something of a transaction requires the proof. Nothing can be read without a check of the part.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::schema::{participants, transactions};
use super::{Db, StoreResult};
use crate::domain::{AccessFlags, AccountId, Code, Need, Role, TransactionId};

/// Proof that a person takes part in a transaction, as what, and with what access. Only this module makes one. It holds for the
/// transaction of the database in which it was made, and is not kept.
#[derive(Debug, Clone)]
pub struct Participation {
    transaction: TransactionId,
    account: AccountId,
    role: Role,
    access: AccessFlags,
    is_opener: bool,
}

/// A person's own active part, beside its transaction.
#[derive(Queryable, Selectable)]
#[diesel(table_name = participants)]
pub(super) struct OwnRow {
    transaction_id: TransactionId,
    role: Role,
    access: AccessFlags,
    #[diesel(select_expression = transactions::created_by, select_expression_type = transactions::created_by)]
    opener: AccountId,
}

/// The proof for a row that a query found by the account and by its part being active.
pub(super) fn proof(account: AccountId, own: OwnRow) -> Participation {
    let is_opener = own.opener == account;
    Participation { transaction: own.transaction_id, account, role: own.role, access: own.access, is_opener }
}

/// Does a row of `participants` have the flag that this need asks for?
pub(super) fn has_flag(need: Need) -> SqlLiteral<Bool> {
    sql(&format!("(participants.access & {}) <> 0", need.bit().unwrap_or_default()))
}

/// The part of this person, if they have one now.
pub fn part(conn: &mut Db, transaction: TransactionId, account: AccountId) -> StoreResult<Option<Participation>> {
    let row: Option<OwnRow> = participants::table
        .inner_join(transactions::table.on(transactions::id.eq(participants::transaction_id)))
        .filter(participants::transaction_id.eq(transaction))
        .filter(participants::account_id.eq(account))
        .filter(participants::active.eq(true))
        .select(OwnRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(|row| proof(account, row)))
}

/// Refuses `transaction_unknown` if the person takes no part, whether or not the transaction exists, and `forbidden` if their part
/// does not meet the need.
pub fn find(conn: &mut Db, transaction: TransactionId, account: AccountId, need: Need) -> StoreResult<Participation> {
    let own = part(conn, transaction, account)?.ok_or(Code::TransactionUnknown)?;
    own.check(need)?;
    Ok(own)
}

impl Participation {
    pub fn transaction(&self) -> TransactionId {
        self.transaction
    }

    pub fn account(&self) -> AccountId {
        self.account
    }

    pub fn access(&self) -> AccessFlags {
        self.access
    }

    pub fn is_broker(&self) -> bool {
        self.role == Role::Broker
    }

    /// Refuses `forbidden`.
    pub fn check(&self, need: Need) -> StoreResult<()> {
        if need.is_met_by(self.role, self.access) { Ok(()) } else { Err(Code::Forbidden.into()) }
    }

    /// The access that this person may give to others and to themselves: at most their own. The person who opened the transaction
    /// gives everything.
    pub fn grantable(&self) -> AccessFlags {
        if self.is_opener { AccessFlags::default() } else { self.access }
    }
}
