//! Writes texts with what the installation calls its brokers. The words are in `locales/<language>/broker-label.txt`.

use crate::domain::{BrokerLabel, Language};

/// Words and those that are written in their place, in the order of the file.
pub type Replacements = Vec<(&'static str, &'static str)>;

/// The pages use the same list.
pub fn replacements(label: BrokerLabel, language: Language) -> Replacements {
    let lines = super::files::broker_labels(language).lines().filter(|line| !line.starts_with('#'));
    let of_label = lines.filter_map(|line| line.split_once(": ")).filter(|(name, _)| *name == label.as_str());
    of_label.filter_map(|(_, words)| words.split_once(" = ")).collect()
}

/// A text with these words. Names in braces or brackets stay.
pub(super) fn write(replacements: &Replacements, text: &str) -> String {
    let replace = |text: &str| replacements.iter().fold(text.to_owned(), |text, (word, ours)| text.replace(word, ours));
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['{', '[']) {
        let (plain, held) = rest.split_at(start);
        written.push_str(&replace(plain));
        let end = held.find(['}', ']']).map_or(held.len(), |end| end + 1);
        let (held, after) = held.split_at(end);
        written.push_str(held);
        rest = after;
    }
    written.push_str(&replace(rest));
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_go_with_their_noun_and_names_of_ours_stay() {
        for (label, language, text, expected) in [
            (BrokerLabel::Broker, Language::En, "Ask your broker.", "Ask your broker."),
            (BrokerLabel::Agent, Language::En, "Or a broker; another broker", "Or an agent; another agent"),
            (BrokerLabel::Coach, Language::En, "Brokers. { $broker } invites", "Coaches. { $broker } invites"),
            (BrokerLabel::Agent, Language::Fr, "Le nom du courtier, votre courtier", "Le nom de l’agent, votre agent"),
            (BrokerLabel::Adviser, Language::Fr, "[broker] Les courtiers", "[broker] Les conseillers"),
        ] {
            assert_eq!(write(&replacements(label, language), text), expected);
        }
    }

    #[test]
    fn every_line_of_the_files_is_read() {
        for language in Language::ALL {
            let lines = super::super::files::broker_labels(language).lines().filter(|line| !line.starts_with('#'));
            let read: usize = BrokerLabel::ALL.into_iter().map(|label| replacements(label, language).len()).sum();
            assert_eq!(lines.count(), read, "{language:?}");
        }
    }
}
