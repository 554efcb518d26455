use super::*;
use crate::domain::IpAddress;

const NOW: Timestamp = Timestamp(1_795_788_300_000);
const PORTAL: &str = "https://portal.example.org";
const LINK: &str = "https://portal.example.org/access/0123456789abcdef";

fn brand() -> Brand {
    Brand {
        name: "Maison Ferrand".to_owned(),
        color: Brand::DEFAULT_COLOR.to_owned(),
        logo_url: None,
        broker_label: crate::domain::BrokerLabel::Broker,
    }
}

fn from() -> Origin {
    let agent = "Mozilla/5.0 (Windows NT 10.0) Chrome/131.0 Safari/537.36";
    Origin { ip: IpAddress::parse("203.0.113.9"), user_agent: Some(agent.to_owned()), device: None }
}

fn code() -> ResetCode {
    ResetCode::parse("012345").unwrap()
}

fn render(language: Language, about: SecurityMatter<'_>) -> MailContent {
    let mail = SecurityMail { language, first_name: "Élise", portal: PORTAL, now: NOW, about };
    render_security(&Texts::load(), &brand(), &mail).unwrap()
}

#[track_caller]
fn expect_in_both_parts(mail: &MailContent, phrases: &[&str]) {
    for part in [&mail.text, &mail.html] {
        for phrase in phrases {
            assert!(part.contains(phrase), "{phrase:?} is missing in: {part}");
        }
    }
}

#[test]
fn the_code_stands_alone_and_says_how_long_it_is_good() {
    let (code, from) = (code(), from());
    let mail = render(Language::En, SecurityMatter::ResetCode { code: &code, from: &from });
    assert_eq!(mail.subject, "Your code for Maison Ferrand");
    expect_in_both_parts(
        &mail,
        &[
            "Dear Élise,",
            "012345",
            "15 minutes",
            "None of us will ever ask you for it",
            "Friday 27 November 2026 at 14:05 UTC",
            "203.0.113.9",
            "Chrome · Windows",
        ],
    );
    assert!(mail.text.lines().any(|line| line.trim() == "012345"), "{}", mail.text);
    assert!(!mail.html.contains("href="), "a mail with a code leads nowhere");
    assert!(!mail.subject.contains("012345"), "subjects stay, and are shown on locked screens");

    let mail = render(Language::Fr, SecurityMatter::ResetCode { code: &code, from: &from });
    assert_eq!(mail.subject, "Votre code pour Maison Ferrand");
    expect_in_both_parts(&mail, &["Bonjour Élise,", "012345", "15\u{a0}minutes", "203.0.113.9"]);
    assert!(mail.html.contains(r#"<html lang="fr""#));
}

#[test]
fn a_changed_password_is_told_with_time_and_address() {
    let from = from();
    let mail = render(Language::En, SecurityMatter::PasswordChanged { from: &from });
    assert_eq!(mail.subject, "Your password for Maison Ferrand was changed");
    let phrases =
        ["Friday 27 November 2026 at 14:05 UTC", "203.0.113.9", "Chrome · Windows", "https://portal.example.org"];
    expect_in_both_parts(&mail, &phrases);
    expect_in_both_parts(&render(Language::Fr, SecurityMatter::PasswordChanged { from: &from }), &["203.0.113.9"]);
    let unknown = Origin::default();
    let mail = render(Language::En, SecurityMatter::PasswordChanged { from: &unknown });
    assert_eq!(mail.text.matches("not known").count(), 2, "{}", mail.text);
}

#[test]
fn an_access_link_says_who_sent_it_and_until_when_it_is_good() {
    let about =
        || SecurityMatter::AccessLink { link: LINK, sender: "Claire <b>Martin\r\n", expires_at: NOW.plus_days(1) };
    let mail = render(Language::En, about());
    expect_in_both_parts(&mail, &["in 24 hours, on Saturday 28 November 2026 at 14:05 UTC", LINK]);
    assert!(mail.html.contains("Claire &lt;b&gt;Martin"), "{}", mail.html);
    assert!(mail.text.lines().any(|line| line == LINK));
    assert!(!mail.text.contains("203.0.113"), "where a broker sits is not the client's business");
    let mail = render(Language::Fr, about());
    expect_in_both_parts(&mail, &["dans 24\u{a0}heures", LINK]);
}

#[test]
fn no_text_is_missing_and_no_hole_is_left() {
    let (code, from) = (code(), from());
    for language in Language::ALL {
        for about in [
            SecurityMatter::ResetCode { code: &code, from: &from },
            SecurityMatter::PasswordChanged { from: &from },
            SecurityMatter::AccessLink { link: LINK, sender: "Claire", expires_at: NOW.plus_days(1) },
            SecurityMatter::ResetLink { link: LINK, from: &from, expires_at: NOW.plus_days(1) },
        ] {
            let key = about.kind().replace('_', "-");
            let mail = render(language, about);
            for part in [&mail.subject, &mail.text, &mail.html] {
                assert!(!part.contains(&format!("{key}-")) && !part.contains("{$"), "{language:?} {key}: {part}");
            }
        }
    }
}

/// For the eye: `MAIL_PREVIEW=/tmp/mail cargo test --lib writes_previews` writes `/tmp/mail-reset_code-en.html` and the others.
#[test]
fn writes_previews() {
    let Ok(path) = std::env::var("MAIL_PREVIEW") else { return };
    let (code, from) = (code(), from());
    for language in Language::ALL {
        for about in [
            SecurityMatter::ResetCode { code: &code, from: &from },
            SecurityMatter::PasswordChanged { from: &from },
            SecurityMatter::AccessLink { link: LINK, sender: "Claire Martin", expires_at: NOW.plus_days(1) },
        ] {
            let name = format!("{path}-{}-{}", about.kind(), language.as_str());
            let mail = render(language, about);
            std::fs::write(format!("{name}.html"), mail.html).unwrap();
            std::fs::write(format!("{name}.txt"), mail.text).unwrap();
        }
    }
}
