//! A broker's record of a client: what the broker knows of a person, before that person has an account and after.

mod details;

use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use details::client_fields;
pub use details::{ClientChanges, ClientDetails, ClientForm};

use super::{Account, ClientId, Code, InvitationId, Refusal, Refusals, Timestamp, TransactionId};
use crate::domain::states::states;

states! {
    /// How far somebody has come.
    ClientState {
        NotInvited = "not_invited",
        /// An invitation is under way.
        Invited = "invited",
        /// They have an account.
        Active = "active",
        /// The broker has closed their transactions for this person.
        Inactive = "inactive",
    }
}

#[derive(Debug, Clone)]
pub struct Client {
    pub id: ClientId,
    pub account: Option<Account>,
    /// The details as the broker wrote them; [`Client::shown`] gives those that are shown.
    pub details: ClientDetails,
    /// The invitation that can be accepted, if its time is not over.
    pub pending: Option<ClientInvitation>,
    pub invited_at: Option<Timestamp>,
    pub activated_at: Option<Timestamp>,
    pub inactive_at: Option<Timestamp>,
    pub archived_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// They accepted an invitation of this broker, who so was given their address and phone.
    pub has_contact: bool,
    /// They take or took part in a transaction in which the broker acts as one now, or [`Client::has_contact`].
    pub is_within_reach: bool,
    /// The transactions in which they take part with this broker now.
    pub transactions: Vec<SharedTransaction>,
}

/// An invitation under way.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClientInvitation {
    pub id: InvitationId,
    pub expires_at: Timestamp,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SharedTransaction {
    pub id: TransactionId,
    pub title: String,
}

impl ClientState {
    pub fn of(has_account: bool, is_inactive: bool, is_invited: bool) -> Self {
        match (has_account, is_inactive, is_invited) {
            (true, true, _) => Self::Inactive,
            (true, false, _) => Self::Active,
            (false, _, true) => Self::Invited,
            (false, _, false) => Self::NotInvited,
        }
    }
}

impl Client {
    pub fn state_at(&self, now: Timestamp) -> ClientState {
        ClientState::of(self.account.is_some(), self.inactive_at.is_some(), self.pending_at(now).is_some())
    }

    pub fn pending_at(&self, now: Timestamp) -> Option<&ClientInvitation> {
        self.pending.as_ref().filter(|pending| pending.expires_at > now)
    }

    /// The details as the broker sees them: with the person's own name, and the contact that they gave this broker.
    pub fn shown(&self) -> ClientDetails {
        let own = self.details.clone();
        let Some(account) = &self.account else { return own };
        let (first_name, last_name) = (account.first_name.clone(), account.last_name.clone());
        let email = if self.has_contact { Some(account.email.clone()) } else { own.email };
        let phone = self.phone_of_account().map(str::to_owned).or(own.phone);
        ClientDetails { first_name, last_name, email, phone, ..own }
    }

    /// The fields that the person keeps, and the broker no longer changes.
    pub fn kept_by_client(&self) -> Vec<&'static str> {
        let kept = [
            ("first_name", self.account.is_some()),
            ("last_name", self.account.is_some()),
            ("email", self.has_contact),
            ("phone", self.phone_of_account().is_some()),
        ];
        kept.into_iter().filter_map(|(field, is_kept)| is_kept.then_some(field)).collect()
    }

    /// The record after the changes. Refuses `kept_by_client`, and every broken rule of a field that is changed.
    pub fn changed(&self, changes: ClientChanges) -> Result<ClientDetails, Refusals> {
        let (shown, own) = (self.shown(), &self.details);
        let mut refusals = Refusals::default();
        let mut new = changes.applied_to(shown.clone(), &mut refusals);
        let mut keep = |field: &'static str, is_changed: bool| {
            if is_changed {
                refusals.add([Refusal::field(Code::KeptByClient, field)]);
            }
        };
        for field in self.kept_by_client() {
            match field {
                "first_name" => {
                    keep(field, new.first_name != shown.first_name);
                    new.first_name.clone_from(&own.first_name);
                }
                "last_name" => {
                    keep(field, new.last_name != shown.last_name);
                    new.last_name.clone_from(&own.last_name);
                }
                "email" => {
                    keep(field, new.email != shown.email);
                    new.email.clone_from(&own.email);
                }
                _ => {
                    keep(field, new.phone != shown.phone);
                    new.phone.clone_from(&own.phone);
                }
            }
        }
        if refusals.is_empty() { Ok(new) } else { Err(refusals) }
    }

    /// A number is told while the two do something together.
    fn phone_of_account(&self) -> Option<&str> {
        let account = self.account.as_ref().filter(|_| self.has_contact && !self.transactions.is_empty())?;
        account.phone.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Language;

    fn form() -> ClientForm {
        ClientForm { first_name: "Paul".to_owned(), last_name: "Durand".to_owned(), ..ClientForm::default() }
    }

    #[test]
    fn all_that_is_wrong_with_a_form_is_said_at_once() {
        let long = |length: usize| Some("x".repeat(length));
        let broken = ClientForm {
            first_name: " ".to_owned(),
            last_name: "x".repeat(101),
            company: long(201),
            email: Some("paul@".to_owned()),
            phone: Some("?".to_owned()),
            whatsapp: Some("12".to_owned()),
            address: Some("\u{202e}".to_owned() + "x"),
            city: long(201),
            language: None,
            notes: long(5_001),
        };
        let refusals = broken.check(Language::Fr).unwrap_err();
        let said: Vec<_> = refusals.iter().map(|refusal| (refusal.field.as_deref().unwrap(), refusal.code)).collect();
        assert_eq!(
            said,
            [
                ("first_name", Code::ValueMissing),
                ("last_name", Code::ValueTooLong),
                ("company", Code::ValueTooLong),
                ("email", Code::EmailInvalid),
                ("phone", Code::PhoneInvalid),
                ("whatsapp", Code::PhoneInvalid),
                ("address", Code::DirectionControls),
                ("city", Code::ValueTooLong),
                ("notes", Code::ValueTooLong),
            ]
        );
    }

    #[test]
    fn what_is_empty_is_not_there() {
        let empty = || Some(" \u{200b}".to_owned());
        let details = ClientForm { email: empty(), phone: empty(), city: empty(), notes: empty(), ..form() };
        let plain = form().check(Language::En).unwrap();
        assert_eq!(details.check(Language::En).unwrap(), plain);
        assert_eq!((plain.first_name.as_str(), plain.language), ("Paul", Language::En));
    }

    #[test]
    fn a_record_is_completed_and_not_overwritten() {
        let own = ClientForm { city: Some("Nantes".to_owned()), ..form() }.check(Language::Fr).unwrap();
        let other = ClientForm { city: Some("Paris".to_owned()), company: Some("Durand SA".to_owned()), ..form() };
        let both = own.completed_by(other.check(Language::En).unwrap());
        assert_eq!((both.city.as_deref(), both.company.as_deref()), (Some("Nantes"), Some("Durand SA")));
        assert_eq!(both.language, Language::Fr);
    }
}
