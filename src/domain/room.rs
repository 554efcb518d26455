//! The subject of a room. A transaction has a conversation, and may have internal notes; a channel has a room of its own. Each room
//! has its own members and its own log.

use serde::de::Error;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::states::states;
use super::{ChannelId, TransactionId};

states! {
    RoomKind {
        Conversation = "conversation",
        /// Of the brokers of a transaction.
        Notes = "notes",
        Channel = "channel",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoomSubject {
    Conversation(TransactionId),
    Notes(TransactionId),
    Channel(ChannelId),
}

impl RoomSubject {
    /// `None` if the parts contradict each other.
    pub fn from_parts(kind: RoomKind, transaction: Option<TransactionId>, channel: Option<ChannelId>) -> Option<Self> {
        match (kind, transaction, channel) {
            (RoomKind::Conversation, Some(transaction), None) => Some(Self::Conversation(transaction)),
            (RoomKind::Notes, Some(transaction), None) => Some(Self::Notes(transaction)),
            (RoomKind::Channel, None, Some(channel)) => Some(Self::Channel(channel)),
            _ => None,
        }
    }

    pub fn kind(self) -> RoomKind {
        match self {
            Self::Conversation(_) => RoomKind::Conversation,
            Self::Notes(_) => RoomKind::Notes,
            Self::Channel(_) => RoomKind::Channel,
        }
    }

    pub fn transaction(self) -> Option<TransactionId> {
        match self {
            Self::Conversation(transaction) | Self::Notes(transaction) => Some(transaction),
            Self::Channel(_) => None,
        }
    }

    pub fn channel(self) -> Option<ChannelId> {
        match self {
            Self::Channel(channel) => Some(channel),
            Self::Conversation(_) | Self::Notes(_) => None,
        }
    }
}

/// `{"kind":"conversation","transaction":7}`, in frames and between nodes.
impl Serialize for RoomSubject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(Some(2))?;
        fields.serialize_entry("kind", &self.kind())?;
        match *self {
            Self::Conversation(transaction) | Self::Notes(transaction) => {
                fields.serialize_entry("transaction", &transaction)?;
            }
            Self::Channel(channel) => fields.serialize_entry("channel", &channel)?,
        }
        fields.end()
    }
}

#[derive(Deserialize)]
struct SubjectParts {
    /// The previous version knows conversations only, and does not say so.
    kind: Option<RoomKind>,
    transaction: Option<TransactionId>,
    channel: Option<ChannelId>,
}

impl<'de> Deserialize<'de> for RoomSubject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let SubjectParts { kind, transaction, channel } = SubjectParts::deserialize(deserializer)?;
        Self::from_parts(kind.unwrap_or(RoomKind::Conversation), transaction, channel)
            .ok_or_else(|| D::Error::custom("a room is about one thing"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_written_with_its_kind_and_read_without_one_as_a_conversation() {
        let (transaction, channel) = (TransactionId(7), ChannelId(3));
        for (subject, json) in [
            (RoomSubject::Conversation(transaction), r#"{"kind":"conversation","transaction":7}"#),
            (RoomSubject::Notes(transaction), r#"{"kind":"notes","transaction":7}"#),
            (RoomSubject::Channel(channel), r#"{"kind":"channel","channel":3}"#),
        ] {
            assert_eq!(serde_json::to_string(&subject).unwrap(), json);
            assert_eq!(serde_json::from_str::<RoomSubject>(json).unwrap(), subject);
            assert_eq!(
                RoomSubject::from_parts(subject.kind(), subject.transaction(), subject.channel()),
                Some(subject)
            );
        }
        let read = serde_json::from_str::<RoomSubject>;
        assert_eq!(read(r#"{"transaction":7}"#).unwrap(), RoomSubject::Conversation(transaction));
        for wrong in [r#"{"kind":"channel","transaction":7}"#, r#"{"kind":"poll","transaction":7}"#, "{}"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
