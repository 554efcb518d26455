//! The rules of a record's fields. A rule gives the value as it is kept, or a refusal with the field's name.

use crate::domain::{Code, EmailAddress, Language, Refusal, optional_label, optional_text, person_name, phone_number};

pub(super) fn name(text: String, field: &'static str) -> Result<String, Refusal> {
    person_name(&text, field)
}

/// One line of text.
pub(super) fn label<const MOST: usize>(text: Option<String>, field: &'static str) -> Result<Option<String>, Refusal> {
    optional_label(text.as_deref(), field, MOST)
}

pub(super) fn text<const MOST: usize>(text: Option<String>, field: &'static str) -> Result<Option<String>, Refusal> {
    optional_text(text.as_deref(), field, MOST)
}

pub(super) fn number(text: Option<String>, field: &'static str) -> Result<Option<String>, Refusal> {
    phone_number(text.as_deref()).map_err(|refusal| Refusal { field: Some(field.into()), ..refusal })
}

pub(super) fn mailbox(text: Option<String>, field: &'static str) -> Result<Option<EmailAddress>, Refusal> {
    match text.as_deref().map(EmailAddress::parse) {
        None => Ok(None),
        Some(Err(refusal)) if refusal.code == Code::ValueMissing => Ok(None),
        Some(parsed) => parsed.map(Some).map_err(|refusal| Refusal { field: Some(field.into()), ..refusal }),
    }
}

pub(super) fn chosen<T>(value: Option<T>, field: &'static str) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::field(Code::ValueMissing, field))
}

/// The field of one record, completed by that of another.
pub(super) trait Completed {
    fn completed_by(self, other: Self) -> Self;
}

impl<T> Completed for Option<T> {
    fn completed_by(self, other: Self) -> Self {
        self.or(other)
    }
}

impl Completed for String {
    fn completed_by(self, _: Self) -> Self {
        self
    }
}

impl Completed for Language {
    fn completed_by(self, _: Self) -> Self {
        self
    }
}

/// The field of a form, read from the cell of a table. `None`: the cell holds no such value.
pub(super) trait FromCell: Sized {
    fn from_cell(cell: String) -> Option<Self>;
}

impl FromCell for String {
    fn from_cell(cell: String) -> Option<Self> {
        Some(cell)
    }
}

impl FromCell for Option<String> {
    fn from_cell(cell: String) -> Option<Self> {
        Some(Some(cell))
    }
}

impl FromCell for Option<Language> {
    fn from_cell(cell: String) -> Option<Self> {
        if cell.is_empty() { Some(None) } else { Language::parse(&cell.to_lowercase()).map(Some) }
    }
}
