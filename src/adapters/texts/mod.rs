//! Texts for people, in their language, from the Fluent files under `locales/` and `templates/mail/`, which are part of the binary.

mod broker_label;
mod dates;
pub(super) mod files;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::tz::TimeZone;
use unic_langid::LanguageIdentifier;

pub use broker_label::{Replacements, replacements};

use crate::domain::{BrokerLabel, Language, Refusal};

/// Cheap to clone; may be used from any thread.
#[derive(Clone)]
pub struct Texts {
    inner: Arc<Inner>,
    /// The zone of written times.
    zone: TimeZone,
}

struct Inner {
    french: FluentBundle<FluentResource>,
    english: FluentBundle<FluentResource>,
    /// Missing keys that were logged already.
    missing: Mutex<HashSet<String>>,
}

/// The arguments of a text.
#[derive(Debug, Clone, Copy)]
pub enum Arg<'a> {
    Text(&'a str),
    /// Chooses between singular and plural.
    Number(i64),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Arg<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl Texts {
    /// Parses the built-in files; a test checks them, so nothing can fail here.
    pub fn load() -> Self {
        Self::calling(BrokerLabel::Broker)
    }

    /// With the installation's word for brokers.
    pub fn calling(label: BrokerLabel) -> Self {
        let inner = Inner {
            french: bundle(Language::Fr, label),
            english: bundle(Language::En, label),
            missing: Mutex::default(),
        };
        Self { inner: Arc::new(inner), zone: TimeZone::UTC }
    }

    /// The same texts, for readers of this zone.
    pub fn in_zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// The text of a refusal for its reader, with the time to wait if there is one.
    pub fn refusal(&self, language: Language, refusal: &Refusal) -> String {
        let wait = self.time_to_wait(language, refusal.retry_after_ms.unwrap_or_default());
        self.get(language, &format!("error-{}", dashed(refusal.code.as_str())), &[("wait", (&wait).into())])
    }

    /// Why a mail did not leave: `code` is [`crate::domain::MailDelivery::error`]. An unknown one gets a general text.
    pub fn mail_error(&self, language: Language, code: &str) -> String {
        let key = format!("mail-error-{}", dashed(code));
        let key = if self.inner.bundle(language).has_message(&key) { &key } else { "mail-error-unknown" };
        self.get(language, key, &[])
    }

    /// The text under `key`. A key that is missing is logged once and stands for its own text: a page with a strange
    /// word on it helps more than no page.
    pub fn get(&self, language: Language, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        let bundle = self.inner.bundle(language);
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            self.inner.complain(key);
            return key.to_owned();
        };
        let args: FluentArgs<'_> = args
            .iter()
            .map(|(name, value)| match value {
                Arg::Text(text) => (*name, FluentValue::from(*text)),
                Arg::Number(number) => (*name, FluentValue::from(*number)),
            })
            .collect();
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        if !errors.is_empty() {
            self.inner.complain(key);
        }
        text
    }
}

impl Inner {
    fn bundle(&self, language: Language) -> &FluentBundle<FluentResource> {
        match language {
            Language::Fr => &self.french,
            Language::En => &self.english,
        }
    }

    fn complain(&self, key: &str) {
        if self.missing.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned()) {
            tracing::error!(key, "a text is missing or cannot be filled in");
        }
    }
}

fn bundle(language: Language, label: BrokerLabel) -> FluentBundle<FluentResource> {
    // The tag decides about plurals; "fr" and "en" are tags.
    let tag = LanguageIdentifier::from_bytes(language.as_str().as_bytes()).unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Fluent's invisible marks around arguments are off: they would end up in subjects, addresses and searches.
    bundle.set_use_isolating(false);
    let words = replacements(label, language);
    for source in files::of(language) {
        // The texts that parse are used even if another one in the file does not.
        let (resource, errors) = match FluentResource::try_new(worded(source, &words)) {
            Ok(resource) => (resource, 0),
            Err((resource, errors)) => (resource, errors.len()),
        };
        let doubles = bundle.add_resource(resource).err().map_or(0, |errors| errors.len());
        if errors + doubles > 0 {
            tracing::error!(errors, doubles, "a file of texts has mistakes");
        }
    }
    bundle
}

/// The texts of a file with the installation's word for brokers; keys stay as they are.
fn worded(source: &str, words: &Replacements) -> String {
    let mut written = String::with_capacity(source.len());
    for line in source.lines() {
        match line.split_once('=').filter(|_| !line.starts_with(' ')) {
            Some((key, text)) => {
                written.push_str(key);
                written.push('=');
                written.push_str(&broker_label::write(words, text));
            }
            None if line.starts_with('#') => written.push_str(line),
            None => written.push_str(&broker_label::write(words, line)),
        }
        written.push('\n');
    }
    written
}

/// Fluent's keys are written with dashes, codes with underscores.
fn dashed(code: &str) -> String {
    code.replace('_', "-")
}

#[cfg(test)]
mod tests;
