//! A transaction as its row holds it. Which fields it has says the list in `domain/transaction/details.rs`, for every query; only what
//! does not stand in one column of its name is told here.

use diesel::prelude::*;

use crate::domain::{
    AccountId, Money, Timestamp, Transaction, TransactionDetails, TransactionForm, TransactionId, TransactionKind,
    TransactionStatus, transaction_fields,
};
use crate::store::schema::transactions;

/// The tokens of a field where `$do` is done: its `columns`, the type of its part of a `row`, the value `read` of that part, the `values`
/// that are written. A price stands in two columns.
macro_rules! field {
    (columns offered_price) => {
        (transactions::offered_amount, transactions::offered_currency)
    };
    (columns accepted_price) => {
        (transactions::accepted_amount, transactions::accepted_currency)
    };
    (columns $field:ident) => {
        transactions::$field
    };

    (row offered_price $type:ty) => {
        PriceRow
    };
    (row accepted_price $type:ty) => {
        PriceRow
    };
    (row $field:ident $type:ty) => {
        $type
    };

    (read offered_price $row:ident) => {
        price($row)
    };
    (read accepted_price $row:ident) => {
        price($row)
    };
    (read $field:ident $row:ident) => {
        $row
    };

    (values offered_price $form:ident) => {
        (
            transactions::offered_amount.eq($form.offered_price.as_ref().map(|price| price.amount_minor)),
            transactions::offered_currency.eq($form.offered_price.as_ref().map(|price| price.currency.as_str())),
        )
    };
    (values accepted_price $form:ident) => {
        (
            transactions::accepted_amount.eq($form.accepted_price.as_ref().map(|price| price.amount_minor)),
            transactions::accepted_currency.eq($form.accepted_price.as_ref().map(|price| price.currency.as_str())),
        )
    };
    (values $field:ident $form:ident) => {
        transactions::$field.eq(&$form.$field)
    };
}
pub(super) use field;

type PriceRow = (Option<i64>, Option<String>);

fn price((amount, currency): PriceRow) -> Option<Money> {
    amount.zip(currency).map(|(amount_minor, currency)| Money { amount_minor, currency })
}

macro_rules! details_row {
    (=> $($(#[$meta:meta])* $field:ident: $type:ty = $rule:expr, for $need:ident;)*) => {
        type DetailsRow = ($(field!(row $field $type),)*);
        type DetailsColumns = ($(field!(columns $field),)*);
        const DETAILS: DetailsColumns = ($(field!(columns $field),)*);

        fn details(($($field,)*): DetailsRow) -> TransactionDetails {
            TransactionDetails::stored(TransactionForm { $($field: field!(read $field $field),)* })
        }
    };
}

transaction_fields!(details_row);

/// The values that are written of the form `$form`: all of them, or those that `$access` shows.
macro_rules! written {
    ($form:ident => $($(#[$meta:meta])* $field:ident: $type:ty = $rule:expr, for $need:ident;)*) => {
        ($($crate::store::transactions::row::field!(values $field $form),)*)
    };
    ($form:ident $access:ident => $($(#[$meta:meta])* $field:ident: $type:ty = $rule:expr, for $need:ident;)*) => {
        ($($access.shows(Need::$need).then(|| $crate::store::transactions::row::field!(values $field $form)),)*)
    };
}
pub(super) use written;

#[derive(Queryable)]
pub(super) struct TransactionRow {
    id: TransactionId,
    details: DetailsRow,
    status: TransactionStatus,
    opened_by: AccountId,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// In the order of [`TransactionRow`].
pub(super) const COLUMNS: (
    transactions::id,
    DetailsColumns,
    transactions::status,
    transactions::created_by,
    transactions::created_at,
    transactions::updated_at,
) = (
    transactions::id,
    DETAILS,
    transactions::status,
    transactions::created_by,
    transactions::created_at,
    transactions::updated_at,
);

impl From<TransactionRow> for Transaction {
    fn from(row: TransactionRow) -> Self {
        Self {
            id: row.id,
            details: details(row.details),
            status: row.status,
            opened_by: row.opened_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
