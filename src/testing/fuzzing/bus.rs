//! Bytes from the bus.

use crate::adapters::bus::verify::Verifier;
use crate::adapters::bus::wire::{self, Decoded};
use crate::adapters::bus::{BusKeys, Keyring, Signer};
use crate::domain::{BusSecret, EntryBatch, Event, NodeId, RoomEvent};
use crate::realtime::protocol::frames_of;

pub const EVENTS: &[&[u8]] = &[
    b"run1 2 7 2\n[{\"room\":7,\"seq\":6,\"kind\":\"message\",\"author\":1,\"nonce\":\"n\",\"body\":\"hello\",\"data\":null,\"at\":\"2026-11-20T18:04:11.250Z\"}]",
    b"run1 2 7 2\n[{\"room\":7,\"seq\":6,\"kind\":\"message\",\"author\":1},{\"room\":7,\"seq\":7,\"kind\":\"message\",\"author\":2,\"body\":\"x],[\"}]",
    br#"{"node":2,"event":{"committed":{"room":7,"entries":[{"room":7,"seq":6,"kind":"message","author":1,"nonce":"n","body":"hello","data":null,"at":"2026-11-20T18:04:11.250Z"}],"acl":[2]}}}"#,
    br#"{"node":2,"event":{"committed":{"room":7,"entries":[{"room":7,"seq":7,"kind":"member_added","author":1,"nonce":null,"body":null,"data":{"account":3,"name":"Anne","role":"broker"},"at":"2026-11-20T18:04:11.250Z"}],"acl":[3]}}}"#,
    br#"{"node":2,"event":{"read":{"room":7,"account":1,"seq":9223372036854775807,"unread":-1}}}"#,
    br#"{"node":2,"event":{"typing":{"room":7,"account":2,"on":true}}}"#,
    br#"{"node":2,"event":{"renamed":{"room":7,"account":2,"name":"Anne Petit","at":"2026-11-20T18:04:11.250Z"}}}"#,
    br#"{"node":2,"event":{"presence":{"room":7,"report":{"node":3,"online":[1,2,9],"at":"2026-11-20T18:04:11.250Z"}}}}"#,
    br#"{"node":2,"event":{"who_is_there":{"room":7}}}"#,
    br#"{"node":2,"event":{"account":{"account":1,"event":{"ended":{"session":null,"kept":4,"reason":"signed_out"}}}}}"#,
    br#"{"node":1,"event":{"who_is_there":{"room":7}}}"#,
];

/// Any bytes as an event of another node: it is understood or dropped, means the same when it is written again, and
/// speaks of one room only.
pub fn event(bytes: &[u8]) {
    let (own, other) = (NodeId(1), NodeId(2));
    let Decoded::Event(event) = wire::decode(own, bytes) else { return };
    let again = wire::encode(other, &event).expect("what was read can be written");
    let Decoded::Event(again) = wire::decode(own, &again) else { panic!("and read again") };
    assert_eq!(outline(&event), outline(&again));
    if let Event::Room(room, RoomEvent::Committed(batch)) = &event {
        assert_eq!(batch.room(), *room);
        sound(batch);
    }
    let echo = wire::decode(other, &wire::encode(other, &event).expect("as before"));
    assert!(matches!(echo, Decoded::Echo), "an echo");
}

pub const MESSAGES: &[&[u8]] = &[
    b"mac1keykeyke\0\0\0\0\0\0\0\x02\0\x06\x65\0\0\0\0\0 a tag of thirty-two bytes, if so.run1 2 7 2\n[{}]",
    b"mac1",
    b"run1 2 7 2\n[{}]",
    b"{\"node\":2,\"event\":{\"who_is_there\":{\"room\":7}}}",
];

/// A sender without the key is not heard. A node's message is heard once and on its channel, with any content.
pub fn message(bytes: &[u8]) {
    const NOW: u64 = 1_800_000_000_000_000;
    let keys = BusKeys::new(Keyring::configured(&[BusSecret::new(*b"of the fuzzer")]).expect("a key"));
    let verifier = Verifier::new(keys.clone());
    assert!(verifier.open("x:room:7", bytes, NOW).is_err(), "heard without a key");
    let mut message = Vec::new();
    Signer::new(NodeId(2), keys).sign("x:room:7", bytes, NOW, &mut message);
    assert!(verifier.open("x:room:8", &message, NOW).is_err(), "another channel");
    assert_eq!(verifier.open("x:room:7", &message, NOW), Ok(bytes));
    assert!(verifier.open("x:room:7", &message, NOW).is_err(), "twice");
    if let Some(last) = message.last_mut() {
        *last ^= 1;
        assert!(verifier.open("x:room:7", &message, NOW).is_err(), "another text");
    }
}

/// The text of a batch is what its numbers say, whatever becomes of it in a frame.
fn sound(batch: &EntryBatch) {
    let frames: Vec<_> = frames_of(std::slice::from_ref(batch)).collect();
    let [(first, last, text)] = frames.as_slice() else { panic!("one frame") };
    assert_eq!((*first, *last), (batch.first(), batch.last()));
    let frame: serde_json::Value = serde_json::from_str(text).expect("a frame is JSON");
    let entries =
        if text.starts_with(r#"{"t":"entry","#) { vec![frame] } else { frame["entries"].as_array().unwrap().clone() };
    let seqs: Vec<Option<i64>> = entries.iter().map(|entry| entry["seq"].as_i64()).collect();
    assert_eq!(seqs, (first.0..=last.0).map(Some).collect::<Vec<_>>());
    assert!(entries.iter().all(|entry| entry["room"].as_i64() == Some(batch.room().0)));
}

/// Without times and without `data`: what RFC 3339 cannot write and what JSON rounds is not ours to keep.
fn outline(event: &Event) -> String {
    match event {
        Event::Room(room, RoomEvent::Committed(batch)) => match batch.change() {
            Some(e) => format!(
                "{room} {:?} {:?}",
                (e.seq, e.body.kind(), e.author, &e.nonce, e.body.text()),
                batch.acl_version()
            ),
            None => format!("{room} {batch:?}"),
        },
        Event::Room(room, RoomEvent::Presence(report)) => format!("{room} {:?} {:?}", report.node, report.online),
        Event::Room(room, RoomEvent::Renamed { account, name, .. }) => format!("{room} {account} {name}"),
        other => format!("{other:?}"),
    }
}
