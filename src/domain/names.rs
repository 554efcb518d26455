//! Free text that people type into fields: in its canonical form, bounded, without control characters.

use super::text::{self, SearchWords};
use super::{Code, Refusal};

/// A first or last name: 1 to 100 characters.
pub fn person_name(raw: &str, field: &'static str) -> Result<String, Refusal> {
    required_text(raw, field, 100)
}

/// A phone number as people write it: digits, spaces and `+().-/`, with 5 to 20 digits. Empty counts as not given.
pub fn phone_number(raw: Option<&str>) -> Result<Option<String>, Refusal> {
    // Text that is copied from a contact or a page has blanks and dashes of its own, and marks around it.
    let Some(text) = raw.map(text::plain).filter(|text| !text::is_empty(text)) else {
        return Ok(None);
    };
    if text.chars().count() > 40 {
        return Err(Refusal::field(Code::ValueTooLong, "phone"));
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let valid = (5..=20).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || " +().-/".contains(c));
    if valid { Ok(Some(text)) } else { Err(Refusal::field(Code::PhoneInvalid, "phone")) }
}

/// One line of text, at most `max` characters, with something to see in it.
pub fn required_text(raw: &str, field: &'static str, max: usize) -> Result<String, Refusal> {
    let text = text::one_line(raw);
    if text::is_empty(&text) {
        return Err(Refusal::field(Code::ValueMissing, field));
    }
    if text.chars().count() > max {
        return Err(Refusal::field(Code::ValueTooLong, field));
    }
    // Names and titles stand in the subjects of mails: a line break there could begin a header of its own.
    if text.chars().any(text::is_line_control) {
        return Err(Refusal::field(Code::ValueInvalid, field));
    }
    check_looks(text, field)
}

/// A place, or another short text beside others: as [`optional_text`], and it leaves the looks of those alone.
pub fn optional_label(raw: Option<&str>, field: &'static str, max: usize) -> Result<Option<String>, Refusal> {
    let text = optional_text(raw, field, max)?;
    text.map(|text| check_looks(text::one_line(&text), field)).transpose()
}

/// Text of at most `max` characters; what nobody sees counts as not given. Line breaks stay, other control characters are
/// refused.
pub fn optional_text(raw: Option<&str>, field: &'static str, max: usize) -> Result<Option<String>, Refusal> {
    let Some(text) = raw.map(text::lines) else {
        return Ok(None);
    };
    // A control character is a mistake to be told of, and not nothing.
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\r' && c != '\t') {
        return Err(Refusal::field(Code::ValueInvalid, field));
    }
    if text::is_empty(&text) {
        return Ok(None);
    }
    if text.chars().count() > max {
        return Err(Refusal::field(Code::ValueTooLong, field));
    }
    Ok(Some(text))
}

/// The words of a search: at most 100 characters, none of them a control. An empty search finds everything.
pub fn search_words(raw: Option<&str>) -> Result<SearchWords, Refusal> {
    Ok(SearchWords::parse(&optional_text(raw, "q", 100)?.unwrap_or_default()))
}

/// A text turns no other around that stands beside or below it, and runs over none.
fn check_looks(text: String, field: &'static str) -> Result<String, Refusal> {
    if text::has_direction_controls(&text) {
        return Err(Refusal::field(Code::DirectionControls, field));
    }
    if text::has_piled_marks(&text) { Err(Refusal::field(Code::ValueInvalid, field)) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_taken_however_they_were_copied() {
        for raw in
            ["06 12 34 56 78", "06\u{a0}12\u{a0}34 56\u{202f}78", "\u{202a}06 12 34 56 78\u{202c}", "０６ 12 34 56 78"]
        {
            assert_eq!(phone_number(Some(raw)).unwrap().as_deref(), Some("06 12 34 56 78"), "{raw:?}");
        }
        assert_eq!(phone_number(Some("06\u{2011}12\u{2013}3456")).unwrap().as_deref(), Some("06-12-3456"));
        assert_eq!(phone_number(Some("\u{200b}\u{2800}")).unwrap(), None);
        assert_eq!(phone_number(Some("0612x34")).unwrap_err().code, Code::PhoneInvalid);
    }

    #[test]
    fn names_can_be_seen_and_keep_their_order() {
        for nothing in
            ["", " ", "\u{200b}", "\u{2800}", "\u{3164}", "\u{feff}\u{200d}", "\u{202e}", "\u{301}", "\u{fffc}\u{e000}"]
        {
            assert_eq!(person_name(nothing, "first_name").unwrap_err().code, Code::ValueMissing, "{nothing:?}");
        }
        for turned in ["Ana\u{202e}", "\u{2066}Ana\u{2069}"] {
            assert_eq!(person_name(turned, "first_name").unwrap_err().code, Code::DirectionControls, "{turned:?}");
        }
        for broken in ["A\nB", "A\u{0}", "A\u{2028}B", "Zaq\u{301}\u{302}\u{301}\u{302}\u{301}"] {
            assert_eq!(person_name(broken, "first_name").unwrap_err().code, Code::ValueInvalid, "{broken:?}");
        }
        assert_eq!(person_name("E\u{301}lise\u{200f}", "first_name").unwrap(), "Élise");
        assert_eq!(person_name(&"e\u{301}".repeat(100), "first_name").unwrap(), "é".repeat(100));
    }
}
