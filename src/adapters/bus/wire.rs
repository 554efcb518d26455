//! Events as other nodes receive them.
//!
//! Messages, of which there are many, travel as they are sent to clients: a line with the node and the room, and the text of the
//! [`EntryBatch`]. Everything else is JSON, so that a node of the next version can add a field.

use std::io::Write;

use serde::{Deserialize, Serialize};

use crate::domain::{
    AccountEvent, AccountId, Entry, EntryBatch, Event, NodeId, PresenceReport, RoomEvent, RoomId, Seq, Timestamp,
};

/// The first word of a batch. Another form takes another word.
const BATCH: &str = "run1";

/// An event that came, decoded.
#[derive(Debug)]
pub(crate) enum Decoded {
    Event(Event),
    /// The event is of this node itself.
    Echo,
    /// The event is of another version, or damaged. The bus is no truth, so nothing is lost by that if somebody looks into the database.
    Unknown,
}

#[derive(Serialize, Deserialize)]
struct WireEnvelope {
    node: NodeId,
    event: WireEvent,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireEvent {
    /// `acl` holds the version of each entry, which an entry's own JSON leaves out because clients see that.
    Committed {
        room: RoomId,
        entries: Vec<Entry>,
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
    Renamed {
        room: RoomId,
        account: AccountId,
        name: String,
        at: Timestamp,
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
        Event::Room(room, event) => match event {
            RoomEvent::Committed(batch) => match batch.change() {
                Some(entry) => {
                    WireEvent::Committed { room: *room, entries: vec![entry.clone()], acl: vec![batch.acl_version()] }
                }
                None => return encode_batch(node, batch),
            },
            RoomEvent::Read { account, seq, unread } => {
                WireEvent::Read { room: *room, account: *account, seq: *seq, unread: *unread }
            }
            RoomEvent::Typing { account, on } => WireEvent::Typing { room: *room, account: *account, on: *on },
            RoomEvent::Renamed { account, name, at } => {
                WireEvent::Renamed { room: *room, account: *account, name: name.clone(), at: *at }
            }
            RoomEvent::Presence(report) => WireEvent::Presence { room: *room, report: report.clone() },
            RoomEvent::WhoIsThere => WireEvent::WhoIsThere { room: *room },
        },
    };
    serde_json::to_vec(&WireEnvelope { node, event }).ok()
}

/// `run1 <node> <room> <version of the members>`, a line feed, and the entries as a JSON array.
fn encode_batch(node: NodeId, batch: &EntryBatch) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(batch.json().len() + 72);
    write!(bytes, "{BATCH} {} {} {}\n[", node.0, batch.room(), batch.acl_version()).ok()?;
    bytes.extend_from_slice(batch.json().as_bytes());
    bytes.push(b']');
    Some(bytes)
}

pub(crate) fn decode(own: NodeId, bytes: &[u8]) -> Decoded {
    let read = if bytes.starts_with(BATCH.as_bytes()) { decode_batch(own, bytes) } else { decode_envelope(own, bytes) };
    read.unwrap_or(Decoded::Unknown)
}

fn decode_batch(own: NodeId, bytes: &[u8]) -> Option<Decoded> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, array) = text.split_once('\n')?;
    let mut words = head.split(' ');
    let (word, node, room, acl_version) = (words.next()?, words.next()?, words.next()?, words.next()?);
    if word != BATCH || words.next().is_some() {
        return None;
    }
    if NodeId(node.parse().ok()?) == own {
        return Some(Decoded::Echo);
    }
    let room = RoomId(room.parse().ok()?);
    let batch = EntryBatch::parse(room, acl_version.parse().ok()?, array)?;
    Some(Decoded::Event(Event::Room(room, RoomEvent::Committed(batch))))
}

fn decode_envelope(own: NodeId, bytes: &[u8]) -> Option<Decoded> {
    let envelope: WireEnvelope = serde_json::from_slice(bytes).ok()?;
    if envelope.node == own {
        return Some(Decoded::Echo);
    }
    let event = match envelope.event {
        WireEvent::Account { account, event } => Event::Account(account, event),
        WireEvent::Committed { room, entries, acl } => {
            let entries = with_versions(room, entries, acl)?;
            // A node of the previous version sends messages in this form too, several in one: more than one batch is rare.
            let mut batches = EntryBatch::of(&entries).into_iter();
            let batch = batches.next().filter(|_| batches.len() == 0)?;
            Event::Room(room, RoomEvent::Committed(batch))
        }
        WireEvent::Read { room, account, seq, unread } => Event::Room(room, RoomEvent::Read { account, seq, unread }),
        WireEvent::Typing { room, account, on } => Event::Room(room, RoomEvent::Typing { account, on }),
        WireEvent::Renamed { room, account, name, at } => Event::Room(room, RoomEvent::Renamed { account, name, at }),
        WireEvent::Presence { room, report } => Event::Room(room, RoomEvent::Presence(report)),
        WireEvent::WhoIsThere { room } => Event::Room(room, RoomEvent::WhoIsThere),
    };
    Some(Decoded::Event(event))
}

fn with_versions(room: RoomId, entries: Vec<Entry>, acl: Vec<i64>) -> Option<Vec<Entry>> {
    let is_consistent = entries.len() == acl.len() && entries.iter().all(|entry| entry.room == room);
    let with_version = |(entry, acl_version)| Entry { acl_version, ..entry };
    is_consistent.then(|| entries.into_iter().zip(acl).map(with_version).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EntryBody, Timestamp};

    fn message(seq: i64) -> Entry {
        Entry {
            room: RoomId(7),
            seq: Seq(seq),
            author: Some(AccountId(1)),
            nonce: Some("n".into()),
            body: EntryBody::message("hello\n[{\""),
            at: Timestamp(1_000),
            acl_version: 42,
        }
    }

    fn change(seq: i64) -> Entry {
        let data = serde_json::json!({ "account": 9, "name": "Anne", "role": "broker" });
        Entry { nonce: None, body: EntryBody::from_parts("member_added".to_owned(), None, Some(data)), ..message(seq) }
    }

    fn batch(entries: &[Entry]) -> EntryBatch {
        let mut batches = EntryBatch::of(entries);
        assert_eq!(batches.len(), 1);
        batches.remove(0)
    }

    #[test]
    fn a_run_arrives_as_it_was_and_own_echoes_are_known() {
        for entries in [vec![message(3), message(4)], vec![message(3)], vec![change(3)]] {
            let sent = batch(&entries);
            let bytes = encode(NodeId(1), &Event::Room(RoomId(7), RoomEvent::Committed(sent.clone()))).unwrap();
            assert!(matches!(decode(NodeId(1), &bytes), Decoded::Echo));
            match decode(NodeId(2), &bytes) {
                Decoded::Event(Event::Room(RoomId(7), RoomEvent::Committed(came))) => assert_eq!(came, sent),
                other => panic!("{other:?}"),
            }
        }
    }

    /// The bytes that a node of the previous version sends.
    fn told_as_before(entries: &[Entry]) -> Vec<u8> {
        let acl: Vec<i64> = entries.iter().map(|entry| entry.acl_version).collect();
        let event = serde_json::json!({ "committed": { "room": 7, "entries": entries, "acl": acl } });
        serde_json::to_vec(&serde_json::json!({ "node": 1, "event": event })).unwrap()
    }

    #[test]
    fn the_previous_version_is_understood() {
        let entries = [message(3), message(4)];
        match decode(NodeId(2), &told_as_before(&entries)) {
            Decoded::Event(Event::Room(RoomId(7), RoomEvent::Committed(came))) => assert_eq!(came, batch(&entries)),
            other => panic!("{other:?}"),
        }
        assert!(matches!(decode(NodeId(2), &told_as_before(&[message(3), change(4)])), Decoded::Unknown));
    }

    #[test]
    fn nonsense_and_forms_to_come_are_unknown() {
        let nonsense = [
            "",
            "{}",
            "[]",
            "run1",
            "run1 1 7 42",
            "run1 1 7 42\n",
            "run1 1 7 42\n[]",
            "run1 1 7 42 5\n[]",
            "run1 1 seven 42\n[]",
            "run2 1 7 42\n[]",
            "{\"node\":1,\"event\":{\"committed\":{\"room\":7,\"entries\":[],\"acl\":[1]}}}",
            "{\"node\":1,\"event\":{\"committed\":{\"room\":7,\"entries\":[],\"acl\":[]}}}",
            "{\"node\":1,\"event\":{\"something\":{\"room\":7}}}",
        ];
        for text in nonsense {
            assert!(matches!(decode(NodeId(2), text.as_bytes()), Decoded::Unknown), "{text}");
        }
        assert!(matches!(decode(NodeId(2), b"run1 1 7 42\n[\xff]"), Decoded::Unknown));
    }
}
