//! Turns a mail's struct into a mail: a subject, a text part and an HTML part, in the reader's language and the brand's
//! colours. The templates are parsed once, at start: one that is broken fails there and not when a mail is due.
//!
//! A template has the fields of its mail's struct, and `mail` (its name as its texts begin), `language`, `brand`, `logo_url`,
//! `colors` and `now`. `text("key", name=value)` is a text in the reader's language; `date` and `until` write an instant in
//! words; `address` escapes an address. In HTML everything is escaped.

use std::sync::Arc;

use minijinja::value::{Kwargs, Value};
use minijinja::{AutoEscape, Environment, State, UndefinedBehavior};
use serde::Serialize;

use super::color::Palette;
use super::one_line;
use crate::adapters::texts::files::{MAIL_FRAMES, MAILS, MailFiles};
use crate::adapters::texts::{Arg, Texts};
use crate::domain::{Brand, Language, MailContent, Timestamp};

/// One kind of mail. Its templates and texts are in `templates/mail/<NAME>`.
pub trait Mail: Serialize {
    /// The queue uses the same name.
    const NAME: &'static str;
}

#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the link of a mail must be an absolute http or https address")]
    Link,
    #[error("a mail template failed: {0}")]
    Template(#[from] minijinja::Error),
}

/// Writes mails. Cheap to clone.
#[derive(Clone)]
pub struct MailTemplates {
    environment: Arc<Environment<'static>>,
    brand: String,
    logo_url: Option<String>,
    colors: Palette,
}

/// The values that every template can name, and the fields of its mail.
#[derive(Serialize)]
struct Context<'a, M> {
    mail: String,
    language: &'static str,
    brand: &'a str,
    logo_url: Option<&'a str>,
    colors: &'a Palette,
    now: i64,
    #[serde(flatten)]
    fields: &'a M,
}

impl MailTemplates {
    /// Fails when a template cannot be parsed.
    pub fn parse(texts: &Texts, brand: &Brand) -> Result<Self, RenderError> {
        Self::parse_all(texts, brand, MAIL_FRAMES, MAILS)
    }

    fn parse_all(
        texts: &Texts,
        brand: &Brand,
        frames: &[(&'static str, &'static str)],
        mails: &[MailFiles],
    ) -> Result<Self, RenderError> {
        let mut environment = environment(texts);
        for (name, source) in frames {
            environment.add_template(name, source)?;
        }
        for mail in mails {
            for (part, source) in [("subject", mail.subject), ("body.txt", mail.text), ("body.html", mail.html)] {
                environment.add_template_owned(format!("{}/{part}", mail.name), source)?;
            }
        }
        Ok(Self {
            environment: Arc::new(environment),
            brand: one_line(&brand.name),
            logo_url: brand.logo_url.clone(),
            colors: Palette::of(&brand.color).unwrap_or_default(),
        })
    }

    /// Everything that people typed is escaped in the HTML part.
    pub fn write<M: Mail>(&self, mail: &M, language: Language, now: Timestamp) -> Result<MailContent, RenderError> {
        let context = Value::from_serialize(Context {
            mail: M::NAME.replace('_', "-"),
            language: language.as_str(),
            brand: &self.brand,
            logo_url: self.logo_url.as_deref(),
            colors: &self.colors,
            now: now.0,
            fields: mail,
        });
        let part = |part: &str| self.environment.get_template(&format!("{}/{part}", M::NAME))?.render(&context);
        Ok(MailContent { subject: one_line(&part("subject")?), text: part("body.txt")?, html: part("body.html")? })
    }
}

fn environment(texts: &Texts) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_auto_escape_callback(|name| match name.rsplit_once('.') {
        Some((_, "html")) => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    environment.add_filter("address", |address: &str| Value::from_safe_string(escape_address(address)));
    let words = texts.clone();
    environment.add_filter("date", move |state: &State<'_, '_>, at: i64| {
        words.date_in_words(language_of(state), Timestamp(at))
    });
    let words = texts.clone();
    environment.add_filter("until", move |state: &State<'_, '_>, at: i64| {
        let now = state.lookup("now").and_then(|now| i64::try_from(now).ok()).unwrap_or_default();
        words.time_until(language_of(state), Timestamp(now), Timestamp(at))
    });
    let words = texts.clone();
    environment.add_function("text", move |state: &State<'_, '_>, key: &str, values: Kwargs| {
        let names: Vec<&str> = values.args().collect();
        let mut filled = Vec::with_capacity(names.len());
        for name in names {
            filled.push((name, values.get::<Value>(name)?.to_string()));
        }
        let args: Vec<(&str, Arg<'_>)> = filled.iter().map(|(name, value)| (*name, Arg::from(value))).collect();
        Ok::<_, minijinja::Error>(words.get(language_of(state), key, &args))
    });
    environment
}

/// The language of the mail that is being written.
fn language_of(state: &State<'_, '_>) -> Language {
    let language = state.lookup("language");
    language.as_ref().and_then(Value::as_str).and_then(Language::parse).unwrap_or(Language::En)
}

/// As the usual escaping, but slashes stay: link checkers and mail clients that read HTML by halves must find the address.
fn escape_address(address: &str) -> String {
    let mut escaped = String::with_capacity(address.len());
    for c in address.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
