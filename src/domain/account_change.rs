//! A change for a person, without its content: the pages that show the thing ask the server again.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::AccountId;
use super::states::states;

states! {
    /// The kinds of things that a page keeps current. A node delivers a topic that it does not know unread.
    Topic {
        Transaction = "transaction",
        Invitation = "invitation",
        Client = "client",
    }
}

/// The number of a change among those of its account: 1, 2, 3 … without a hole. 0 means "before the first".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default, ToSchema)]
#[serde(transparent)]
pub struct ChangeSeq(pub i64);

impl ChangeSeq {
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A change that is to be recorded: this thing looks different to this person from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NewChange {
    pub account: AccountId,
    pub topic: Topic,
    pub id: i64,
}

/// A change as it is delivered. Nobody between the operation and the page reads its topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WireChange", into = "WireChange")]
pub struct AccountChange {
    /// A node of the version before numbers none.
    pub seq: Option<ChangeSeq>,
    pub topic: Cow<'static, str>,
    pub id: i64,
}

/// The form of a change that travels between nodes. A node of the version before knows changes of transactions, and reads
/// `transaction` alone.
#[derive(Serialize, Deserialize)]
struct WireChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transaction: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seq: Option<ChangeSeq>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    topic: Option<Cow<'static, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
}

impl TryFrom<WireChange> for AccountChange {
    type Error = &'static str;

    fn try_from(wire: WireChange) -> Result<Self, Self::Error> {
        match (wire.topic, wire.id, wire.transaction) {
            (Some(topic), Some(id), _) => Ok(Self { seq: wire.seq, topic, id }),
            (None, None, Some(id)) => Ok(Self { seq: None, topic: Topic::Transaction.as_str().into(), id }),
            _ => Err("a change without its topic or its id"),
        }
    }
}

impl From<AccountChange> for WireChange {
    fn from(change: AccountChange) -> Self {
        let transaction = (change.topic == Topic::Transaction.as_str()).then_some(change.id);
        Self { transaction, seq: change.seq, topic: Some(change.topic), id: Some(change.id) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_is_understood_by_the_version_before_and_after() {
        let change = |seq: Option<i64>, topic: &'static str, id| AccountChange {
            seq: seq.map(ChangeSeq),
            topic: topic.into(),
            id,
        };
        for (change, wire) in [
            (
                change(Some(4), "transaction", 12),
                json!({ "transaction": 12, "seq": 4, "topic": "transaction", "id": 12 }),
            ),
            (change(Some(5), "invitation", 3), json!({ "seq": 5, "topic": "invitation", "id": 3 })),
            (change(Some(6), "of_next_year", 9), json!({ "seq": 6, "topic": "of_next_year", "id": 9 })),
        ] {
            assert_eq!(serde_json::to_value(&change).unwrap(), wire);
            assert_eq!(serde_json::from_value::<AccountChange>(wire).unwrap(), change);
        }
        let told = json!({ "transaction": 12 });
        assert_eq!(serde_json::from_value::<AccountChange>(told).unwrap(), change(None, "transaction", 12));
        for nonsense in [json!({}), json!({ "seq": 1 }), json!({ "topic": "x" }), json!({ "topic": "x", "seq": 1 })] {
            assert!(serde_json::from_value::<AccountChange>(nonsense.clone()).is_err(), "{nonsense}");
        }
    }
}
