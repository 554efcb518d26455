use std::collections::BTreeSet;

use super::*;
use crate::domain::{
    ClientState, Code, InvitationState, MailState, Role, Timestamp, TransactionKind, TransactionStatus,
};

fn french() -> Vec<&'static str> {
    files::of(Language::Fr)
}

fn english() -> Vec<&'static str> {
    files::of(Language::En)
}

fn keys(sources: &[&str]) -> BTreeSet<String> {
    let is_key = |line: &&str| line.starts_with(|c: char| c.is_ascii_alphabetic());
    let key = |line: &str| line.split_once(" =").map(|(key, _)| key.to_owned()).unwrap();
    sources.iter().flat_map(|source| source.lines().filter(is_key).map(key)).collect()
}

#[test]
fn every_file_parses() {
    for source in [french(), english()].iter().flatten() {
        FluentResource::try_new((*source).to_owned()).map_err(|(_, errors)| errors).unwrap();
    }
}

#[test]
fn both_languages_have_the_same_keys() {
    let (in_french, in_english) = (keys(&french()), keys(&english()));
    assert_eq!(in_french.symmetric_difference(&in_english).collect::<Vec<_>>(), Vec::<&String>::new());
    let files = french();
    let lines = files.iter().flat_map(|s| s.lines()).filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase()));
    assert_eq!(lines.count(), in_french.len(), "a key is written twice");
}

#[test]
fn every_code_has_a_text_in_every_language_and_no_text_is_left_over() {
    let texts = Texts::load();
    for language in Language::ALL {
        for code in Code::ALL {
            let text = texts.refusal(language, &Refusal::new(*code));
            assert!(text.ends_with('.') && text.contains(' '), "{language:?} {}: {text}", code.as_str());
        }
    }
    let codes: BTreeSet<String> = Code::ALL.iter().map(|c| format!("error-{}", dashed(c.as_str()))).collect();
    let written: BTreeSet<String> = keys(&english()).into_iter().filter(|k| k.starts_with("error-")).collect();
    assert_eq!(written, codes);
}

/// Typographic apostrophes, and a space that does not break before double punctuation.
#[test]
fn french_is_set_as_french() {
    for source in french() {
        for line in source.lines().filter(|l| !l.starts_with('#')) {
            assert!(!line.contains('\''), "straight apostrophe: {line}");
            for sign in [" :", " ;", " ?", " !", " »", "« "] {
                assert!(!line.contains(sign) || line.contains(", ?"), "breaking space: {line}");
            }
        }
    }
}

#[test]
fn a_missing_key_is_its_own_text() {
    let texts = Texts::load();
    assert_eq!(texts.get(Language::Fr, "no-such-key", &[]), "no-such-key");
    assert_eq!(
        texts.mail_error(Language::En, "from_another_version"),
        texts.get(Language::En, "mail-error-unknown", &[])
    );
    assert!(texts.mail_error(Language::En, "smtp_authentication").contains("application password"));
    assert!(texts.mail_error(Language::Fr, "smtp_authentication").contains("mot de passe d’application"));
}

#[test]
fn writes_dates_in_words() {
    let texts = Texts::load();
    // 2026-11-27T14:05:00Z and 2027-01-01T09:00:00Z
    let (friday, new_year) = (Timestamp(1_795_788_300_000), Timestamp(1_798_794_000_000));
    assert_eq!(texts.date_in_words(Language::En, friday), "Friday 27 November 2026 at 14:05 UTC");
    assert_eq!(texts.date_in_words(Language::Fr, friday), "vendredi 27 novembre 2026 à 14\u{a0}h\u{a0}05 (heure UTC)");
    assert_eq!(texts.date_in_words(Language::En, new_year), "Friday 1 January 2027 at 09:00 UTC");
    assert_eq!(texts.date_in_words(Language::Fr, new_year), "vendredi 1er janvier 2027 à 9\u{a0}h\u{a0}00 (heure UTC)");
}

#[test]
fn writes_dates_in_the_zone_of_the_installation() {
    let texts = |zone: &str| Texts::load().in_zone(jiff::tz::TimeZone::get(zone).unwrap());
    // 2026-11-27T23:05:00Z in winter time, and 2027-07-01T22:30:00Z in summer time.
    let (winter, summer) = (Timestamp(1_795_820_700_000), Timestamp(1_814_481_000_000));
    let paris = texts("Europe/Paris");
    assert_eq!(
        paris.date_in_words(Language::Fr, winter),
        "samedi 28 novembre 2026 à 0\u{a0}h\u{a0}05 (heure de Paris)"
    );
    assert_eq!(paris.date_in_words(Language::En, summer), "Friday 2 July 2027 at 00:30 (Paris time)");
    let athens = texts("Europe/Athens").date_in_words(Language::Fr, winter);
    assert_eq!(athens, "samedi 28 novembre 2026 à 1\u{a0}h\u{a0}05 (heure d’Athens)");
    assert!(texts("America/New_York").date_in_words(Language::En, winter).ends_with("at 18:05 (New York time)"));
}

#[test]
fn writes_how_long_it_is_until() {
    let texts = Texts::load();
    let now = Timestamp(1_795_788_300_000);
    let until = |ms: i64, language| texts.time_until(language, now, now.plus_ms(ms));
    assert_eq!(until(7 * 86_400_000, Language::En), "in 7 days");
    assert_eq!(until(7 * 86_400_000 - 30, Language::Fr), "dans 7\u{a0}jours");
    assert_eq!(until(36 * 3_600_000, Language::En), "in 36 hours");
    assert_eq!(until(60_000, Language::Fr), "dans 1\u{a0}minute");
    assert_eq!(until(-1, Language::En), "in 1 minute");
    let wait = |ms: u32, language| texts.time_to_wait(language, ms);
    for (ms, words) in
        [(0, "in 1 minute"), (60_001, "in 2 minutes"), (7_140_000, "in 119 minutes"), (7_200_001, "in 3 hours")]
    {
        assert_eq!(wait(ms, Language::En), words);
    }
    assert_eq!(wait(86_400_000, Language::Fr), "dans 24\u{a0}heures");
}

#[test]
fn an_installation_has_its_own_word_for_brokers() {
    let texts = Texts::calling(crate::domain::BrokerLabel::Adviser);
    let code = Refusal::new(Code::LastBroker);
    assert!(texts.refusal(Language::En, &code).starts_with("A transaction needs at least one adviser."));
    assert!(texts.refusal(Language::Fr, &code).contains("conseiller"), "{}", texts.refusal(Language::Fr, &code));
    assert!(Texts::load().refusal(Language::En, &code).contains("broker"));
}

/// The pages' dictionary takes its words from the same file (`src/http/assets/dictionaries.rs`).
#[test]
fn every_kind_state_and_role_has_a_word_and_no_word_is_left_over() {
    let values = [
        ("role", Role::ALL.map(Role::as_str).join(" ")),
        ("transaction-kind", TransactionKind::ALL.map(TransactionKind::as_str).join(" ")),
        ("transaction-status", TransactionStatus::ALL.map(TransactionStatus::as_str).join(" ")),
        ("access", "documents messaging tasks calendar properties".to_owned()),
        ("invitation-state", InvitationState::ALL.map(InvitationState::as_str).join(" ")),
        ("client-state", ClientState::ALL.map(ClientState::as_str).join(" ")),
        (
            "client-field",
            "first_name last_name company email phone whatsapp address city language notes state invited_at activated_at \
             last_login_at created_at"
                .to_owned(),
        ),
        ("mail-state", format!("none {}", MailState::ALL.map(MailState::as_str).join(" "))),
    ];
    let expected: BTreeSet<String> =
        values.iter().flat_map(|(name, list)| list.split(' ').map(move |value| format!("{name}-{value}"))).collect();
    for words in [include_str!("../../../locales/fr/words.ftl"), include_str!("../../../locales/en/words.ftl")] {
        assert_eq!(keys(&[words]), expected);
    }
}
