use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Role;
use super::states::states;

/// What a participant of a transaction may use. Everything, unless the broker says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessChanges {
    pub documents: Option<bool>,
    pub messaging: Option<bool>,
    pub tasks: Option<bool>,
    pub calendar: Option<bool>,
    pub properties: Option<bool>,
}

impl AccessFlags {
    /// What stands in both.
    pub fn within(self, other: Self) -> Self {
        Self {
            documents: self.documents && other.documents,
            messaging: self.messaging && other.messaging,
            tasks: self.tasks && other.tasks,
            calendar: self.calendar && other.calendar,
            properties: self.properties && other.properties,
        }
    }

    /// Is anything here that neither of the two has?
    pub fn exceeds(self, one: Self, other: Self) -> bool {
        let may = |wanted: bool, one: bool, other: bool| !wanted || one || other;
        !(may(self.documents, one.documents, other.documents)
            && may(self.messaging, one.messaging, other.messaging)
            && may(self.tasks, one.tasks, other.tasks)
            && may(self.calendar, one.calendar, other.calendar)
            && may(self.properties, one.properties, other.properties))
    }

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

/// What of a person's part in a transaction is asked for, before something of it is given or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Any part at all: the title, the kind, the progress, who takes part.
    Part,
    /// To act for the clients of the transaction.
    Broker,
    Documents,
    /// The conversation.
    Messaging,
    Tasks,
    /// Planned and key dates, and feeds of them.
    Calendar,
    /// The address, the city, the prices.
    Properties,
}

states! {
    /// The fields of a transaction that an access flag hides.
    #[derive(utoipa::ToSchema)]
    #[schema(rename_all = "snake_case")]
    HiddenField {
        StartDate = "start_date",
        EndDate = "end_date",
        Address = "address",
        City = "city",
        OfferedPrice = "offered_price",
        AcceptedPrice = "accepted_price",
    }
}

impl HiddenField {
    pub fn need(self) -> Need {
        match self {
            Self::StartDate | Self::EndDate => Need::Calendar,
            Self::Address | Self::City | Self::OfferedPrice | Self::AcceptedPrice => Need::Properties,
        }
    }
}

impl Need {
    pub fn is_met_by(self, role: Role, access: AccessFlags) -> bool {
        match self {
            Self::Part => true,
            Self::Broker => role == Role::Broker,
            Self::Documents => access.documents,
            Self::Messaging => access.messaging,
            Self::Tasks => access.tasks,
            Self::Calendar => access.calendar,
            Self::Properties => access.properties,
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
