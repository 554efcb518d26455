//! Events as other nodes receive them: JSON, so that a node of the next version can add a field.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{AccountEvent, AccountId, Entry, Event, NodeId, PresenceReport, RoomEvent, RoomId, Seq};

#[derive(Serialize, Deserialize)]
struct Envelope {
    node: NodeId,
    event: WireEvent,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireEvent {
    /// `acl` holds the version of each entry, which an entry's own JSON leaves out because clients see that.
    Committed {
        room: RoomId,
        entries: Vec<Arc<Entry>>,
        acl: Vec<i64>,
    },
    Read {
        room: RoomId,
        account: AccountId,
        seq: Seq,
        unread: i64,
    },
    Typing {
        room: RoomId,
        account: AccountId,
        on: bool,
    },
    Presence {
        room: RoomId,
        report: PresenceReport,
    },
    WhoIsThere {
        room: RoomId,
    },
    Account {
        account: AccountId,
        event: AccountEvent,
    },
}

pub(crate) fn encode(node: NodeId, event: &Event) -> Option<Vec<u8>> {
    let event = match event {
        Event::Account(account, event) => WireEvent::Account { account: *account, event: event.clone() },
        Event::Room(room, event) => match event.clone() {
            RoomEvent::Committed(entries) => {
                let acl = entries.iter().map(|entry| entry.acl_version).collect();
                WireEvent::Committed { room: *room, entries, acl }
            }
            RoomEvent::Read { account, seq, unread } => WireEvent::Read { room: *room, account, seq, unread },
            RoomEvent::Typing { account, on } => WireEvent::Typing { room: *room, account, on },
            RoomEvent::Presence(report) => WireEvent::Presence { room: *room, report },
            RoomEvent::WhoIsThere => WireEvent::WhoIsThere { room: *room },
        },
    };
    serde_json::to_vec(&Envelope { node, event }).ok()
}

/// `None` for this node's own echo and for what cannot be understood: the bus is no truth, so nothing is lost by that.
pub(crate) fn decode(own: NodeId, bytes: &[u8]) -> Option<Event> {
    let envelope: Envelope = serde_json::from_slice(bytes).ok()?;
    if envelope.node == own {
        return None;
    }
    Some(match envelope.event {
        WireEvent::Account { account, event } => Event::Account(account, event),
        WireEvent::Committed { room, entries, acl } => {
            let consistent = entries.len() == acl.len() && entries.iter().all(|entry| entry.room == room);
            let entries = consistent.then(|| {
                let with_version =
                    |(entry, acl_version)| Arc::new(Entry { acl_version, ..Arc::unwrap_or_clone(entry) });
                entries.into_iter().zip(acl).map(with_version).collect()
            })?;
            Event::Room(room, RoomEvent::Committed(entries))
        }
        WireEvent::Read { room, account, seq, unread } => Event::Room(room, RoomEvent::Read { account, seq, unread }),
        WireEvent::Typing { room, account, on } => Event::Room(room, RoomEvent::Typing { account, on }),
        WireEvent::Presence { room, report } => Event::Room(room, RoomEvent::Presence(report)),
        WireEvent::WhoIsThere { room } => Event::Room(room, RoomEvent::WhoIsThere),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EntryKind, Timestamp};

    #[test]
    fn entries_keep_their_version_and_own_echoes_are_dropped() {
        let entry = Entry {
            room: RoomId(7),
            seq: Seq(3),
            kind: EntryKind::Message,
            author: Some(AccountId(1)),
            nonce: Some("n".into()),
            body: Some("hello".into()),
            data: None,
            at: Timestamp(1_000),
            acl_version: 42,
        };
        let event = Event::Room(RoomId(7), RoomEvent::Committed(vec![Arc::new(entry.clone())]));
        let bytes = encode(NodeId(1), &event).unwrap();
        assert!(decode(NodeId(1), &bytes).is_none());
        match decode(NodeId(2), &bytes) {
            Some(Event::Room(RoomId(7), RoomEvent::Committed(entries))) => assert_eq!(*entries[0], entry),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nonsense_is_dropped() {
        for bytes in
            [&b""[..], b"{}", b"[]", b"{\"node\":1,\"event\":{\"committed\":{\"room\":7,\"entries\":[],\"acl\":[1]}}}"]
        {
            assert!(decode(NodeId(2), bytes).is_none());
        }
    }
}
