//! The room of a transaction, as a list shows it.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::domain::{AccountId, RoomId, RoomKind, Seq, Timestamp, TransactionId};
use crate::store::access::Participation;
use crate::store::schema::{accounts, entries, members, rooms};
use crate::store::{Db, StoreResult, members as room_members};

/// A room as one member sees it in a list.
#[derive(Debug, Clone)]
pub struct RoomSummary {
    pub room: RoomId,
    pub head: Seq,
    /// `None` until the person marked something read.
    pub read: Option<Seq>,
    /// The head when the person came.
    pub joined: Seq,
    pub unread: i64,
    pub last_message: Option<LastMessage>,
}

#[derive(Debug, Clone)]
pub struct LastMessage {
    pub seq: Seq,
    pub author: AccountId,
    pub author_name: String,
    pub body: String,
    pub at: Timestamp,
}

#[derive(Queryable)]
struct SummaryRow {
    transaction: Option<TransactionId>,
    room: RoomId,
    head: Seq,
    read: Seq,
    joined: Option<Seq>,
    unread: i64,
    message: Option<Seq>,
    body: Option<String>,
    at: Option<Timestamp>,
    author: Option<AccountId>,
    first_name: Option<String>,
    last_name: Option<String>,
}

/// The newest message of the room in the row beside it.
const NEWEST_MESSAGE: &str = "(SELECT message.seq FROM entries AS message \
     WHERE message.room_id = rooms.id AND message.kind = 'message' ORDER BY message.seq DESC LIMIT 1)";

/// The rooms of these transactions, in one statement, as the person sees them whose parts these are. None where they have no messaging
/// access.
pub fn room_summaries(conn: &mut Db, of: &[&Participation]) -> StoreResult<HashMap<TransactionId, RoomSummary>> {
    let Some(account) = of.first().map(|own| own.account()) else { return Ok(HashMap::new()) };
    let newest = entries::room_id.eq(rooms::id).and(entries::seq.eq(sql::<BigInt>(NEWEST_MESSAGE)));
    let rows: Vec<SummaryRow> = rooms::table
        .inner_join(members::table.on(members::room_id.eq(rooms::id)))
        .left_join(entries::table.on(newest))
        .left_join(accounts::table.on(entries::author_id.eq(accounts::id.nullable())))
        .filter(rooms::transaction_id.eq_any(of.iter().map(|own| own.transaction())))
        .filter(rooms::kind.eq(RoomKind::Conversation))
        .filter(members::account_id.eq(account))
        .filter(members::active.eq(true))
        .select((
            rooms::transaction_id,
            rooms::id,
            rooms::last_seq,
            members::read_seq,
            members::joined_seq,
            room_members::counted_unread(),
            entries::seq.nullable(),
            entries::body.nullable(),
            entries::created_at.nullable(),
            accounts::id.nullable(),
            accounts::first_name.nullable(),
            accounts::last_name.nullable(),
        ))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|row| Some((row.transaction?, row.into()))).collect())
}

impl From<SummaryRow> for RoomSummary {
    fn from(row: SummaryRow) -> Self {
        let (read, joined) = room_members::positions(row.read, row.joined);
        let name = row.first_name.zip(row.last_name).map(|(first, last)| format!("{first} {last}"));
        let last_message = match (row.message, row.author, name, row.at) {
            (Some(seq), Some(author), Some(author_name), Some(at)) => {
                Some(LastMessage { seq, author, author_name, body: row.body.unwrap_or_default(), at })
            }
            _ => None,
        };
        Self { room: row.room, head: row.head, read, joined, unread: row.unread, last_message }
    }
}
