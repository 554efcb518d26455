//! A text that comes in fragments. [`super::header_guard`] bounds its length.

use bytestring::ByteString;

/// The fragments so far; none while no text is begun.
#[derive(Debug, Default)]
pub struct Fragments {
    bytes: Option<Vec<u8>>,
    /// The length up to which they are known to be UTF-8.
    text_until: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub struct NotText;

impl Fragments {
    pub fn begin(&mut self) {
        *self = Self { bytes: Some(Vec::new()), text_until: 0 };
    }

    /// The text, with its last fragment. Fragments of something else than text are dropped.
    pub fn add(&mut self, fragment: &[u8], is_last: bool) -> Result<Option<ByteString>, NotText> {
        let Some(bytes) = &mut self.bytes else { return Ok(None) };
        bytes.extend_from_slice(fragment);
        if is_last {
            let whole = self.bytes.take().unwrap_or_default();
            return ByteString::try_from(whole).map(Some).map_err(|_| NotText);
        }
        match std::str::from_utf8(bytes.get(self.text_until..).unwrap_or_default()) {
            Ok(_) => self.text_until = bytes.len(),
            // A character may end in the next fragment.
            Err(error) if error.error_len().is_none() => self.text_until += error.valid_up_to(),
            Err(_) => return Err(NotText),
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(fragments: &[&[u8]]) -> Result<Option<ByteString>, NotText> {
        let mut text = Fragments::default();
        text.begin();
        let (last, others) = fragments.split_last().unwrap();
        for fragment in others {
            assert_eq!(text.add(fragment, false)?, None);
        }
        text.add(last, true)
    }

    #[test]
    fn fragments_may_cut_a_character_but_not_break_it() {
        assert_eq!(joined(&[b"a\xc3", b"", b"\xa9\xe2", b"\x82", b"\xac"]), Ok(Some("aé€".into())));
        assert_eq!(joined(&[b"a\xc3", b"(", b"never read"]), Err(NotText));
        assert_eq!(joined(&[b"a", b"\xff", b"never read"]), Err(NotText));
        assert_eq!(joined(&[b"a", b"\xc3"]), Err(NotText), "the character has no end");
    }

    #[test]
    fn what_continues_no_text_is_dropped() {
        let mut text = Fragments::default();
        assert_eq!((text.add(b"\xff", false), text.add(b"\xff", true)), (Ok(None), Ok(None)));
        text.begin();
        assert_eq!(text.add(b"a", true), Ok(Some("a".into())));
        assert_eq!(text.add(b"b", true), Ok(None));
    }
}
