//! The fields that the brokers of a transaction fill in. A field is one line of the list below: its name and type, its rule, and its
//! readers. All else follows from the line: the bodies that open and change a transaction, the check, the entries, what a flag hides, the
//! API's document, and the column that keeps it (`store/transactions/row.rs`).

mod hidden_field;
mod rules;

use std::ops::Deref;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

pub use hidden_field::HiddenField;
use rules::{anything, day, label, line, percent, price, whole_number};

use super::{StatusChange, TransactionKind};
use crate::domain::{AccessFlags, Code, Money, Need, Refusal, Refusals, given};

/// Hands the list to the macro `$then`. A field `for Part` is for everybody who takes part; a field for another need is hidden from
/// those who do not meet it, and null for them.
macro_rules! transaction_fields {
    ($then:ident $($given:ident)*) => {
        $then! { $($given)* =>
            title: String = line::<200>, for Part;
            kind: TransactionKind = anything, for Part;
            /// Percent, 0 to 100.
            #[serde(default, deserialize_with = "whole_number")]
            progress: i32 = percent, for Part;
            address: Option<String> = label::<200>, for Properties;
            city: Option<String> = label::<200>, for Properties;
            /// `YYYY-MM-DD`: a day has no time zone.
            start_date: Option<String> = day, for Calendar;
            /// `YYYY-MM-DD`, not before `start_date`.
            end_date: Option<String> = day, for Calendar;
            offered_price: Option<Money> = price, for Properties;
            accepted_price: Option<Money> = price, for Properties;
        }
    };
}
pub(crate) use transaction_fields;

macro_rules! forms {
    (=> $($(#[$meta:meta])* $field:ident: $type:ty = $rule:expr, for $need:ident;)*) => {
        /// The form of a transaction: the body of a request that opens one.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema(as = TransactionBody)]
        pub struct TransactionForm {
            $($(#[$meta])* pub $field: $type,)*
        }

        /// The fields that change: the body of a request that changes a transaction. A field that is not given stays, null empties it.
        #[derive(Debug, Clone, Default, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema(as = TransactionChangeBody)]
        pub struct TransactionChanges {
            pub status: Option<StatusChange>,
            $(#[serde(default, deserialize_with = "given")] pub $field: Option<$type>,)*
        }

        /// Each field with what a person must see to know it.
        const FIELDS: &[(&str, Need)] = &[$((stringify!($field), Need::$need)),*];

        impl TransactionForm {
            /// The form as it is kept, or all that is wrong with it. A field that stands as it stood `before` is not checked: rules
            /// become stricter, and an old title must not keep anybody from mending a date.
            fn checked(mut self, before: Option<&Self>) -> Result<TransactionDetails, Refusals> {
                let mut refusals = Refusals::default();
                $(if before.is_none_or(|before| before.$field != self.$field)
                    && let Some(kept) = refusals.check(($rule)(self.$field.clone(), stringify!($field)))
                {
                    self.$field = kept;
                })*
                self.check_days(before, &mut refusals);
                if refusals.is_empty() { Ok(TransactionDetails(self)) } else { Err(refusals) }
            }
        }

        impl TransactionDetails {
            /// The details as a person with this access sees them.
            pub fn seen_with(mut self, access: AccessFlags) -> Self {
                $(if !access.shows(Need::$need) {
                    self.0.$field = Default::default();
                })*
                self
            }

            /// Each field as JSON.
            pub fn values(&self) -> impl Iterator<Item = (&'static str, Value)> {
                [$((stringify!($field), json!(self.0.$field))),*].into_iter()
            }
        }

        impl TransactionChanges {
            fn applied_to(self, mut form: TransactionForm) -> TransactionForm {
                $(if let Some(value) = self.$field {
                    form.$field = value;
                })*
                form
            }

            /// The needs of a person who changes these fields: nobody changes what they do not see.
            pub fn needs(&self) -> impl Iterator<Item = Need> {
                [$((self.$field.is_some(), Need::$need)),*].into_iter().filter_map(|(given, need)| given.then_some(need))
            }
        }
    };
}

transaction_fields!(forms);

/// A form that keeps the rules. Only this module makes one, and the store, of what it kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct TransactionDetails(TransactionForm);

impl Deref for TransactionDetails {
    type Target = TransactionForm;

    fn deref(&self) -> &TransactionForm {
        &self.0
    }
}

impl TransactionDetails {
    /// Refuses all that is wrong with the form, each beside its field.
    pub fn of(form: TransactionForm) -> Result<Self, Refusals> {
        form.checked(None)
    }

    /// The details as they were kept: rules may have become stricter since.
    pub fn stored(form: TransactionForm) -> Self {
        Self(form)
    }

    /// The details of a transaction of which only the kind is known. The title is of our own making.
    pub fn titled(title: String, kind: TransactionKind) -> Self {
        Self(TransactionForm { title, kind, ..Default::default() })
    }

    pub fn changed(&self, changes: TransactionChanges) -> Result<Self, Refusals> {
        changes.applied_to(self.0.clone()).checked(Some(&self.0))
    }

    pub(super) fn is_open(field: &str) -> bool {
        FIELDS.contains(&(field, Need::Part))
    }
}

impl TransactionForm {
    /// Days written as `YYYY-MM-DD` sort as text.
    fn check_days(&self, before: Option<&Self>, refusals: &mut Refusals) {
        let days = |form: &Self| (form.start_date.clone(), form.end_date.clone());
        let is_new = before.is_none_or(|before| days(before) != days(self));
        let are_days = refusals.iter().all(|refusal| refusal.code != Code::DateInvalid);
        if let (true, true, (Some(start), Some(end))) = (is_new, are_days, days(self))
            && end < start
        {
            refusals.add([Refusal::field(Code::DatesReversed, "end_date")]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(form: Value) -> Vec<(String, Code)> {
        let form: TransactionForm = serde_json::from_value(form).unwrap();
        let refusals = TransactionDetails::of(form).unwrap_err();
        refusals.iter().map(|refusal| (refusal.field.as_deref().unwrap_or_default().to_owned(), refusal.code)).collect()
    }

    #[test]
    fn every_mistake_of_a_form_is_told_beside_its_field() {
        let form = json!({ "title": " ", "kind": "sale", "progress": 4_294_967_296_i64, "city": "x".repeat(201),
            "start_date": "2026-02-01", "end_date": "2026-01-31" });
        let expected = [
            ("title", Code::ValueMissing),
            ("progress", Code::ProgressInvalid),
            ("city", Code::ValueTooLong),
            ("end_date", Code::DatesReversed),
        ];
        assert_eq!(refused(form), expected.map(|(field, code)| (field.to_owned(), code)));
    }

    #[test]
    fn what_is_not_changed_is_not_checked_and_a_change_names_what_it_touches() {
        let old = TransactionDetails::titled("x".repeat(300), TransactionKind::Sale);
        let changes: TransactionChanges =
            serde_json::from_value(json!({ "city": "Nantes", "end_date": null, "title": null })).unwrap();
        assert_eq!(changes.needs().collect::<Vec<_>>(), [Need::Properties, Need::Calendar]);
        let new = old.changed(changes).unwrap();
        assert_eq!((new.city.as_deref(), new.title.len()), (Some("Nantes"), 300));
        assert!(new.changed(TransactionChanges { title: Some(String::new()), ..Default::default() }).is_err());
    }

    #[test]
    fn a_flag_hides_its_fields_and_no_other() {
        let money = json!({ "amount_minor": 1, "currency": "EUR" });
        let full = json!({ "title": "House", "kind": "sale", "progress": 5, "address": "a", "city": "c", "start_date": "2026-02-01",
            "end_date": "2026-02-01", "offered_price": money, "accepted_price": money });
        let details = TransactionDetails::of(serde_json::from_value(full.clone()).unwrap()).unwrap();
        assert_eq!(details.clone().seen_with(AccessFlags::default()), details);
        for (access, hidden) in [
            (AccessFlags { calendar: false, ..Default::default() }, Need::Calendar),
            (AccessFlags { properties: false, ..Default::default() }, Need::Properties),
        ] {
            for (field, value) in details.clone().seen_with(access).values() {
                let is_hidden = HiddenField::parse(field).is_some_and(|field| field.need() == hidden);
                assert_eq!(value, if is_hidden { Value::Null } else { full[field].clone() }, "{field}");
            }
        }
    }
}
