//! The six digits with which somebody who forgot their password proves that they read their mailbox.

use super::text::plain;

/// Never printed: its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct ResetCode(String);

impl ResetCode {
    /// How long a code is good.
    pub const MINUTES: i64 = 15;
    /// Wrong codes after which the right one is refused too.
    pub const TRIES: i32 = 5;

    /// Every code is as likely as any other. `None`: the number belongs to an incomplete round, draw again.
    pub fn from_random(drawn: u32) -> Option<Self> {
        const CODES: u32 = 1_000_000;
        const WHOLE_ROUNDS: u32 = u32::MAX - u32::MAX % CODES;
        (drawn < WHOLE_ROUNDS).then(|| Self(format!("{:06}", drawn % CODES)))
    }

    /// Reads a code that was typed or pasted: six digits, with blanks or dashes between them.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = plain(text).chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let is_ours = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_ours.then_some(Self(digits))
    }

    /// For the mail that holds it, and for its hash.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ResetCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ResetCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(number: u32) -> Option<String> {
        ResetCode::from_random(number).map(|code| code.reveal().to_owned())
    }

    #[test]
    fn keeps_its_leading_zeros() {
        assert_eq!(drawn(0).as_deref(), Some("000000"));
        assert_eq!(drawn(42).as_deref(), Some("000042"));
        assert_eq!(drawn(7_000_913).as_deref(), Some("000913"));
    }

    #[test]
    fn it_is_read_however_it_was_copied() {
        for text in [
            "251961",
            " 251 961\n",
            "251-961",
            "251\u{2011}961",
            "\u{200b}251\u{202f}961",
            "\u{202a}251961\u{202c}",
            "２５１９６１",
        ] {
            assert_eq!(ResetCode::parse(text).as_ref().map(ResetCode::reveal), Some("251961"), "{text:?}");
        }
        for text in ["", "25196", "2519610", "251.961", "25196a", "٢٥١٩٦١"] {
            assert!(ResetCode::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn no_code_is_likelier_than_another() {
        assert_eq!(drawn(4_293_999_999).as_deref(), Some("999999"));
        assert_eq!(drawn(4_294_000_000), None);
        assert_eq!(drawn(u32::MAX), None);
    }

    #[test]
    fn reads_what_people_paste() {
        for text in ["012345", " 012345\n", "012 345", "012-345", "0\u{a0}1 2 3 4 5"] {
            assert_eq!(ResetCode::parse(text).unwrap().reveal(), "012345", "{text:?}");
        }
        for text in ["", "12345", "0123456", "01234a", "٠١٢٣٤٥", "-01234"] {
            assert!(ResetCode::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn is_never_printed() {
        assert!(!format!("{:?}", ResetCode::parse("012345")).contains("012345"));
    }
}
