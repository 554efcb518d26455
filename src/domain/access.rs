use serde::{Deserialize, Serialize};

/// What a participant of a transaction may use. Everything, unless the broker says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    pub documents: bool,
    pub messaging: bool,
    pub tasks: bool,
    pub calendar: bool,
    pub properties: bool,
}

impl Default for Access {
    fn default() -> Self {
        Self { documents: true, messaging: true, tasks: true, calendar: true, properties: true }
    }
}
