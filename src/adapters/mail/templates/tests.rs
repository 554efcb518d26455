//! Every mail in both languages, compared with the files in `tests/golden/mails`. `UPDATE=1 cargo test --lib every_mail` writes
//! them anew: a commit then shows what a change of a text or a template does to the mails.

use std::collections::BTreeSet;

use super::*;
use crate::adapters::mail::{
    AccessLinkMail, CameFrom, InvitationMail, Line, Paragraphs, PasswordChangedMail, ResetCodeMail, ResetLinkMail,
    WebLink,
};
use crate::domain::{Brand, BrokerLabel, IpAddress, Origin, ResetCode, TransactionKind};

const NOW: Timestamp = Timestamp(1_795_788_300_000);
const PORTAL: &str = "https://portal.example.org";
const INVITATION: &str = "https://portal.example.org/client/invitation/0123456789abcdef?a=1&b=2";
const LINK: &str = "https://portal.example.org/access/0123456789abcdef";
const MESSAGE: &str = "Bonjour Élise,\n\nJ’y dépose <ce soir> le compromis & les diagnostics.\nÀ très vite,\nClaire";

fn brand() -> Brand {
    let logo_url = None;
    let (name, color) = ("Maison \"Ferrand\" & fils".to_owned(), Brand::DEFAULT_COLOR.to_owned());
    Brand { name, color, logo_url, broker_label: BrokerLabel::Broker }
}

fn compare(file: &str, written: &str) {
    let path = format!("{}/tests/golden/mails/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, written).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, kept, "{file} has changed: UPDATE=1 cargo test --lib every_mail");
}

fn origin() -> Origin {
    let agent = "Mozilla/5.0 (Windows NT 10.0) Chrome/131.0 Safari/537.36";
    Origin { ip: IpAddress::parse("203.0.113.9"), user_agent: Some(agent.to_owned()), device: None }
}

fn portal() -> WebLink<'static> {
    WebLink::of(PORTAL).unwrap()
}

fn link() -> WebLink<'static> {
    WebLink::of(LINK).unwrap()
}

fn first_name() -> Line {
    Line::of("Élise")
}

fn invitation(message: Option<&str>) -> InvitationMail<'static> {
    InvitationMail {
        first_name: first_name(),
        broker: Line::of("Claire <b>Martin"),
        kind: if message.is_some() { TransactionKind::Purchase } else { TransactionKind::Project },
        message: Paragraphs::of(message),
        link: WebLink::of(INVITATION).unwrap(),
        expires_at: NOW.plus_days(7).into(),
    }
}

fn write<M: Mail>(mail: &M, language: Language) -> MailContent {
    MailTemplates::parse(&Texts::load(), &brand()).unwrap().write(mail, language, NOW).unwrap()
}

/// `variant` stands behind the mail's name where one mail has several files. Gives the mail's name.
fn compare_mail<M: Mail>(mail: &M, variant: &str) -> &'static str {
    for language in Language::ALL {
        let written = write(mail, language);
        let file = format!("{}{variant}.{}", M::NAME, language.as_str());
        compare(&format!("{file}.txt"), &format!("Subject: {}\n\n{}\n", written.subject, written.text));
        compare(&format!("{file}.html"), &format!("{}\n", written.html));
    }
    M::NAME
}

#[test]
fn every_mail_is_as_it_was() {
    let (code, expires_at) = (ResetCode::parse("012345").unwrap(), || NOW.plus_days(1).into());
    let (first_name, came_from) = (first_name, || CameFrom::from(&origin()));
    let sender = Line::of("Claire <b>Martin\r\n");
    let written = BTreeSet::from([
        compare_mail(&invitation(Some(MESSAGE)), ""),
        compare_mail(&invitation(None), "_without_message"),
        compare_mail(
            &ResetCodeMail {
                first_name: first_name(),
                code: &code,
                minutes: 15,
                came_from: came_from(),
                portal: portal(),
            },
            "",
        ),
        compare_mail(&PasswordChangedMail { first_name: first_name(), came_from: came_from(), portal: portal() }, ""),
        compare_mail(
            &PasswordChangedMail {
                first_name: first_name(),
                came_from: CameFrom::from(&Origin::default()),
                portal: portal(),
            },
            "_from_nowhere",
        ),
        compare_mail(
            &AccessLinkMail {
                first_name: first_name(),
                sender,
                link: link(),
                expires_at: expires_at(),
                portal: portal(),
            },
            "",
        ),
        compare_mail(
            &ResetLinkMail {
                first_name: first_name(),
                link: link(),
                expires_at: expires_at(),
                came_from: came_from(),
                portal: portal(),
            },
            "",
        ),
    ]);
    assert_eq!(written, MAILS.iter().map(|mail| mail.name).collect(), "a mail has no file to be compared with");
}

/// A template that is in no list is not in the binary.
#[test]
fn every_file_of_a_mail_is_known() {
    let folder = format!("{}/templates/mail", env!("CARGO_MANIFEST_DIR"));
    let names = |path: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(path).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let mails = MAILS.iter().map(|mail| mail.name.to_owned());
    assert_eq!(names(&folder), mails.chain(["frames".to_owned()]).collect());
    for mail in MAILS {
        let files = ["subject", "body.txt", "body.html", "fr.ftl", "en.ftl"].map(str::to_owned);
        assert_eq!(names(&format!("{folder}/{}", mail.name)), files.into(), "{}", mail.name);
    }
    let frames = MAIL_FRAMES.iter().map(|(name, _)| name.trim_start_matches("frames/").to_owned());
    let texts = ["fr.ftl", "en.ftl"].map(str::to_owned);
    assert_eq!(names(&format!("{folder}/frames")), frames.chain(texts).collect());
}

#[test]
fn a_broken_template_is_found_when_the_templates_are_parsed() {
    let broken = [("frames/layout.html", "{% block title %}")];
    let parsed = MailTemplates::parse_all(&Texts::load(), &brand(), &broken, MAILS);
    assert!(matches!(parsed, Err(RenderError::Template(_))));
}

#[test]
fn a_code_leads_nowhere_and_is_not_in_the_subject() {
    let code = ResetCode::parse("012345").unwrap();
    let came_from = CameFrom::from(&origin());
    let mail = ResetCodeMail { first_name: first_name(), code: &code, minutes: 15, came_from, portal: portal() };
    let mail = write(&mail, Language::En);
    assert!(mail.text.lines().any(|line| line.trim() == "012345"), "{}", mail.text);
    assert!(!mail.html.contains("href="), "a mail with a code leads nowhere");
    assert!(!mail.subject.contains("012345"), "subjects stay, and are shown on locked screens");
}

#[test]
fn what_people_typed_is_text() {
    let typed = "<script>alert(1)</script>\n\n\"Bienvenue\" & <b>à bientôt</b>";
    let mail = InvitationMail {
        first_name: Line::of("<img src=x>"),
        broker: Line::of("Eve\r\nBcc: all@example.org"),
        ..invitation(Some(typed))
    };
    let mail = write(&mail, Language::Fr);
    for raw in ["<script", "<b>", "<img src=x"] {
        assert!(!mail.html.contains(raw), "{raw} got through");
    }
    assert!(mail.html.contains("&lt;script&gt;"));
    assert!(mail.text.contains("> <script>alert(1)</script>\n>\n> \"Bienvenue\" & <b>à bientôt</b>\n"));
    assert!(!mail.subject.contains(['\r', '\n']), "{:?}", mail.subject);
}

#[test]
fn a_link_is_whole_and_cannot_leave_its_attribute() {
    let mail = write(&invitation(None), Language::Fr);
    assert!(mail.text.lines().any(|line| line == INVITATION));
    let escaped = INVITATION.replace('&', "&amp;");
    assert_eq!(mail.html.matches(&escaped).count(), 3, "the button, the plain link and its text");
    let link = WebLink::of("https://p.example.org/\"><script>'").unwrap();
    let mail = write(&InvitationMail { link, ..invitation(None) }, Language::Fr);
    assert!(!mail.html.contains("<script"));
    assert!(mail.html.contains("href=\"https://p.example.org/&quot;&gt;&lt;script&gt;&#39;\""));
}

#[test]
fn a_link_that_is_no_web_address_is_refused() {
    for link in ["/client/invitation/x", "javascript:alert(1)", ""] {
        assert!(matches!(WebLink::of(link), Err(RenderError::Link)), "{link}");
    }
}
