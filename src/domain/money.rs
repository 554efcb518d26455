use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Code, Refusal, minor_digits};

/// An exact amount in the smallest unit of its currency (cents for EUR).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    pub amount_minor: i64,
    pub currency: String,
}

impl Money {
    /// Not negative, at most 10^15 (so that JavaScript keeps it exact), and of a currency of ISO 4217.
    pub fn check(self, field: &'static str) -> Result<Self, Refusal> {
        let currency_ok = minor_digits(&self.currency).is_some();
        let amount_ok = (0..=1_000_000_000_000_000).contains(&self.amount_minor);
        if currency_ok && amount_ok { Ok(self) } else { Err(Refusal::field(Code::MoneyInvalid, field)) }
    }
}
