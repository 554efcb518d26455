//! The errors of a configuration, in words with which an operator can mend it.

use std::fmt;
use std::path::Path;

use super::kind::Quoted;

/// Every problem of one configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<Problem>);

/// One problem and its place. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A variable's name, or the file and the key's path in it.
    pub place: String,
    pub what: String,
}

impl Problem {
    pub(super) fn wrong_value(place: String, found: &str, expected: &str) -> Self {
        Self { place, what: format!("found {found}, expected {expected}") }
    }

    pub(super) fn unknown_key(file: &Path, key: &str, nearest: Option<&str>) -> Self {
        let hint = nearest.map(|nearest| format!("; the nearest is {nearest}")).unwrap_or_default();
        Self { place: in_file(file, key), what: format!("there is no such setting{hint}") }
    }

    pub(super) fn file(file: &Path, what: String) -> Self {
        Self { place: file.display().to_string(), what }
    }
}

pub(super) fn in_file(file: &Path, key: &str) -> String {
    format!("{}: {key}", file.display())
}

/// Quotes a wrong value. A secret shows its scheme alone, which may be the mistyped part.
pub(super) fn quote(found: &str, quoted: Quoted) -> String {
    const SHOWN_CHARS: usize = 60;
    match quoted {
        Quoted::Beginning => {}
        Quoted::Scheme => {
            return match found.split_once(':') {
                Some((scheme, _)) if is_scheme(scheme) => format!("\"{scheme}:…\""),
                _ => "a text without a scheme".to_owned(),
            };
        }
        Quoted::Nothing => return "another text".to_owned(),
    }
    match found.char_indices().nth(SHOWN_CHARS).and_then(|(end, _)| found.get(..end)) {
        Some(start) => format!("{:?}", format!("{start}…")),
        None => format!("{found:?}"),
    }
}

fn is_scheme(text: &str) -> bool {
    (1..=12).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphabetic() || c == '+')
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// One problem a line.
impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
