//! What an installation calls the people who act for clients: they are brokers, agents, advisers or coaches.

use super::Language;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BrokerLabel {
    #[default]
    Broker,
    Agent,
    Adviser,
    Coach,
}

impl BrokerLabel {
    pub const NAMES: [&str; 4] = ["broker", "agent", "adviser", "coach"];

    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "broker" => Some(Self::Broker),
            "agent" => Some(Self::Agent),
            "adviser" => Some(Self::Adviser),
            "coach" => Some(Self::Coach),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Agent => "agent",
            Self::Adviser => "adviser",
            Self::Coach => "coach",
        }
    }

    /// What is written in place of what, the longest first: articles go with their noun. The pages use the same list.
    pub fn words(self, language: Language) -> &'static [(&'static str, &'static str)] {
        match (self, language) {
            (Self::Broker, _) => &[],
            (Self::Agent, Language::Fr) => &[
                ("le courtier", "l’agent"),
                ("Le courtier", "L’agent"),
                ("du courtier", "de l’agent"),
                ("au courtier", "à l’agent"),
                ("de courtier", "d’agent"),
                ("courtier", "agent"),
                ("Courtier", "Agent"),
            ],
            (Self::Adviser, Language::Fr) => &[("courtier", "conseiller"), ("Courtier", "Conseiller")],
            (Self::Coach, Language::Fr) => &[("courtier", "coach"), ("Courtier", "Coach")],
            (Self::Agent, Language::En) => {
                &[("a broker", "an agent"), ("A broker", "An agent"), ("broker", "agent"), ("Broker", "Agent")]
            }
            (Self::Adviser, Language::En) => {
                &[("a broker", "an adviser"), ("A broker", "An adviser"), ("broker", "adviser"), ("Broker", "Adviser")]
            }
            (Self::Coach, Language::En) => {
                &[("brokers", "coaches"), ("Brokers", "Coaches"), ("broker", "coach"), ("Broker", "Coach")]
            }
        }
    }

    /// A text with these words. What stands in braces or brackets is a name of ours and stays.
    pub fn write(self, language: Language, text: &str) -> String {
        let mut written = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(['{', '[']) {
            let (plain, held) = rest.split_at(start);
            written.push_str(&self.replace(language, plain));
            let end = held.find(['}', ']']).map_or(held.len(), |end| end + 1);
            let (held, after) = held.split_at(end);
            written.push_str(held);
            rest = after;
        }
        written.push_str(&self.replace(language, rest));
        written
    }

    fn replace(self, language: Language, text: &str) -> String {
        self.words(language).iter().fold(text.to_owned(), |text, (word, ours)| text.replace(word, ours))
    }
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
            assert_eq!(label.write(language, text), expected);
        }
        for name in BrokerLabel::NAMES {
            assert_eq!(BrokerLabel::parse(name).map(BrokerLabel::as_str), Some(name));
        }
    }
}
