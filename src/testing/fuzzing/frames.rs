//! Bytes over a socket: the heads of frames, and the texts in them.

use actix_http::ws::Parser;
use actix_web::web::BytesMut;
use serde_json::{Value, json};

use crate::domain::{MessageBody, Nonce};
use crate::realtime::protocol::{ClientFrame, Malformed};
use crate::realtime::session::FrameHeaderGuard;

pub const CLIENT_FRAMES: &[&[u8]] = &[
    br#"{"t":"join","ref":1,"room":7,"after":41}"#,
    br#"{"t":"leave","ref":2,"room":7}"#,
    br#"{"t":"post","ref":3,"room":7,"nonce":"0198c0a1","body":"The \u00e9\n\"notary\" \ud83d\ude00"}"#,
    br#"{"t":"read","ref":4,"room":7,"seq":42}"#,
    br#"{"t":"typing","room":7,"on":true}"#,
    br#"{"t":"follow","ref":6,"after":41}"#,
    br#"{"t":"ping","ref":18446744073709551615}"#,
    br#" {"t":"ping","ref":null,"room":null} "#,
    br#"["ping",4,null,null,null,null,null,null]"#,
    br#"{"ref":4,"t":{"deep":[[[[[[1e999]]]]]]}}"#,
];

/// A frame of ours says what its text says, and is one JSON object. Of any other, at most the `ref` is believed.
pub fn client_frame(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match ClientFrame::parse(text) {
        Ok(frame) => {
            let mut said: Value = serde_json::from_str(text).expect("a frame is JSON");
            let fields = said.as_object_mut().expect("a frame is an object");
            fields.retain(|_, value| !value.is_null());
            assert_eq!(said, written(&frame), "{text}");
            if let ClientFrame::Post { nonce, body, .. } = frame {
                stored(nonce, body);
            }
        }
        Err(Malformed { reference: Some(reference), .. }) => {
            // Fields that nobody reads may hold a number that is none.
            if let Ok(said) = serde_json::from_str::<Value>(text) {
                assert_eq!(said["ref"], json!(reference), "{text}");
            }
        }
        Err(Malformed { reference: None, .. }) => {}
    }
}

fn written(frame: &ClientFrame) -> Value {
    let mut value = match frame {
        ClientFrame::Join { reference, room, after } => {
            json!({ "t": "join", "ref": reference, "room": room, "after": after })
        }
        ClientFrame::Leave { reference, room } => json!({ "t": "leave", "ref": reference, "room": room }),
        ClientFrame::Post { reference, room, nonce, body } => {
            json!({ "t": "post", "ref": reference, "room": room, "nonce": nonce, "body": body })
        }
        ClientFrame::Read { reference, room, seq } => {
            json!({ "t": "read", "ref": reference, "room": room, "seq": seq })
        }
        ClientFrame::Typing { room, on } => json!({ "t": "typing", "room": room, "on": on }),
        ClientFrame::Follow { reference, after } => json!({ "t": "follow", "ref": reference, "after": after }),
        ClientFrame::Ping { reference } => json!({ "t": "ping", "ref": reference }),
    };
    value.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    value
}

/// A text that passes the rules is kept as it is: a retry that reads the same text must find the same message.
fn stored(nonce: String, body: String) {
    if let Ok(nonce) = Nonce::parse(nonce) {
        assert!((1..=Nonce::MAX).contains(&nonce.as_str().len()));
    }
    if let Ok(body) = MessageBody::parse(body) {
        let again = MessageBody::parse(body.as_str().to_owned()).expect("a body that passed passes again");
        assert_eq!(again, body);
        assert!(!body.as_str().trim().is_empty() && !body.as_str().contains(['\0', '\r']));
        assert!(body.as_str().chars().count() <= MessageBody::MAX_CHARS);
    }
}

pub const HEADS: &[&[u8]] = &[
    b"\x81\x85\x01\x02\x03\x04hello\x89\x80\x01\x02\x03\x04",
    b"\x01\x82\x00\x00\x00\x00ab\x00\x80\x00\x00\x00\x00\x80\x81\x00\x00\x00\x00c\x88\x82\x00\x00\x00\x00\x03\xe8",
    b"\x82\xfe\x00\x7e\x00\x00\x00\x00",
    b"\x81\xff\x00\x00\x00\x00\x40\x00\x00\x00\x00\x00\x00\x00",
    b"\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00",
    b"\xc1\x80\x00\x00\x00\x00\x8b\x80",
];

const MAX: usize = 300;

/// The codec reads frames that [`FrameHeaderGuard`] lets through without complaint and without keeping more than one; frames that the codec
/// complains about, [`FrameHeaderGuard`] has refused; and neither depends on the pieces in which the bytes come.
pub fn heads(bytes: &[u8]) {
    let whole = FrameHeaderGuard::new(MAX).read(bytes);
    for size in [1, 2, 7] {
        let mut heads = FrameHeaderGuard::new(MAX);
        let chopped = bytes.chunks(size).try_for_each(|chop| heads.read(chop));
        assert_eq!(
            chopped.as_ref().err().map(|fault| fault.why),
            whole.as_ref().err().map(|fault| fault.why),
            "{bytes:02x?} in pieces of {size}"
        );
    }
    let good = whole.as_ref().err().map_or(bytes, |fault| &bytes[..fault.at]);
    let mut buffer = BytesMut::from(good);
    while let Some(_frame) = Parser::parse(&mut buffer, true, MAX).unwrap_or_else(|e| panic!("{e}: {good:02x?}")) {}
    assert!(buffer.len() < MAX + 14, "{} bytes wait: {good:02x?}", buffer.len());
    if whole.is_err() {
        assert!(buffer.is_empty(), "what stands before a fault is whole frames: {good:02x?}");
    }
}
