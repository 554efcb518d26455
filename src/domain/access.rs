use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Role;

/// Declares the flags: for each its need, its name and its bit in the column `access`.
macro_rules! flags {
    ($($(#[$doc:meta])* $need:ident $flag:ident = $bit:literal,)+) => {
        /// The areas of a transaction that a participant may use. All of them, unless the broker says otherwise.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct AccessFlags {
            $(pub $flag: bool,)+
        }

        /// The flags that change; the others stay as they are.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct AccessChanges {
            $(pub $flag: Option<bool>,)+
        }

        /// The requirement on a person's part in a transaction, before something of it is given or changed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Need {
            /// Any part at all: the title, the kind, the progress, who takes part.
            Part,
            /// To act for the clients of the transaction.
            Broker,
            $($(#[$doc])* $need,)+
        }

        impl AccessFlags {
            /// The flags as one number. A bit never gets another meaning: it stands in rows.
            pub fn bits(self) -> i32 {
                0 $(| if self.$flag { $bit } else { 0 })+
            }

            pub fn from_bits(bits: i32) -> Self {
                Self { $($flag: bits & $bit != 0,)+ }
            }

            pub fn changed(self, changes: AccessChanges) -> Self {
                Self { $($flag: changes.$flag.unwrap_or(self.$flag),)+ }
            }
        }

        impl Need {
            /// The flag that meets it, as a bit. `None`: no flag is asked for.
            pub fn bit(self) -> Option<i32> {
                match self {
                    Self::Part | Self::Broker => None,
                    $(Self::$need => Some($bit),)+
                }
            }
        }
    };
}

flags! {
    Documents documents = 1,
    /// The conversation.
    Messaging messaging = 2,
    Tasks tasks = 4,
    /// Planned and key dates, and feeds of them.
    Calendar calendar = 8,
    /// The address, the city, the prices.
    Properties properties = 16,
}

impl Default for AccessFlags {
    fn default() -> Self {
        Self::from_bits(i32::MAX)
    }
}

impl From<AccessFlags> for i32 {
    fn from(access: AccessFlags) -> Self {
        access.bits()
    }
}

impl AccessFlags {
    /// The flags that stand in both.
    pub fn within(self, other: Self) -> Self {
        Self::from_bits(self.bits() & other.bits())
    }

    /// Is anything here that neither of the two has?
    pub fn exceeds(self, one: Self, other: Self) -> bool {
        self.bits() & !(one.bits() | other.bits()) != 0
    }

    /// Is the flag there that meets the need, if a flag does?
    pub fn shows(self, need: Need) -> bool {
        need.bit().is_none_or(|bit| self.bits() & bit != 0)
    }
}

impl Need {
    pub fn is_met_by(self, role: Role, access: AccessFlags) -> bool {
        access.shows(self) && (self != Self::Broker || role == Role::Broker)
    }
}

/// The change behind an entry `member_added` or `member_removed`. An entry without it was written when there was only the first kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberChange {
    /// The person takes part in the transaction from now on, or no longer.
    Part,
    /// The access to the messages was given or taken; the part in the transaction stays as it was.
    Messages,
    /// The person proved the address of the account. Earlier messages of the account may be somebody else's.
    Address,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_one_bit_and_all_are_there_by_default() {
        assert_eq!(AccessFlags::default().bits(), 31);
        for bits in 0..32 {
            assert_eq!(AccessFlags::from_bits(bits).bits(), bits);
        }
        let without_messages = AccessFlags { messaging: false, ..Default::default() };
        assert!(!Need::Messaging.is_met_by(Role::Broker, without_messages));
        assert!(Need::Tasks.is_met_by(Role::Client, without_messages));
        assert!(!Need::Broker.is_met_by(Role::Client, AccessFlags::default()));
        assert!(AccessFlags::default().exceeds(without_messages, without_messages));
        assert!(!without_messages.exceeds(without_messages, AccessFlags::from_bits(0)));
    }
}
