//! Turns templates into mails: one HTML and one text part, in the reader's language, in the brand's colours.

use minijinja::value::{Kwargs, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use super::color::Palette;
use super::one_line;
use crate::adapters::texts::{Arg, Texts};
use crate::domain::{Brand, Language, MailContent, Timestamp, TransactionKind};

const TEMPLATES: [(&str, &str); 5] = [
    ("layout.html", include_str!("../../../templates/mail/layout.html")),
    ("invitation.html", include_str!("../../../templates/mail/invitation.html")),
    ("invitation.txt", include_str!("../../../templates/mail/invitation.txt")),
    ("security.html", include_str!("../../../templates/mail/security.html")),
    ("security.txt", include_str!("../../../templates/mail/security.txt")),
];

/// What an invitation says. No `Debug`: the link opens a door.
pub struct InvitationMail<'a> {
    pub language: Language,
    pub first_name: &'a str,
    pub broker_name: &'a str,
    pub project_type: TransactionKind,
    /// The broker's own words: plain text, line breaks are kept.
    pub personal_message: Option<&'a str>,
    /// Absolute, http or https. The mail names its origin as the one that the reader must see.
    pub link: &'a str,
    pub expires_at: Timestamp,
    pub now: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the link of a mail must be an absolute http or https address")]
    Link,
    #[error("a mail template failed: {0}")]
    Template(#[from] minijinja::Error),
}

/// Everything that people typed is escaped in the HTML part.
pub fn render_invitation(texts: &Texts, brand: &Brand, mail: &InvitationMail<'_>) -> Result<MailContent, RenderError> {
    let language = mail.language;
    let (broker, brand_name) = (one_line(mail.broker_name), one_line(&brand.name));
    let message = mail.personal_message.map(paragraphs).unwrap_or_default();
    let context = context! {
        language => language.as_str(),
        brand => brand_name,
        logo_url => brand.logo_url,
        colors => Palette::of(&brand.color).unwrap_or_default(),
        broker => broker,
        first_name => one_line(mail.first_name),
        kind => mail.project_type.as_str(),
        message => message,
        link => mail.link,
        origin => origin(mail.link)?,
        date => texts.date_in_words(language, mail.expires_at),
        relative => texts.time_until(language, mail.now, mail.expires_at),
    };
    let environment = environment(texts, language)?;
    let subject = [("broker", Arg::from(&broker)), ("brand", Arg::from(&brand_name))];
    Ok(MailContent {
        subject: one_line(&texts.get(language, "invitation-subject", &subject)),
        text: environment.get_template("invitation.txt")?.render(&context)?,
        html: environment.get_template("invitation.html")?.render(&context)?,
    })
}

/// Paragraphs are what blank lines part; each is a list of lines.
fn paragraphs(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty()).map(<[&str]>::to_vec).collect()
}

/// `https://portal.example.org` of any address below it.
pub(super) fn origin(link: &str) -> Result<String, RenderError> {
    let url = url::Url::parse(link).map_err(|_| RenderError::Link)?;
    match url.scheme() {
        "http" | "https" => Ok(url.origin().ascii_serialization()),
        _ => Err(RenderError::Link),
    }
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

/// The templates, with `text("key", name=value)` for the reader's language.
pub(super) fn environment(texts: &Texts, language: Language) -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_auto_escape_callback(|name| match name.rsplit_once('.') {
        Some((_, "txt")) => AutoEscape::None,
        _ => AutoEscape::Html,
    });
    environment.add_filter("address", |address: &str| Value::from_safe_string(escape_address(address)));
    let texts = texts.clone();
    environment.add_function("text", move |key: &str, values: Kwargs| -> Result<String, minijinja::Error> {
        let names: Vec<&str> = values.args().collect();
        let mut filled = Vec::with_capacity(names.len());
        for name in names {
            filled.push((name, values.get::<&str>(name)?));
        }
        let args: Vec<(&str, Arg<'_>)> = filled.iter().map(|(name, value)| (*name, Arg::Text(value))).collect();
        Ok(texts.get(language, key, &args))
    });
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_788_300_000);
    const LINK: &str = "https://portal.example.org/client/invitation/0123456789abcdef?a=1&b=2";

    fn brand() -> Brand {
        Brand {
            name: "Maison Ferrand".to_owned(),
            color: Brand::DEFAULT_COLOR.to_owned(),
            logo_url: None,
            broker_label: crate::domain::BrokerLabel::Broker,
        }
    }

    fn invitation(language: Language) -> InvitationMail<'static> {
        InvitationMail {
            language,
            first_name: "Élise",
            broker_name: "Claire Martin",
            project_type: TransactionKind::Purchase,
            personal_message: None,
            link: LINK,
            expires_at: NOW.plus_days(7),
            now: NOW,
        }
    }

    fn render(mail: &InvitationMail<'_>) -> MailContent {
        render_invitation(&Texts::load(), &brand(), mail).unwrap()
    }

    #[test]
    fn french_says_everything_in_both_parts() {
        let mail = render(&invitation(Language::Fr));
        assert_eq!(mail.subject, "Claire Martin vous invite sur Maison Ferrand");
        for part in [&mail.text, &mail.html] {
            for phrase in [
                "Bonjour Élise,",
                "votre achat",
                "Accepter l’invitation",
                "dans 7\u{a0}jours",
                "vendredi 4 décembre 2026 à 14\u{a0}h\u{a0}05 (heure UTC)",
                "Nous ne vous demandons jamais votre mot de passe par e-mail.",
                "Vous n’attendiez pas ce message\u{202f}?",
                "https://portal.example.org",
            ] {
                assert!(part.contains(phrase), "{phrase:?} is missing in: {part}");
            }
        }
        assert!(mail.html.contains(r#"<html lang="fr""#));
    }

    #[test]
    fn english_says_everything_in_both_parts() {
        let mail = render(&InvitationMail { project_type: TransactionKind::Rental, ..invitation(Language::En) });
        assert_eq!(mail.subject, "Claire Martin invites you to Maison Ferrand");
        for part in [&mail.text, &mail.html] {
            for phrase in [
                "Dear Élise,",
                "your rental",
                "Accept the invitation",
                "in 7 days, on Friday 4 December 2026 at 14:05 UTC",
                "We never ask for your password by e-mail.",
            ] {
                assert!(part.contains(phrase), "{phrase:?} is missing in: {part}");
            }
        }
    }

    #[test]
    fn the_link_is_whole_in_both_parts() {
        let mail = render(&invitation(Language::Fr));
        assert!(mail.text.lines().any(|line| line == LINK));
        let escaped = LINK.replace('&', "&amp;");
        assert!(mail.html.contains(&format!("href=\"{escaped}\"")), "{}", mail.html);
        assert_eq!(mail.html.matches(&escaped).count(), 3, "the button, the plain link and its text");
    }

    #[test]
    fn what_people_typed_is_text() {
        let typed = "<script>alert(1)</script>\n\n\"Bienvenue\" & <b>à bientôt</b>";
        let mail = render(&InvitationMail {
            personal_message: Some(typed),
            first_name: "<img src=x>",
            broker_name: "Eve\r\nBcc: all@example.org",
            ..invitation(Language::Fr)
        });
        for raw in ["<script", "<b>", "<img src=x"] {
            assert!(!mail.html.contains(raw), "{raw} got through");
        }
        assert!(mail.html.contains("&lt;script&gt;"));
        assert!(mail.text.contains("> <script>alert(1)</script>\n>\n> \"Bienvenue\" & <b>à bientôt</b>\n"));
        assert!(!mail.subject.contains(['\r', '\n']), "{:?}", mail.subject);
    }

    #[test]
    fn the_quote_is_there_only_with_a_message() {
        let without = render(&invitation(Language::Fr));
        assert!(!without.html.contains("Un mot de") && !without.text.contains("Un mot de"));
        let with = render(&InvitationMail { personal_message: Some("À lundi !"), ..invitation(Language::Fr) });
        assert!(with.html.contains("Un mot de Claire Martin") && with.text.contains("> À lundi !"));
    }

    #[test]
    fn a_link_cannot_leave_its_attribute() {
        let mail = render(&InvitationMail { link: "https://p.example.org/\"><script>'", ..invitation(Language::Fr) });
        assert!(!mail.html.contains("<script"));
        assert!(mail.html.contains("href=\"https://p.example.org/&quot;&gt;&lt;script&gt;&#39;\""));
    }

    #[test]
    fn a_link_that_is_no_web_address_is_refused() {
        let texts = Texts::load();
        for link in ["/client/invitation/x", "javascript:alert(1)", ""] {
            let mail = InvitationMail { link, ..invitation(Language::Fr) };
            assert!(matches!(render_invitation(&texts, &brand(), &mail), Err(RenderError::Link)), "{link}");
        }
    }

    /// For the eye: `MAIL_PREVIEW=/tmp/mail.html cargo test --lib writes_a_preview`.
    #[test]
    fn writes_a_preview() {
        let Ok(path) = std::env::var("MAIL_PREVIEW") else { return };
        let message = "Bonjour Élise,\n\nComme convenu, voici votre accès. J’y dépose dès ce soir le compromis et les \
                       diagnostics ; dites-moi ce que vous en pensez.\n\nÀ très vite,\nClaire";
        let mail = render(&InvitationMail { personal_message: Some(message), ..invitation(Language::Fr) });
        std::fs::write(&path, mail.html).unwrap();
        std::fs::write(format!("{path}.txt"), mail.text).unwrap();
    }
}
