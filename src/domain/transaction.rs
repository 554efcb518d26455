use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccessFlags, AccountId, Code, Money, Refusal, Role, Timestamp, TransactionId};

/// What the affair is about; also what an invitation is for (`project_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionKind {
    Purchase,
    Sale,
    Rental,
    Project,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionStatus {
    New,
    InProgress,
    Completed,
    Cancelled,
}

#[derive(Debug, Clone)]
pub struct Transaction {
    pub id: TransactionId,
    pub title: String,
    pub kind: TransactionKind,
    pub status: TransactionStatus,
    /// Percent, 0 to 100.
    pub progress: i32,
    pub address: Option<String>,
    pub city: Option<String>,
    /// `YYYY-MM-DD`: a day has no time zone.
    pub start_date: Option<String>,
    pub end_date: Option<String>,
    pub offered_price: Option<Money>,
    pub accepted_price: Option<Money>,
    /// Nobody else can remove them.
    pub opened_by: AccountId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A person's part in a transaction.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Participant {
    pub account_id: AccountId,
    pub name: String,
    pub role: Role,
    pub access: AccessFlags,
    /// That the person reads the mailbox of the account's address; see [`super::Account`].
    pub address_proved: bool,
    /// A broker who was asked and has not answered: no part yet.
    pub pending: bool,
}

impl Participant {
    /// Bounds the people of one transaction, with those who took part or are asked to.
    pub const MOST: i64 = 500;
}

/// A broker is asked to take part in a transaction.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ParticipationRequest {
    pub transaction_id: TransactionId,
    pub title: String,
    pub kind: TransactionKind,
    pub asked_by: String,
    pub asked_at: Timestamp,
    pub access: AccessFlags,
}

/// The parts of a person that ended.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EndedParts {
    pub count: i64,
    pub last_at: Timestamp,
    /// They left the last one; else they were removed.
    pub left: bool,
}

impl TransactionKind {
    pub const ALL: [Self; 4] = [Self::Purchase, Self::Sale, Self::Rental, Self::Project];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Purchase => "purchase",
            Self::Sale => "sale",
            Self::Rental => "rental",
            Self::Project => "project",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }
}

impl TransactionStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::New, Self::InProgress, Self::Completed, Self::Cancelled].into_iter().find(|s| s.as_str() == text)
    }

    /// A transaction that is not cancelled stands where its progress says.
    pub fn from_progress(progress: i32) -> Self {
        match progress {
            ..=0 => Self::New,
            1..=99 => Self::InProgress,
            _ => Self::Completed,
        }
    }
}

impl Transaction {
    /// What somebody with this access sees of it. What they do not see is as if it were not known.
    pub fn seen_with(self, access: AccessFlags) -> Self {
        let (calendar, properties) = (access.calendar, access.properties);
        Self {
            start_date: self.start_date.filter(|_| calendar),
            end_date: self.end_date.filter(|_| calendar),
            address: self.address.filter(|_| properties),
            city: self.city.filter(|_| properties),
            offered_price: self.offered_price.filter(|_| properties),
            accepted_price: self.accepted_price.filter(|_| properties),
            ..self
        }
    }

    pub fn check_progress(progress: i64) -> Result<i32, Refusal> {
        i32::try_from(progress)
            .ok()
            .filter(|p| (0..=100).contains(p))
            .ok_or_else(|| Refusal::field(Code::ProgressInvalid, "progress"))
    }

    /// Years of an affair. `0026` is a slip of the hand, and no date picker offers more.
    const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

    /// A calendar day as `YYYY-MM-DD`.
    pub fn check_date(raw: Option<&str>, field: &'static str) -> Result<Option<String>, Refusal> {
        let Some(text) = raw.map(str::trim).filter(|t| !t.is_empty()) else {
            return Ok(None);
        };
        let format = time::macros::format_description!("[year]-[month]-[day]");
        match time::Date::parse(text, &format) {
            // The parser would also take a year with a sign, which does not sort as text.
            Ok(day) if Self::YEARS.contains(&day.year()) && text.len() == "YYYY-MM-DD".len() => {
                Ok(Some(text.to_owned()))
            }
            _ => Err(Refusal::field(Code::DateInvalid, field)),
        }
    }

    /// Days written as `YYYY-MM-DD` sort as text.
    pub fn check_order(start: Option<&str>, end: Option<&str>) -> Result<(), Refusal> {
        match (start, end) {
            (Some(start), Some(end)) if end < start => Err(Refusal::field(Code::DatesReversed, "end_date")),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_follows_progress() {
        assert_eq!(TransactionStatus::from_progress(0), TransactionStatus::New);
        assert_eq!(TransactionStatus::from_progress(1), TransactionStatus::InProgress);
        assert_eq!(TransactionStatus::from_progress(99), TransactionStatus::InProgress);
        assert_eq!(TransactionStatus::from_progress(100), TransactionStatus::Completed);
        assert!(Transaction::check_progress(101).is_err());
    }

    #[test]
    fn dates_are_real_days() {
        for wrong in ["2026-02-29", "0026-05-01", "1899-12-31", "2200-01-01", "9999-12-31"] {
            assert!(Transaction::check_date(Some(wrong), "start_date").is_err(), "{wrong}");
        }
        assert_eq!(Transaction::check_date(Some("2028-02-29"), "start_date").unwrap().as_deref(), Some("2028-02-29"));
    }
}
