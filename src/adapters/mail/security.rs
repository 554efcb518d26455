//! Mails about a person's own door: a code, a link for a new password, and the word that the password has changed. One
//! sober frame for all: what it is about in one block, then when and from where, then what to do if it was somebody else.

use minijinja::context;

use super::color::Palette;
use super::one_line;
use super::render::{RenderError, environment, origin};
use crate::adapters::texts::{Arg, Texts};
use crate::domain::{Brand, Language, MailContent, Origin, ResetCode, Timestamp, device_name};

/// No `Debug`: codes and links open a door.
pub struct SecurityMail<'a> {
    pub language: Language,
    pub first_name: &'a str,
    /// The portal's own address, absolute.
    pub portal: &'a str,
    pub now: Timestamp,
    pub about: SecurityMatter<'a>,
}

pub enum SecurityMatter<'a> {
    ResetCode {
        code: &'a ResetCode,
        from: &'a Origin,
    },
    PasswordChanged {
        from: &'a Origin,
    },
    AccessLink {
        link: &'a str,
        sender: &'a str,
        expires_at: Timestamp,
    },
    /// In the place of a code, when too many were asked for.
    ResetLink {
        link: &'a str,
        from: &'a Origin,
        expires_at: Timestamp,
    },
}

impl SecurityMatter<'_> {
    /// What the queue calls such a mail, and its texts begin with.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ResetCode { .. } => "reset_code",
            Self::PasswordChanged { .. } => "password_changed",
            Self::AccessLink { .. } => "access_link",
            Self::ResetLink { .. } => "reset_link",
        }
    }
}

pub fn render_security(texts: &Texts, brand: &Brand, mail: &SecurityMail<'_>) -> Result<MailContent, RenderError> {
    let language = mail.language;
    let brand_name = one_line(&brand.name);
    let key = mail.about.kind().replace('_', "-");
    let (code, link, sender, expires_at, from) = match &mail.about {
        SecurityMatter::ResetCode { code, from } => (code.reveal(), "", String::new(), None, Some(*from)),
        SecurityMatter::PasswordChanged { from } => ("", "", String::new(), None, Some(*from)),
        SecurityMatter::AccessLink { link, sender, expires_at } => {
            ("", *link, one_line(sender), Some(*expires_at), None)
        }
        SecurityMatter::ResetLink { link, from, expires_at } => {
            ("", *link, String::new(), Some(*expires_at), Some(*from))
        }
    };
    let unknown = || texts.get(language, "mail-origin-unknown", &[]);
    let place = from.map(|from| from.ip.map_or_else(unknown, |ip| ip.to_string()));
    let device = from.map(|from| from.user_agent.as_deref().and_then(device_name).unwrap_or_else(unknown));
    let context = context! {
        language => language.as_str(),
        brand => brand_name,
        logo_url => brand.logo_url,
        colors => Palette::of(&brand.color).unwrap_or_default(),
        key => key,
        first_name => one_line(mail.first_name),
        code => code,
        minutes => ResetCode::MINUTES.to_string(),
        link => link,
        sender => sender,
        origin => origin(mail.portal)?,
        relative => expires_at.map(|until| texts.time_until(language, mail.now, until)).unwrap_or_default(),
        date => expires_at.map(|until| texts.date_in_words(language, until)).unwrap_or_default(),
        when => texts.date_in_words(language, mail.now),
        place => place,
        device => device,
    };
    let environment = environment(texts, language)?;
    let subject = [("brand", Arg::from(&brand_name))];
    Ok(MailContent {
        subject: one_line(&texts.get(language, &format!("{key}-subject"), &subject)),
        text: environment.get_template("security.txt")?.render(&context)?,
        html: environment.get_template("security.html")?.render(&context)?,
    })
}

#[cfg(test)]
mod tests;
