//! Secrets that open something: they can be handed out once, and only their hash is kept.

use sha2::{Digest, Sha256};

/// 256 random bits, written as 64 hexadecimal characters. Never printed: its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// SHA-256 of a secret: with 256 random bits behind it a slow hash would add nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenHash(pub Vec<u8>);

impl Secret {
    pub fn from_random_bytes(bytes: [u8; 32]) -> Self {
        use std::fmt::Write;
        let mut text = String::with_capacity(64);
        for byte in bytes {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// Anything that is not 64 lower-case hexadecimal characters cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let is_ours = text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        is_ours.then(|| Self(text.to_owned()))
    }

    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).to_vec())
    }

    /// For the one place that hands it out: a cookie, a mail, an answer.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_64_characters_and_never_printed() {
        let secret = Secret::from_random_bytes([0xab; 32]);
        assert_eq!(secret.reveal().len(), 64);
        assert_eq!(Secret::parse(secret.reveal()), Some(secret.clone()));
        assert!(!format!("{secret:?}").contains("ab"));
        assert_eq!(Secret::parse("ABC"), None);
    }
}
