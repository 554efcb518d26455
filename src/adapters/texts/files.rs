//! Every file that holds words for people, as the binary was built with it: `locales/<language>` for pages, answers and
//! commands, and a folder of `templates/mail` for each mail. A new mail is one more line of [`MAILS`].

use crate::domain::Language;

/// The templates and words of one mail. They stand in the mail's own folder, the words in one file for each language.
pub(in crate::adapters) struct MailFiles {
    pub(in crate::adapters) name: &'static str,
    pub(in crate::adapters) subject: &'static str,
    pub(in crate::adapters) text: &'static str,
    pub(in crate::adapters) html: &'static str,
    french: &'static str,
    english: &'static str,
}

macro_rules! mail {
    ($name:literal) => {
        MailFiles {
            name: $name,
            subject: include_str!(concat!("../../../templates/mail/", $name, "/subject")),
            text: include_str!(concat!("../../../templates/mail/", $name, "/body.txt")),
            html: include_str!(concat!("../../../templates/mail/", $name, "/body.html")),
            french: include_str!(concat!("../../../templates/mail/", $name, "/fr.ftl")),
            english: include_str!(concat!("../../../templates/mail/", $name, "/en.ftl")),
        }
    };
}

pub(in crate::adapters) const MAILS: &[MailFiles] =
    &[mail!("access_link"), mail!("invitation"), mail!("password_changed"), mail!("reset_code"), mail!("reset_link")];

/// The frames that several mails share: that of all HTML parts, and that of mails about the reader's own account.
pub(in crate::adapters) const MAIL_FRAMES: &[(&str, &str)] = &[
    ("frames/layout.html", include_str!("../../../templates/mail/frames/layout.html")),
    ("frames/account.html", include_str!("../../../templates/mail/frames/account.html")),
    ("frames/account.txt", include_str!("../../../templates/mail/frames/account.txt")),
];

const FRENCH: [&str; 5] = [
    include_str!("../../../locales/fr/errors.ftl"),
    include_str!("../../../locales/fr/mail.ftl"),
    include_str!("../../../locales/fr/dates.ftl"),
    include_str!("../../../locales/fr/words.ftl"),
    include_str!("../../../templates/mail/frames/fr.ftl"),
];
const ENGLISH: [&str; 5] = [
    include_str!("../../../locales/en/errors.ftl"),
    include_str!("../../../locales/en/mail.ftl"),
    include_str!("../../../locales/en/dates.ftl"),
    include_str!("../../../locales/en/words.ftl"),
    include_str!("../../../templates/mail/frames/en.ftl"),
];

/// The files of one language.
pub(super) fn of(language: Language) -> Vec<&'static str> {
    let (shared, mail): (_, fn(&MailFiles) -> &'static str) = match language {
        Language::Fr => (FRENCH, |mail| mail.french),
        Language::En => (ENGLISH, |mail| mail.english),
    };
    shared.into_iter().chain(MAILS.iter().map(mail)).collect()
}

pub(super) fn broker_labels(language: Language) -> &'static str {
    match language {
        Language::Fr => include_str!("../../../locales/fr/broker-label.txt"),
        Language::En => include_str!("../../../locales/en/broker-label.txt"),
    }
}
