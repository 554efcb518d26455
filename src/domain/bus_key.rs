//! Keys with which the nodes of an installation sign what they tell each other.

use super::Timestamp;

/// A key of the bus: a process that has it speaks as any node. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct BusSecret(Vec<u8>);

/// A key that the database holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusKey {
    pub secret: BusSecret,
    /// It signs from here on, until a newer one does.
    pub active_from: Timestamp,
}

impl BusSecret {
    /// Bytes, or characters of a text that a person chose.
    pub const SHORTEST: usize = 32;

    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl BusKey {
    /// A new key signs so much later than it is stored, when every node has read it, whatever its clock says.
    pub const AHEAD_MS: i64 = 5 * 60_000;
    /// A key is accepted for so long after a newer one has begun to sign.
    pub const OVERLAP_MS: i64 = 10 * 60_000;
}

impl std::fmt::Debug for BusSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BusSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_not_printed() {
        let key = BusKey { secret: BusSecret::new(*b"hunter2"), active_from: Timestamp(0) };
        for printed in [format!("{key:?}"), format!("{key:#?}")] {
            // As text, and as a list of bytes.
            assert!(!printed.contains("hunter2") && !printed.contains("104"), "{printed}");
        }
    }
}
