//! What a client sends.

use std::borrow::Cow;

use serde::Deserialize;

use crate::domain::{RoomId, Seq};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientFrame {
    Join { reference: u64, room: RoomId, after: Option<Seq> },
    Leave { reference: u64, room: RoomId },
    Post { reference: u64, room: RoomId, nonce: String, body: String },
    Read { reference: Option<u64>, room: RoomId, seq: Seq },
    Typing { room: RoomId, on: bool },
    Ping { reference: Option<u64> },
}

/// The frame cannot be understood; its `ref`, if it could be read that far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    pub reference: Option<u64>,
}

/// All fields of all types in one flat struct: parsed without a copy where possible, which a tagged enum would make.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw<'a> {
    #[serde(borrow)]
    t: Cow<'a, str>,
    #[serde(rename = "ref")]
    reference: Option<u64>,
    room: Option<i64>,
    after: Option<i64>,
    seq: Option<i64>,
    on: Option<bool>,
    #[serde(borrow)]
    nonce: Option<Cow<'a, str>>,
    #[serde(borrow)]
    body: Option<Cow<'a, str>>,
}

/// Just enough to answer a frame that is wrong elsewhere.
#[derive(Deserialize)]
struct OnlyRef {
    #[serde(rename = "ref")]
    reference: Option<u64>,
}

impl ClientFrame {
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        // serde would also take a list, as the fields in the order of our source code.
        if text.trim_ascii_start().as_bytes().first() != Some(&b'{') {
            return Err(Malformed { reference: None });
        }
        match serde_json::from_str::<Raw<'_>>(text) {
            Ok(raw) => {
                let reference = raw.reference;
                from_raw(raw).ok_or(Malformed { reference })
            }
            Err(_) => {
                let reference = serde_json::from_str::<OnlyRef>(text).ok().and_then(|only| only.reference);
                Err(Malformed { reference })
            }
        }
    }
}

/// `None` if a field is missing, or stands where it has no meaning.
fn from_raw(raw: Raw<'_>) -> Option<ClientFrame> {
    let room = raw.room.map(RoomId);
    let seq_ok = |seq: i64| (seq >= 0).then_some(Seq(seq));
    let kind = raw.t.clone();
    let frame = match (kind.as_ref(), raw) {
        ("join", Raw { reference, after, seq: None, on: None, nonce: None, body: None, .. }) => {
            let after = match after {
                Some(after) => Some(seq_ok(after)?),
                None => None,
            };
            ClientFrame::Join { reference: reference?, room: room?, after }
        }
        ("leave", Raw { reference, after: None, seq: None, on: None, nonce: None, body: None, .. }) => {
            ClientFrame::Leave { reference: reference?, room: room? }
        }
        ("post", Raw { reference, after: None, seq: None, on: None, nonce, body, .. }) => ClientFrame::Post {
            reference: reference?,
            room: room?,
            nonce: nonce?.into_owned(),
            body: body?.into_owned(),
        },
        ("read", Raw { reference, after: None, seq, on: None, nonce: None, body: None, .. }) => {
            ClientFrame::Read { reference, room: room?, seq: seq_ok(seq?)? }
        }
        ("typing", Raw { reference: None, after: None, seq: None, on, nonce: None, body: None, .. }) => {
            ClientFrame::Typing { room: room?, on: on? }
        }
        ("ping", Raw { reference, room: None, after: None, seq: None, on: None, nonce: None, body: None, .. }) => {
            ClientFrame::Ping { reference }
        }
        _ => return None,
    };
    Some(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_missing_unknown_or_of_the_wrong_type() {
        for (text, reference) in [
            ("", None),
            ("[]", None),
            (r#"["ping",4,null,null,null,null,null,null]"#, None),
            ("[4]", None),
            ("{}", None),
            (r#"{"t":"dance","ref":4}"#, Some(4)),
            (r#"{"t":"join","ref":4}"#, Some(4)),
            (r#"{"t":"join","room":1}"#, None),
            (r#"{"t":"join","ref":4,"room":"1"}"#, Some(4)),
            (r#"{"t":"join","ref":4,"room":1,"after":-1}"#, Some(4)),
            (r#"{"t":"join","ref":4,"room":1,"admin":true}"#, Some(4)),
            (r#"{"t":"post","ref":4,"room":1,"nonce":"a"}"#, Some(4)),
            (r#"{"t":"post","ref":4,"room":1,"nonce":"a","body":"b","seq":3}"#, Some(4)),
            (r#"{"t":"typing","room":1,"on":"yes"}"#, None),
            (r#"{"t":"ping","ref":4,"room":1}"#, Some(4)),
        ] {
            assert_eq!(ClientFrame::parse(text), Err(Malformed { reference }), "{text}");
        }
    }

    #[test]
    fn unescapes_bodies() {
        let frame = ClientFrame::parse(r#"{"t":"post","ref":1,"room":2,"nonce":"n","body":"a\n\"é\u00e9"}"#).unwrap();
        assert!(matches!(frame, ClientFrame::Post { body, .. } if body == "a\n\"éé"));
    }
}
