//! Free text that people type into fields: trimmed, bounded, without control characters.

use super::{Code, Refusal};

/// A first or last name: 1 to 100 characters.
pub fn person_name(raw: &str, field: &'static str) -> Result<String, Refusal> {
    required_text(raw, field, 100)
}

/// A phone number as people write it: digits, spaces and `+().-/`, with 5 to 20 digits. Empty counts as not given.
pub fn phone_number(raw: Option<&str>) -> Result<Option<String>, Refusal> {
    let Some(text) = optional_text(raw, "phone", 40)? else {
        return Ok(None);
    };
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let valid = (5..=20).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || " +().-/".contains(c));
    if valid { Ok(Some(text)) } else { Err(Refusal::field(Code::PhoneInvalid, "phone")) }
}

/// One line of text, at most `max` characters, not empty.
pub fn required_text(raw: &str, field: &'static str, max: usize) -> Result<String, Refusal> {
    let text = optional_text(Some(raw), field, max)?.ok_or_else(|| Refusal::field(Code::ValueMissing, field))?;
    // Names and titles stand in the subjects of mails: a line break there could begin a header of its own.
    if text.chars().any(char::is_control) { Err(Refusal::field(Code::ValueInvalid, field)) } else { Ok(text) }
}

/// Text of at most `max` characters; empty counts as not given. Line breaks stay, other control characters are refused.
pub fn optional_text(raw: Option<&str>, field: &'static str, max: usize) -> Result<Option<String>, Refusal> {
    let Some(text) = raw.map(str::trim).filter(|t| !t.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > max {
        return Err(Refusal::field(Code::ValueTooLong, field));
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\r' && c != '\t') {
        return Err(Refusal::field(Code::ValueInvalid, field));
    }
    Ok(Some(text.to_owned()))
}
