//! An installation's name for the people who act for clients: brokers, agents, advisers or coaches. The words
//! themselves are texts (`locales/<language>/broker-label.txt`).

use super::states::states;

states! {
    #[derive(Default)]
    BrokerLabel {
        #[default]
        Broker = "broker",
        Agent = "agent",
        Adviser = "adviser",
        Coach = "coach",
    }
}
