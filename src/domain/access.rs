use serde::{Deserialize, Serialize};

/// What a participant of a transaction may use. Everything, unless the broker says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccessFlags {
    pub documents: bool,
    pub messaging: bool,
    pub tasks: bool,
    pub calendar: bool,
    pub properties: bool,
}

impl Default for AccessFlags {
    fn default() -> Self {
        Self { documents: true, messaging: true, tasks: true, calendar: true, properties: true }
    }
}

/// What changes of it; the rest stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessChanges {
    pub documents: Option<bool>,
    pub messaging: Option<bool>,
    pub tasks: Option<bool>,
    pub calendar: Option<bool>,
    pub properties: Option<bool>,
}

impl AccessFlags {
    pub fn changed(self, changes: AccessChanges) -> Self {
        Self {
            documents: changes.documents.unwrap_or(self.documents),
            messaging: changes.messaging.unwrap_or(self.messaging),
            tasks: changes.tasks.unwrap_or(self.tasks),
            calendar: changes.calendar.unwrap_or(self.calendar),
            properties: changes.properties.unwrap_or(self.properties),
        }
    }
}

/// What an entry `member_added` or `member_removed` tells. One without it was written when there was only the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberChange {
    /// The person takes part in the transaction from now on, or no longer.
    Part,
    /// The access to the messages was given or taken; the part in the transaction stays as it was.
    Messages,
    /// The person proved the address of the account. What the account wrote before may be somebody else's.
    Address,
}
