//! How domain types are stored in columns: ids and times as 64-bit integers, states as their snake_case names.

use diesel::backend::Backend;
use diesel::deserialize::{FromSql, FromStaticSqlRow, Queryable};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::serialize::{Output, ToSql};
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text};

use crate::domain::*;

macro_rules! bind {
    ($type:ty, $sql:ty) => {
        impl AsExpression<$sql> for $type {
            type Expression = Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl<'a> AsExpression<$sql> for &'a $type {
            type Expression = Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl AsExpression<Nullable<$sql>> for $type {
            type Expression = Bound<Nullable<$sql>, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl<'a> AsExpression<Nullable<$sql>> for &'a $type {
            type Expression = Bound<Nullable<$sql>, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl<DB> ToSql<Nullable<$sql>, DB> for $type
        where
            DB: Backend,
            $type: ToSql<$sql, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> diesel::serialize::Result {
                ToSql::<$sql, DB>::to_sql(self, out)
            }
        }
        impl<ST, DB> Queryable<ST, DB> for $type
        where
            DB: Backend,
            $type: FromStaticSqlRow<ST, DB>,
        {
            type Row = Self;
            fn build(row: Self) -> diesel::deserialize::Result<Self> {
                Ok(row)
            }
        }
    };
}

macro_rules! integer {
    ($($type:ident),*) => {$(
        bind!($type, BigInt);
        impl<DB> ToSql<BigInt, DB> for $type
        where
            DB: Backend,
            i64: ToSql<BigInt, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> diesel::serialize::Result {
                self.0.to_sql(out)
            }
        }
        impl<DB> FromSql<BigInt, DB> for $type
        where
            DB: Backend,
            i64: FromSql<BigInt, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                i64::from_sql(bytes).map($type)
            }
        }
    )*};
}

/// A type with `as_str` and `parse(&str)`.
macro_rules! text {
    ($($type:ident),*) => {$(
        bind!($type, Text);
        impl<DB> ToSql<Text, DB> for $type
        where
            DB: Backend,
            str: ToSql<Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> diesel::serialize::Result {
                self.as_str().to_sql(out)
            }
        }
        impl<DB> FromSql<Text, DB> for $type
        where
            DB: Backend,
            String: FromSql<Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let text = String::from_sql(bytes)?;
                $type::parse(&text).ok_or_else(|| concat!("not a known ", stringify!($type)).into())
            }
        }
    )*};
}

integer!(
    AccountId,
    ChangeSeq,
    ChannelId,
    ClientId,
    SessionId,
    InvitationId,
    TransactionId,
    RoomId,
    MailId,
    Seq,
    Timestamp
);
text!(
    Role,
    AccountState,
    Language,
    TransactionKind,
    TransactionStatus,
    EntryKind,
    HiddenField,
    InvitationState,
    JobState,
    MailState,
    EndReason,
    RoomKind
);

impl<DB> FromSql<Integer, DB> for AccessFlags
where
    DB: Backend,
    i32: FromSql<Integer, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
        i32::from_sql(bytes).map(Self::from_bits)
    }
}

impl<DB> Queryable<Integer, DB> for AccessFlags
where
    DB: Backend,
    Self: FromStaticSqlRow<Integer, DB>,
{
    type Row = Self;
    fn build(row: Self) -> diesel::deserialize::Result<Self> {
        Ok(row)
    }
}

bind!(EmailAddress, Text);

impl<DB> ToSql<Text, DB> for EmailAddress
where
    DB: Backend,
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> diesel::serialize::Result {
        self.as_str().to_sql(out)
    }
}

impl<DB> FromSql<Text, DB> for EmailAddress
where
    DB: Backend,
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
        String::from_sql(bytes).map(EmailAddress::stored)
    }
}

bind!(TokenHash, Binary);

impl<DB> ToSql<Binary, DB> for TokenHash
where
    DB: Backend,
    [u8]: ToSql<Binary, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> diesel::serialize::Result {
        self.0.as_slice().to_sql(out)
    }
}

impl<DB> FromSql<Binary, DB> for TokenHash
where
    DB: Backend,
    Vec<u8>: FromSql<Binary, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
        Vec::<u8>::from_sql(bytes).map(TokenHash)
    }
}
