//! What comes from the bus.

use crate::adapters::bus::wire;
use crate::domain::{Event, NodeId, RoomEvent};

pub const EVENTS: &[&[u8]] = &[
    br#"{"node":2,"event":{"committed":{"room":7,"entries":[{"room":7,"seq":6,"kind":"message","author":1,"nonce":"n","body":"hello","data":null,"at":"2026-11-20T18:04:11.250Z"}],"acl":[2]}}}"#,
    br#"{"node":2,"event":{"committed":{"room":7,"entries":[{"room":7,"seq":7,"kind":"member_added","author":1,"nonce":null,"body":null,"data":{"account":3,"name":"Anne","role":"broker"},"at":"2026-11-20T18:04:11.250Z"}],"acl":[3]}}}"#,
    br#"{"node":2,"event":{"read":{"room":7,"account":1,"seq":9223372036854775807,"unread":-1}}}"#,
    br#"{"node":2,"event":{"typing":{"room":7,"account":2,"on":true}}}"#,
    br#"{"node":2,"event":{"presence":{"room":7,"report":{"node":3,"online":[1,2,9],"at":"2026-11-20T18:04:11.250Z"}}}}"#,
    br#"{"node":2,"event":{"who_is_there":{"room":7}}}"#,
    br#"{"node":2,"event":{"account":{"account":1,"event":{"ended":{"session":null,"kept":4,"reason":"signed_out"}}}}}"#,
    br#"{"node":1,"event":{"who_is_there":{"room":7}}}"#,
];

/// Whatever bytes come, an event of another node is understood or dropped, means the same when it is written again, and
/// speaks of one room only.
pub fn event(bytes: &[u8]) {
    let (own, other) = (NodeId(1), NodeId(2));
    let Some(event) = wire::decode(own, bytes) else { return };
    let again = wire::encode(other, &event).expect("what was read can be written");
    let again = wire::decode(own, &again).expect("and read again");
    assert_eq!(outline(&event), outline(&again));
    if let Event::Room(room, RoomEvent::Committed(entries)) = &event {
        assert!(entries.iter().all(|entry| entry.room == *room));
    }
    assert!(wire::decode(other, &wire::encode(other, &event).expect("as before")).is_none(), "an echo");
}

/// Without times and without `data`: what RFC 3339 cannot write and what JSON rounds is not ours to keep.
fn outline(event: &Event) -> String {
    match event {
        Event::Room(room, RoomEvent::Committed(entries)) => {
            let entry = |e: &std::sync::Arc<crate::domain::Entry>| {
                format!("{:?}", (e.seq, e.kind, e.author, &e.nonce, &e.body, e.data.is_some(), e.acl_version))
            };
            format!("{room} {:?}", entries.iter().map(entry).collect::<Vec<_>>())
        }
        Event::Room(room, RoomEvent::Presence(report)) => format!("{room} {:?} {:?}", report.node, report.online),
        other => format!("{other:?}"),
    }
}
