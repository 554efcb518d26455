//! Hands out one setting after the other, and remembers what was asked for and what was wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use super::error::{ConfigErrors, Problem, in_file, quote};
use super::file::FileValues;
use super::kind::{self, SettingKind, Whole};
use super::nearest::nearest;

/// One setting, as the reference shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The heading it stands under.
    pub area: &'static str,
    /// Its path in the TOML file.
    pub key: String,
    /// Its variable.
    pub variable: String,
    pub default: DefaultValue,
    /// The values that it takes.
    pub expected: String,
    pub about: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultValue {
    Value(String),
    /// There is no value that could be written down; this says what happens then.
    Described(&'static str),
}

/// A table of the TOML file, and how the variables of its settings begin.
#[derive(Clone, Copy)]
pub(super) struct Area {
    pub(super) title: &'static str,
    /// Empty for the top of the file.
    pub(super) table: &'static str,
    pub(super) prefix: &'static str,
}

pub(super) struct SettingReader<'a> {
    env: &'a dyn Fn(&str) -> Option<String>,
    file: FileValues,
    area: Area,
    settings: Vec<Setting>,
    problems: Vec<Problem>,
    /// Where the settings stand that somebody has set, by key.
    places: BTreeMap<String, String>,
    wrong: BTreeSet<String>,
}

impl<'a> SettingReader<'a> {
    pub(super) fn open(file: Option<&Path>, env: &'a dyn Fn(&str) -> Option<String>) -> Self {
        let (file, problems) = match file.map(FileValues::read) {
            None => (FileValues::default(), vec![]),
            Some(Ok(values)) => (values, vec![]),
            Some(Err(problem)) => (FileValues::default(), vec![problem]),
        };
        Self {
            env,
            file,
            area: Area { title: "", table: "", prefix: "" },
            settings: vec![],
            problems,
            places: BTreeMap::new(),
            wrong: BTreeSet::new(),
        }
    }

    /// Settings that are read from now on belong to this area.
    pub(super) fn area(&mut self, area: Area) {
        self.area = area;
    }

    pub(super) fn setting<T>(&mut self, name: &str, kind: SettingKind<T>, default: T, about: &'static str) -> T {
        let shown = DefaultValue::Value((kind.show)(&default));
        self.ask(name, None, kind, shown, about).unwrap_or(default)
    }

    /// A setting without a default value; `otherwise` says what happens without it.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        kind: SettingKind<T>,
        otherwise: &'static str,
        about: &'static str,
    ) -> Option<T> {
        self.ask(name, None, kind, DefaultValue::Described(otherwise), about)
    }

    /// As [`SettingReader::optional`], under the name that hosting services use.
    pub(super) fn conventional<T>(
        &mut self,
        (name, variable): (&str, &str),
        kind: SettingKind<T>,
        otherwise: &'static str,
        about: &'static str,
    ) -> Option<T> {
        self.ask(name, Some(variable), kind, DefaultValue::Described(otherwise), about)
    }

    pub(super) fn whole<T: Whole>(
        &mut self,
        name: &str,
        default: T,
        range: RangeInclusive<u64>,
        about: &'static str,
    ) -> T {
        self.setting(name, kind::whole(range), default, about)
    }

    pub(super) fn seconds(
        &mut self,
        name: &str,
        default: u64,
        range: RangeInclusive<u64>,
        about: &'static str,
    ) -> Duration {
        Duration::from_secs(self.setting(name, kind::whole(range), default, about))
    }

    pub(super) fn millis(
        &mut self,
        name: &str,
        default: u64,
        range: RangeInclusive<u64>,
        about: &'static str,
    ) -> Duration {
        Duration::from_millis(self.setting(name, kind::whole(range), default, about))
    }

    /// The value given by the environment, else by the file, if it is a good one. Both are judged: a wrong value that
    /// another one hides today is a trap for tomorrow.
    fn ask<T>(
        &mut self,
        name: &str,
        variable: Option<&str>,
        kind: SettingKind<T>,
        default: DefaultValue,
        about: &'static str,
    ) -> Option<T> {
        let key = if self.area.table.is_empty() { name.to_owned() } else { format!("{}.{name}", self.area.table) };
        let variable = variable.map_or_else(|| format!("{}{}", self.area.prefix, name.to_uppercase()), str::to_owned);

        let from_file = self.file.values.remove(&key).map(|text| (in_file(&self.file.path, &key), text));
        let from_env = (self.env)(&variable).map(|text| (variable.clone(), text));
        let value = [from_env, from_file].into_iter().flatten().fold(None, |first, (place, text)| {
            let value = self.judge(&key, place, &text, &kind);
            first.or(value)
        });

        self.settings.push(Setting { area: self.area.title, key, variable, default, expected: kind.expected, about });
        value
    }

    /// Empty is the same as not set: that is how compose files leave a variable out.
    fn judge<T>(&mut self, key: &str, place: String, text: &str, kind: &SettingKind<T>) -> Option<T> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        self.places.entry(key.to_owned()).or_insert_with(|| place.clone());
        let value = (kind.parse)(text);
        if value.is_none() {
            self.wrong.insert(key.to_owned());
            self.problems.push(Problem::wrong_value(place, &quote(text, kind.quoted), &kind.expected));
        }
        value
    }

    /// A variable of another program's, which is no setting of ours.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.env)(name)
    }

    /// Two good values that do not go together. Silent when one of them is already known to be wrong.
    pub(super) fn conflict(&mut self, (key, value): (&str, u64), relation: &str, (other, bound): (&str, u64)) {
        if self.wrong.contains(key) || self.wrong.contains(other) {
            return;
        }
        let (place, found) = match self.places.get(key) {
            Some(place) => (place.clone(), value.to_string()),
            None => (self.variable_of(key), format!("{value} (the default)")),
        };
        let expected = format!("{relation} {} ({bound})", self.variable_of(other));
        self.problems.push(Problem::wrong_value(place, &found, &expected));
    }

    /// A setting that another one calls for.
    pub(super) fn missing(&mut self, key: &str, expected: &str) {
        if !self.wrong.contains(key) {
            self.problems.push(Problem::wrong_value(self.variable_of(key), "nothing", expected));
        }
    }

    fn variable_of(&self, key: &str) -> String {
        self.settings.iter().find(|s| s.key == key).map_or_else(|| key.to_owned(), |s| s.variable.clone())
    }

    pub(super) fn into_settings(self) -> Vec<Setting> {
        self.settings
    }

    /// Refuses settings that no part has read: they are unknown.
    pub(super) fn finish(mut self) -> Result<(), ConfigErrors> {
        for key in self.file.values.keys() {
            let known = nearest(key, self.settings.iter().map(|setting| setting.key.as_str()));
            self.problems.push(Problem::unknown_key(&self.file.path, key, known));
        }
        if self.problems.is_empty() { Ok(()) } else { Err(ConfigErrors(self.problems)) }
    }
}
