//! The rules of fields, and how a field is read from JSON. A rule gives the value as it is kept, or a refusal with the field's name.

use serde::{Deserialize, Deserializer};

use super::TransactionKind;
use crate::domain::given::Given;
use crate::domain::{Code, Money, Refusal, optional_label, required_text};

pub(super) fn anything<T>(value: T, _: &'static str) -> Result<T, Refusal> {
    Ok(value)
}

/// One line of text that must be there.
pub(super) fn line<const MOST: usize>(text: String, field: &'static str) -> Result<String, Refusal> {
    required_text(&text, field, MOST)
}

/// One line of text.
pub(super) fn label<const MOST: usize>(text: Option<String>, field: &'static str) -> Result<Option<String>, Refusal> {
    optional_label(text.as_deref(), field, MOST)
}

pub(super) fn percent(value: i32, field: &'static str) -> Result<i32, Refusal> {
    if (0..=100).contains(&value) { Ok(value) } else { Err(Refusal::field(Code::ProgressInvalid, field)) }
}

pub(super) fn price(price: Option<Money>, field: &'static str) -> Result<Option<Money>, Refusal> {
    price.map(|price| price.check(field)).transpose()
}

/// Years of an affair. `0026` is a slip of the hand, and no date picker offers more.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// A calendar day as `YYYY-MM-DD`.
pub(super) fn day(text: Option<String>, field: &'static str) -> Result<Option<String>, Refusal> {
    let Some(text) = text.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let format = time::macros::format_description!("[year]-[month]-[day]");
    match time::Date::parse(text, &format) {
        // The parser would also take a year with a sign, which does not sort as text.
        Ok(day) if YEARS.contains(&day.year()) && text.len() == "YYYY-MM-DD".len() => Ok(Some(text.to_owned())),
        _ => Err(Refusal::field(Code::DateInvalid, field)),
    }
}

/// A number that is too large for its field is a number out of bounds, and no mistake in the JSON.
pub(super) fn near(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
}

pub(super) fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    i64::deserialize(deserializer).map(near)
}

impl Given for TransactionKind {
    fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::deserialize(deserializer)
    }
}

impl Given for i32 {
    fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(Option::deserialize(deserializer)?.map(near))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_real_days() {
        for wrong in ["2026-02-29", "0026-05-01", "1899-12-31", "2200-01-01", "9999-12-31"] {
            assert!(day(Some(wrong.to_owned()), "start_date").is_err(), "{wrong}");
        }
        assert_eq!(day(Some("2028-02-29".to_owned()), "start_date").unwrap().as_deref(), Some("2028-02-29"));
    }
}
