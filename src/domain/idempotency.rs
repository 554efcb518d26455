//! Requests that may be repeated: the answer to one that made something can be lost, and whoever asks again wants that one thing.

use sha2::{Digest, Sha256};

use super::{Code, Nonce, Refusal};

/// The name that a client gives a request, on every repetition of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(Nonce);

/// A request with its key.
#[derive(Debug, Clone)]
pub struct Once {
    pub key: IdempotencyKey,
    /// A digest of what is asked for: another request with the same key is a mistake of the client.
    pub request: [u8; 32],
}

impl IdempotencyKey {
    /// 1 to 64 visible ASCII characters, as the nonce of a message.
    pub fn parse(raw: &str) -> Result<Self, Refusal> {
        let key = Nonce::parse(raw.to_owned());
        key.map(Self).map_err(|_| Refusal::field(Code::IdempotencyKeyInvalid, "Idempotency-Key"))
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// `what` is made, with these fields. No password belongs among them: a digest is quick to compute, and so to guess.
    pub fn of(self, what: &str, fields: &impl serde::Serialize) -> Once {
        let request = serde_json::to_vec(&(what, fields)).unwrap_or_default();
        Once { key: self, request: Sha256::digest(request).into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_the_same_if_it_asks_for_the_same() {
        let of = |what: &str, fields: (&str, u8)| IdempotencyKey::parse("k").unwrap().of(what, &fields).request;
        assert_eq!(of("a", ("b", 1)), of("a", ("b", 1)));
        assert!(of("a", ("b", 1)) != of("c", ("b", 1)) && of("a", ("b", 1)) != of("a", ("b", 2)));
        for bad in ["", "a b", "é", &"x".repeat(65)] {
            assert_eq!(IdempotencyKey::parse(bad).unwrap_err().code, Code::IdempotencyKeyInvalid, "{bad}");
        }
    }
}
