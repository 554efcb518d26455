use serde::{Deserialize, Serialize};

use super::{Code, Refusal};

/// An exact amount in the smallest unit of its currency (cents for EUR).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    pub amount_minor: i64,
    pub currency: String,
}

impl Money {
    /// Not negative, at most 10^15 (so that JavaScript keeps it exact), and a three-letter ISO 4217 code.
    pub fn check(self, field: &'static str) -> Result<Self, Refusal> {
        let currency_ok = self.currency.len() == 3 && self.currency.bytes().all(|b| b.is_ascii_uppercase());
        let amount_ok = (0..=1_000_000_000_000_000).contains(&self.amount_minor);
        if currency_ok && amount_ok { Ok(self) } else { Err(Refusal::field(Code::MoneyInvalid, field)) }
    }
}
