//! The body of an entry, typed by its kind.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::domain::states::states;
use crate::domain::{AccountId, MemberChange, Role, Transaction};

states! {
    /// The kinds that this version knows.
    EntryKind {
        Message = "message",
        TransactionCreated = "transaction_created",
        TransactionUpdated = "transaction_updated",
        MemberAdded = "member_added",
        MemberRemoved = "member_removed",
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum EntryBody {
    Message {
        text: String,
        /// Data that later versions keep of a message beside its text.
        data: Option<Value>,
    },
    TransactionCreated(TransactionCreated),
    TransactionUpdated(TransactionUpdated),
    MemberAdded(MemberEntry),
    MemberRemoved(MemberEntry),
    /// An entry of a kind that this version does not know, or of a known kind whose data is not as it should be.
    Other {
        kind: String,
        text: Option<String>,
        data: Option<Value>,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransactionCreated {
    pub title: String,
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransactionUpdated {
    /// Each changed field: with its old and new value where no access flag hides them, else only its name. The values are read
    /// through `app::transaction_changes`.
    #[serde(deserialize_with = "without_values")]
    changes: Map<String, Value>,
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// The member who came or went. `more` holds the fields of later versions and is passed on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberEntry {
    pub account: AccountId,
    /// The name of the person on that day.
    pub name: String,
    pub role: Role,
    /// An entry that was written before this was asked says nothing of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_proved: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<MemberChange>,
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// The data of an entry, as it is written down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum EntryData<'a> {
    Created(&'a TransactionCreated),
    Updated(&'a TransactionUpdated),
    Member(&'a MemberEntry),
    Open(&'a Value),
}

impl TransactionUpdated {
    /// The changed fields: each name with `{"from": …, "to": …}`.
    pub fn of(mut changes: Map<String, Value>) -> Self {
        strip(&mut changes);
        Self { changes, more: Map::new() }
    }

    pub fn changes(&self) -> &Map<String, Value> {
        &self.changes
    }
}

/// An entry of an earlier version holds the values. Wherever it comes from, a row or the bus, they end here.
fn without_values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    let mut changes = Map::deserialize(deserializer)?;
    strip(&mut changes);
    Ok(changes)
}

fn strip(changes: &mut Map<String, Value>) {
    for (field, change) in changes {
        if !Transaction::is_open(field) {
            *change = Value::Object(Map::new());
        }
    }
}

impl EntryBody {
    pub fn message(text: impl Into<String>) -> Self {
        Self::Message { text: text.into(), data: None }
    }

    /// From the columns of a row, or the fields of its JSON. Any content makes a body.
    pub fn from_parts(kind: String, text: Option<String>, data: Option<Value>) -> Self {
        let typed = match EntryKind::parse(&kind) {
            Some(EntryKind::Message) => return Self::Message { text: text.unwrap_or_default(), data },
            Some(EntryKind::TransactionCreated) => typed(&data).map(Self::TransactionCreated),
            Some(EntryKind::TransactionUpdated) => typed(&data).map(Self::TransactionUpdated),
            Some(EntryKind::MemberAdded) => typed(&data).map(Self::MemberAdded),
            Some(EntryKind::MemberRemoved) => typed(&data).map(Self::MemberRemoved),
            None => None,
        };
        typed.unwrap_or(Self::Other { kind, text, data })
    }

    pub fn kind(&self) -> &str {
        match self {
            Self::Message { .. } => EntryKind::Message.as_str(),
            Self::TransactionCreated(_) => EntryKind::TransactionCreated.as_str(),
            Self::TransactionUpdated(_) => EntryKind::TransactionUpdated.as_str(),
            Self::MemberAdded(_) => EntryKind::MemberAdded.as_str(),
            Self::MemberRemoved(_) => EntryKind::MemberRemoved.as_str(),
            Self::Other { kind, .. } => kind,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Message { text, .. } => Some(text),
            Self::Other { text, .. } => text.as_deref(),
            Self::TransactionCreated(_)
            | Self::TransactionUpdated(_)
            | Self::MemberAdded(_)
            | Self::MemberRemoved(_) => None,
        }
    }

    pub fn data(&self) -> Option<EntryData<'_>> {
        match self {
            Self::Message { data, .. } | Self::Other { data, .. } => data.as_ref().map(EntryData::Open),
            Self::TransactionCreated(created) => Some(EntryData::Created(created)),
            Self::TransactionUpdated(updated) => Some(EntryData::Updated(updated)),
            Self::MemberAdded(member) | Self::MemberRemoved(member) => Some(EntryData::Member(member)),
        }
    }

    /// As the column `data` holds it.
    pub fn data_json(&self) -> Option<String> {
        // Cannot fail: every field is a plain value.
        self.data().and_then(|data| serde_json::to_string(&data).ok())
    }

    /// The account that came (true) or went, also where a later version says more of it than this one reads.
    pub fn member_change(&self) -> Option<(AccountId, bool)> {
        match self {
            Self::MemberAdded(member) => Some((member.account, true)),
            Self::MemberRemoved(member) => Some((member.account, false)),
            Self::Other { kind, data, .. } => {
                let came = match EntryKind::parse(kind)? {
                    EntryKind::MemberAdded => true,
                    EntryKind::MemberRemoved => false,
                    EntryKind::Message | EntryKind::TransactionCreated | EntryKind::TransactionUpdated => return None,
                };
                let account = data.as_ref()?.get("account")?.as_i64()?;
                Some((AccountId(account), came))
            }
            Self::Message { .. } | Self::TransactionCreated(_) | Self::TransactionUpdated(_) => None,
        }
    }

    pub fn is_message(&self) -> bool {
        matches!(self, Self::Message { .. })
    }
}

fn typed<T: DeserializeOwned>(data: &Option<Value>) -> Option<T> {
    data.as_ref().and_then(|data| T::deserialize(data).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{Entry, EntryBatch, RoomId};

    #[test]
    fn the_values_of_hidden_fields_end_where_an_entry_is_read() {
        let told = json!({ "progress": { "from": 1, "to": 2 }, "title": { "from": "a", "to": "b" } });
        let mut full = told.clone();
        let mut named = told;
        for field in ["address", "city", "start_date", "end_date", "offered_price", "accepted_price", "surface"] {
            full[field] = json!({ "from": "secret", "to": { "amount_minor": 1, "currency": "EUR" } });
            named[field] = json!({});
        }
        let body = EntryBody::from_parts("transaction_updated".to_owned(), None, Some(json!({ "changes": full })));
        let stored: Value = serde_json::from_str(&body.data_json().unwrap()).unwrap();
        assert_eq!(stored, json!({ "changes": named }));
        // An older node sends text over the bus, which is carried on.
        let entry = json!({ "room": 7, "seq": 4, "kind": "transaction_updated", "author": 1, "nonce": null, "body": null,
            "data": { "changes": full }, "at": "2026-11-20T18:03:58.120Z" });
        let batch = EntryBatch::parse(RoomId(7), 1, &json!([entry]).to_string()).unwrap();
        assert!(!batch.json().contains("secret"), "{}", batch.json());
        assert!(batch.json().contains("progress"), "{}", batch.json());
    }

    #[test]
    fn whatever_stands_in_a_row_makes_an_entry_that_says_the_same() {
        let member = json!({ "account": 9, "name": "Anne", "role": "broker" });
        let later = json!({ "account": 9, "name": "Anne", "role": "broker", "what": "part", "by_rule": [1, 2] });
        for (kind, body, data, is_typed) in [
            ("message", json!("hello"), json!(null), true),
            ("message", json!("hello"), json!({ "reply_to": 4 }), true),
            ("member_added", json!(null), member.clone(), true),
            ("member_removed", json!(null), later, true),
            ("transaction_created", json!(null), json!({ "title": "House" }), true),
            ("transaction_updated", json!(null), json!({ "changes": { "progress": { "from": 1, "to": 2 } } }), true),
            ("member_added", json!(null), json!({ "account": 9 }), false),
            ("member_added", json!(null), json!({ "account": 9, "name": "A", "role": "notary" }), false),
            ("member_added", json!(null), json!(null), false),
            ("poll", json!("Tuesday?"), json!({ "options": ["yes", "no"] }), false),
        ] {
            let written = json!({
                "room": 7, "seq": 4, "kind": kind, "author": 1, "nonce": null, "body": body, "data": data,
                "at": "2026-11-20T18:03:58.120Z",
            });
            let entry: Entry = serde_json::from_value(written.clone()).unwrap();
            assert_eq!(!matches!(entry.body, EntryBody::Other { .. }), is_typed, "{written}");
            assert_eq!(serde_json::to_value(&entry).unwrap(), written);
            let stored = entry.body.data_json().map(|text| serde_json::from_str::<Value>(&text).unwrap());
            assert_eq!(stored.unwrap_or_default(), data);
        }
    }
}
