//! The old and new values of a transaction's fields that an access flag hides. The entry in the room names the field; the values
//! are here, for readers who may see them.

use diesel::prelude::*;
use serde_json::Value;

use super::access::Participation;
use super::schema::{entries, transaction_changes};
use super::{Db, StoreResult, rooms};
use crate::domain::{AccountId, EntryKind, HiddenField, Seq, Timestamp, TransactionId};

/// The entries that one read covers at most.
pub const MOST: i64 = 500;

/// The change of one field, with the entry that names it.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    pub seq: Seq,
    pub field: HiddenField,
    pub from: Value,
    pub to: Value,
}

impl FieldChange {
    /// Reads `{"from": …, "to": …}`. `None` if the values are missing.
    pub fn of(seq: Seq, field: HiddenField, change: &Value) -> Option<Self> {
        let to = change.get("to")?.clone();
        Some(Self { seq, field, from: change.get("from").cloned().unwrap_or_default(), to })
    }
}

#[derive(Insertable)]
#[diesel(table_name = transaction_changes)]
struct ChangeInsert {
    transaction_id: TransactionId,
    seq: Seq,
    field: HiddenField,
    old_value: Option<String>,
    new_value: Option<String>,
    changed_by: AccountId,
    changed_at: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = transaction_changes)]
struct ChangeRow {
    seq: Seq,
    field: HiddenField,
    old_value: Option<String>,
    new_value: Option<String>,
}

pub fn insert(conn: &mut Db, by: &Participation, changes: Vec<FieldChange>, now: Timestamp) -> StoreResult<()> {
    for change in changes {
        let row = ChangeInsert {
            transaction_id: by.transaction(),
            seq: change.seq,
            field: change.field,
            old_value: text(&change.from),
            new_value: text(&change.to),
            changed_by: by.account(),
            changed_at: now,
        };
        diesel::insert_into(transaction_changes::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// The changes in [`MOST`] entries from `first` on that this person may see. Refuses `forbidden` if they may not read the
/// conversation.
pub fn list(conn: &mut Db, own: &Participation, first: Seq, last: Seq) -> StoreResult<Vec<FieldChange>> {
    let room = rooms::conversation_of(conn, own)?;
    let last = last.min(Seq(first.0.saturating_add(MOST - 1)));
    let seen: Vec<HiddenField> = HiddenField::all().filter(|field| own.access().shows(field.need())).collect();
    let rows: Vec<ChangeRow> = transaction_changes::table
        .filter(transaction_changes::transaction_id.eq(own.transaction()))
        .filter(transaction_changes::seq.ge(first))
        .filter(transaction_changes::seq.le(last))
        .filter(transaction_changes::field.eq_any(&seen))
        .order((transaction_changes::seq, transaction_changes::field))
        .select(ChangeRow::as_select())
        .load(conn)?;
    let mut changes: Vec<FieldChange> = rows.into_iter().map(change).collect();
    // During a deploy a node of the previous version wrote the values into the entry.
    let older: Vec<(Seq, Option<String>)> = entries::table
        .filter(entries::room_id.nullable().eq(room))
        .filter(entries::seq.ge(first))
        .filter(entries::seq.le(last))
        .filter(entries::kind.eq(EntryKind::TransactionUpdated.as_str()))
        .select((entries::seq, entries::data))
        .load(conn)?;
    for (seq, data) in older {
        let data: Value = data.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let Some(changed) = data.get("changes") else { continue };
        changes.extend(seen.iter().filter_map(|field| FieldChange::of(seq, *field, changed.get(field.as_str())?)));
    }
    changes.sort_by_key(|change| change.seq);
    Ok(changes)
}

fn change(row: ChangeRow) -> FieldChange {
    let value = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    FieldChange { seq: row.seq, field: row.field, from: value(row.old_value), to: value(row.new_value) }
}

fn text(value: &Value) -> Option<String> {
    (!value.is_null()).then(|| value.to_string())
}
