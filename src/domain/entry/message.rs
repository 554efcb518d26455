//! A message: its text, the name that the author's device gives it, and the answer to its post.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Code, Refusal, RoomId, Seq, Timestamp, text};

/// The answer to a post: where it stands now, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Posted {
    pub room: RoomId,
    pub seq: Seq,
    pub at: Timestamp,
    /// This nonce was already stored; nothing was added.
    #[serde(skip)]
    pub repeated: bool,
}

/// The name that the author's device gives a message, repeated on each retry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Nonce(String);

/// The text of a message: 1 to 10,000 characters, with something to see in it. Kept as typed, but for line ends and the blank
/// lines around it: what somebody said is theirs, also in the form in which their keyboard wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageBody(String);

impl Nonce {
    pub const MAX: usize = 64;

    pub fn parse(raw: String) -> Result<Self, Refusal> {
        let valid = (1..=Self::MAX).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_graphic());
        if valid { Ok(Self(raw)) } else { Err(Refusal::field(Code::NonceInvalid, "nonce")) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl MessageBody {
    pub const MAX_CHARS: usize = 10_000;

    pub fn parse(raw: String) -> Result<Self, Refusal> {
        // Most messages need none of this: look before copying.
        let text = if raw.contains('\r') { raw.replace("\r\n", "\n").replace('\r', "\n") } else { raw };
        // PostgreSQL cannot store NUL, and no person types it.
        let text = if text.contains('\0') { text.replace('\0', "") } else { text };
        let trimmed = text.trim_matches('\n').trim_end();
        if text::is_empty(trimmed) {
            return Err(Refusal::field(Code::MessageEmpty, "body"));
        }
        if trimmed.len() > Self::MAX_CHARS && trimmed.chars().count() > Self::MAX_CHARS {
            return Err(Refusal::field(Code::MessageTooLong, "body"));
        }
        if trimmed.len() == text.len() { Ok(Self(text)) } else { Ok(Self(trimmed.to_owned())) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_bounded_in_characters_not_bytes() {
        assert!(MessageBody::parse("é".repeat(10_000)).is_ok());
        assert_eq!(MessageBody::parse("é".repeat(10_001)).unwrap_err().code, Code::MessageTooLong);
        for nothing in
            [" \n\t ", "\u{2800}", "\u{200b}\n\u{3164}", "\u{202e}\u{feff}", "\u{301}", "\u{fffc}", "\u{e000}\u{378}"]
        {
            assert_eq!(MessageBody::parse(nothing.into()).unwrap_err().code, Code::MessageEmpty, "{nothing:?}");
        }
        assert_eq!(MessageBody::parse("e\u{301} \u{200f}א".into()).unwrap().as_str(), "e\u{301} \u{200f}א", "as typed");
        assert_eq!(MessageBody::parse("\na\r\n  b \n".into()).unwrap().as_str(), "a\n  b");
    }

    #[test]
    fn nonces_are_short_visible_ascii() {
        assert!(Nonce::parse("x".repeat(64)).is_ok());
        for bad in [String::new(), "x".repeat(65), "a b".into(), "é".into()] {
            assert_eq!(Nonce::parse(bad).unwrap_err().code, Code::NonceInvalid);
        }
    }
}
