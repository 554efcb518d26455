//! The frames that a client sends.

use std::borrow::Cow;

use serde::Deserialize;

use crate::domain::{ChangeSeq, RoomId, Seq};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientFrame {
    Join { reference: u64, room: RoomId, after: Option<Seq> },
    Leave { reference: u64, room: RoomId },
    Post { reference: u64, room: RoomId, nonce: String, body: String },
    Read { reference: Option<u64>, room: RoomId, seq: Seq },
    Typing { room: RoomId, on: bool },
    Follow { reference: u64, after: Option<ChangeSeq> },
    Ping { reference: Option<u64> },
}

/// The frame cannot be understood; its `ref`, if it could be read that far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    pub reference: Option<u64>,
    /// It is a post, and nothing is wrong with it but half a character in its texts, which `JSON.stringify` writes for a text that
    /// was cut in the wrong place. The author is told, as of any other message that cannot be.
    pub is_message: bool,
}

impl Malformed {
    fn frame(reference: Option<u64>) -> Self {
        Self { reference, is_message: false }
    }
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
            return Err(Malformed::frame(None));
        }
        match serde_json::from_str::<Raw<'_>>(text) {
            Ok(raw) => {
                let reference = raw.reference;
                from_raw(raw).ok_or(Malformed::frame(reference))
            }
            Err(_) => {
                let reference = serde_json::from_str::<OnlyRef>(text).ok().and_then(|only| only.reference);
                Err(Malformed { reference, is_message: is_message_but_for_half_characters(text) })
            }
        }
    }
}

fn is_message_but_for_half_characters(text: &str) -> bool {
    let Some(whole) = without_half_characters(text) else { return false };
    let frame = serde_json::from_str::<Raw<'_>>(&whole).ok().and_then(from_raw);
    matches!(frame, Some(ClientFrame::Post { .. }))
}

/// The same with a sign in the place of every escape that writes half of a character; `None` if there is none.
fn without_half_characters(text: &str) -> Option<String> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let (mut whole, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('\\')) {
        at += found;
        let (length, is_half) = match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => (12, false),
            Some(0xd800..=0xdfff) => (6, true),
            // A backslash and what it escapes, which may be another one.
            _ => (1 + text.get(at + 1..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8), false),
        };
        if is_half {
            whole.push_str(text.get(copied..at).unwrap_or_default());
            whole.push('\u{fffd}');
            copied = at + length;
        }
        at += length;
    }
    whole.push_str(text.get(copied..).unwrap_or_default());
    (copied > 0).then_some(whole)
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
        ("follow", Raw { reference, room: None, after, seq: None, on: None, nonce: None, body: None, .. }) => {
            let after = match after {
                Some(after) => Some(seq_ok(after)?),
                None => None,
            };
            ClientFrame::Follow { reference: reference?, after: after.map(|Seq(after)| ChangeSeq(after)) }
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
            (r#"{"t":"follow"}"#, None),
            (r#"{"t":"follow","ref":4,"after":-1}"#, Some(4)),
            (r#"{"t":"follow","ref":4,"room":1}"#, Some(4)),
            (r#"{"t":"ping","ref":4,"room":1}"#, Some(4)),
        ] {
            assert_eq!(ClientFrame::parse(text), Err(Malformed::frame(reference)), "{text}");
        }
    }

    #[test]
    fn half_a_character_is_a_mistake_of_the_message_and_not_of_the_frame() {
        let post = |body: &str| format!(r#"{{"t":"post","ref":4,"room":1,"nonce":"n","body":"{body}"}}"#);
        for half in [r"\ud800", r"a\uDC00b", r"\udc00\ud83d", r"\ud83d\ud83d\ude00", r"\\\ud800", r"\ud800\u0041"] {
            let refused = Malformed { reference: Some(4), is_message: true };
            assert_eq!(ClientFrame::parse(&post(half)), Err(refused), "{half}");
        }
        for whole in [r"\ud83d\ude00", r"\\ud800", r"\u00e9"] {
            assert!(ClientFrame::parse(&post(whole)).is_ok(), "{whole}");
        }
        for broken in [post(r"\ud800\x"), post(r"\ud8"), r#"{"t":"join","ref":4,"room":1,"nonce":"\ud800"}"#.to_owned()]
        {
            assert!(!ClientFrame::parse(&broken).unwrap_err().is_message, "{broken}");
        }
    }

    #[test]
    fn unescapes_bodies() {
        let frame = ClientFrame::parse(r#"{"t":"post","ref":1,"room":2,"nonce":"n","body":"a\n\"é\u00e9"}"#).unwrap();
        assert!(matches!(frame, ClientFrame::Post { body, .. } if body == "a\n\"éé"));
    }
}
