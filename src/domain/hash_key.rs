//! Hashes of what is easily guessed (six digits, an address): whoever has them without the key learns nothing by trying.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::TokenHash;

/// The key of one installation. Never printed.
#[derive(Clone)]
pub struct HashKey(Hmac<Sha256>);

impl HashKey {
    pub fn of(secret: &[u8]) -> Option<Self> {
        Hmac::new_from_slice(secret).ok().map(Self)
    }

    /// A key for which this one is needed, and another secret too.
    pub fn with(&self, secret: &[u8]) -> Option<Self> {
        Self::of(&self.hash("key", &[secret]).0)
    }

    /// `what` keeps apart the hashes of different things.
    pub fn hash(&self, what: &str, parts: &[&[u8]]) -> TokenHash {
        let all: Vec<&[u8]> = std::iter::once(what.as_bytes()).chain(parts.iter().copied()).collect();
        TokenHash(hashed(&self.0, &all))
    }
}

/// Each part with its length before it, so that no two lists read the same.
fn hashed(key: &Hmac<Sha256>, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = key.clone();
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

impl std::fmt::Debug for HashKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HashKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depends_on_every_secret_and_every_part() {
        let key = |one: &[u8], two: &[u8]| HashKey::of(one).unwrap().with(two).unwrap();
        let hash = |key: &HashKey, what: &str, parts: &[&[u8]]| key.hash(what, parts).0;
        let first = hash(&key(b"one", b"two"), "code", &[b"ab", b"c"]);
        assert_eq!(hash(&key(b"one", b"two"), "code", &[b"ab", b"c"]), first);
        for other in [
            hash(&HashKey::of(b"one").unwrap(), "code", &[b"ab", b"c"]),
            hash(&key(b"one", b"other"), "code", &[b"ab", b"c"]),
            hash(&key(b"other", b"two"), "code", &[b"ab", b"c"]),
            hash(&key(b"one", b"two"), "email", &[b"ab", b"c"]),
            hash(&key(b"one", b"two"), "code", &[b"a", b"bc"]),
            hash(&key(b"one", b"two"), "code", &[b"abc"]),
        ] {
            assert_ne!(other, first);
        }
        assert!(!format!("{:?}", key(b"one", b"two")).contains("one"));
    }
}
