//! The TOML file, flattened to `table.key` → text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::error::Problem;

#[derive(Default)]
pub(super) struct FileValues {
    pub(super) path: PathBuf,
    pub(super) values: BTreeMap<String, String>,
}

impl FileValues {
    pub(super) fn read(path: &Path) -> Result<Self, Problem> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Problem::file(path, format!("the file cannot be read: {error}")))?;
        let table: Table = text.parse().map_err(|error| not_toml(path, &text, &error))?;
        let mut values = BTreeMap::new();
        flatten("", table, &mut values);
        Ok(Self { path: path.to_owned(), values })
    }
}

/// Renders a parser's error. The parser's own rendering quotes the line, which may hold a password.
fn not_toml(path: &Path, text: &str, error: &toml::de::Error) -> Problem {
    let start = error.span().map_or(0, |span| span.start);
    let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
    Problem::file(path, format!("line {line} is not TOML: {}", error.message()))
}

fn flatten(parent: &str, table: Table, values: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        let key = if parent.is_empty() { name } else { format!("{parent}.{name}") };
        match value {
            Value::Table(inner) => flatten(&key, inner, values),
            value => {
                values.insert(key, as_text(value));
            }
        }
    }
}

/// The value in the form of a variable.
fn as_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(items) => items.into_iter().map(as_text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
