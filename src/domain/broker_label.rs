//! What an installation calls the people who act for clients: brokers, agents, advisers or coaches. The words
//! themselves are texts (`locales/<language>/broker-label.txt`).

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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_as_it_is_written() {
        for name in BrokerLabel::NAMES {
            assert_eq!(BrokerLabel::parse(name).map(BrokerLabel::as_str), Some(name));
        }
    }
}
