//! The fields that a broker fills in of a client. A field is one line of the list below: its name, its type in a form, its type in the
//! record, and its rule. All else follows from the line: the bodies that make and change a record, its check, the API's document, the
//! columns of tables, and the column that keeps it (`store/clients.rs`).

mod rules;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use rules::{Completed, FromCell, chosen, label, mailbox, name, number, text};

use crate::domain::{Code, EmailAddress, Language, Refusal, Refusals, given};

/// Hands the list to the macro `$then`.
macro_rules! client_fields {
    ($then:ident $($given:ident)*) => {
        $then! { $($given)* =>
            first_name: String => String = name;
            last_name: String => String = name;
            company: Option<String> => Option<String> = label::<200>;
            email: Option<String> => Option<EmailAddress> = mailbox;
            phone: Option<String> => Option<String> = number;
            whatsapp: Option<String> => Option<String> = number;
            address: Option<String> => Option<String> = label::<200>;
            city: Option<String> => Option<String> = label::<200>;
            /// The language of the invitations; the broker's own by default.
            language: Option<Language> => Language = chosen;
            notes: Option<String> => Option<String> = text::<5_000>;
        }
    };
}
pub(crate) use client_fields;

macro_rules! forms {
    (=> $($(#[$meta:meta])* $field:ident: $form:ty => $kept:ty = $rule:expr;)*) => {
        /// The form of a new record.
        #[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct ClientForm {
            $($(#[$meta])* pub $field: $form,)*
        }

        /// The fields that change: a field that is not given stays, and null empties a field that may be empty.
        #[derive(Debug, Clone, Default, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct ClientChanges {
            $(#[serde(default, deserialize_with = "given")] $field: Option<$form>,)*
        }

        /// A record's fields, checked.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
        pub struct ClientDetails {
            $(pub $field: $kept,)*
        }

        impl ClientForm {
            fn checked(self) -> Result<ClientDetails, Refusals> {
                let mut refusals = Refusals::default();
                $(let $field = refusals.check(($rule)(self.$field, stringify!($field)));)*
                match ($($field,)*) {
                    ($(Some($field),)*) => Ok(ClientDetails { $($field,)* }),
                    _ => Err(refusals),
                }
            }

            /// Fills in the field of this name from a cell of a table. Refuses `value_invalid`.
            pub fn fill_in(&mut self, field: &str, cell: String) -> Result<(), Refusal> {
                match field {
                    $(stringify!($field) => {
                        let read = FromCell::from_cell(cell);
                        self.$field = read.ok_or_else(|| Refusal::field(Code::ValueInvalid, stringify!($field)))?;
                    })*
                    _ => {}
                }
                Ok(())
            }
        }

        impl ClientChanges {
            fn written_over(self, mut details: ClientDetails, refusals: &mut Refusals) -> ClientDetails {
                $(if let Some(value) = self.$field
                    && let Some(kept) = refusals.check(($rule)(value, stringify!($field)))
                {
                    details.$field = kept;
                })*
                details
            }
        }

        impl ClientDetails {
            pub const FIELDS: [&str; [$(stringify!($field)),*].len()] = [$(stringify!($field)),*];

            /// Each field as the cell of a table.
            pub fn cells(&self) -> impl Iterator<Item = String> {
                [$(serde_json::json!(self.$field)),*].into_iter().map(|value| value.as_str().unwrap_or_default().to_owned())
            }

            /// Takes from the other record the fields that are empty in this one.
            pub fn completed_by(self, other: Self) -> Self {
                Self { $($field: self.$field.completed_by(other.$field),)* }
            }
        }
    };
}

client_fields!(forms);

impl ClientForm {
    /// The record, or all that is wrong with the form.
    pub fn check(mut self, language: Language) -> Result<ClientDetails, Refusals> {
        self.language.get_or_insert(language);
        self.checked()
    }
}

impl ClientChanges {
    /// A field that does not change is not checked: rules become stricter, and an old name must not keep anybody from adding a note.
    pub(super) fn applied_to(mut self, details: ClientDetails, refusals: &mut Refusals) -> ClientDetails {
        // Null chooses no language.
        self.language = self.language.filter(Option::is_some);
        self.written_over(details, refusals)
    }
}
