//! The keys that sign and are accepted. They change while the bus runs, so whoever uses them asks each time.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ring::hmac;

use crate::domain::{BusKey, BusSecret, Timestamp};

/// Tells keys apart and says nothing of them.
pub(super) type KeyId = [u8; 8];

/// The keys of this node, for the bus and for whoever renews them. Cheap to clone.
#[derive(Clone)]
pub struct BusKeys(Arc<Mutex<Arc<Keyring>>>);

/// Some keys at one moment: there is always one.
pub struct Keyring {
    oldest: Key,
    newer: Vec<Key>,
}

pub(super) struct Key {
    pub(super) id: KeyId,
    pub(super) mac: hmac::Key,
    active_from: Timestamp,
    accepted_until: Timestamp,
}

impl BusKeys {
    pub fn new(keys: Keyring) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(keys))))
    }

    /// These keys from now on. `false` if they are the same.
    pub fn renew(&self, keys: Keyring) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !held.is_like(&keys);
        if is_new {
            *held = Arc::new(keys);
        }
        is_new
    }

    pub(super) fn now(&self) -> Arc<Keyring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Keyring {
    /// As an operator sets them: the first signs, all are accepted. `None` if there is none.
    pub fn configured(secrets: &[BusSecret]) -> Option<Self> {
        let (first, others) = secrets.split_first()?;
        let key = |secret, from| Key::new(secret, Timestamp(from), Timestamp(i64::MAX));
        // Those that never begin to sign count as newer.
        Some(Self { oldest: key(first, 0), newer: others.iter().map(|secret| key(secret, i64::MAX)).collect() })
    }

    /// As the database holds them, the oldest first. `None` if there is none.
    pub fn stored(keys: &[BusKey]) -> Option<Self> {
        let mut until = Timestamp(i64::MAX);
        let mut newest_first = Vec::with_capacity(keys.len());
        for key in keys.iter().rev() {
            newest_first.push(Key::new(&key.secret, key.active_from, until));
            until = until.min(key.active_from.plus_ms(BusKey::OVERLAP_MS));
        }
        let oldest = newest_first.pop()?;
        newest_first.reverse();
        Some(Self { oldest, newer: newest_first })
    }

    pub(super) fn signing(&self, now: Timestamp) -> &Key {
        self.newer.iter().rev().find(|key| key.active_from <= now).unwrap_or(&self.oldest)
    }

    pub(super) fn accepted(&self, id: &KeyId, now: Timestamp) -> Option<&Key> {
        self.all().find(|key| key.id == *id && now <= key.accepted_until)
    }

    /// How many are accepted.
    pub(super) fn count(&self, now: Timestamp) -> usize {
        self.all().filter(|key| now <= key.accepted_until).count()
    }

    /// Whether these are the same keys, with the same times.
    fn is_like(&self, other: &Self) -> bool {
        self.all().map(|key| (key.id, key.active_from)).eq(other.all().map(|key| (key.id, key.active_from)))
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.oldest).chain(&self.newer)
    }
}

impl Key {
    fn new(secret: &BusSecret, active_from: Timestamp, accepted_until: Timestamp) -> Self {
        let mac = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal());
        let digest = hmac::sign(&mac, b"the name of this key");
        let mut id = KeyId::default();
        id.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        Self { id, mac, active_from, accepted_until }
    }
}

impl fmt::Debug for BusKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BusKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> BusSecret {
        BusSecret::new(text.as_bytes())
    }

    fn id(text: &str) -> KeyId {
        Key::new(&secret(text), Timestamp(0), Timestamp(0)).id
    }

    #[test]
    fn of_configured_keys_the_first_signs_and_all_are_accepted() {
        let ring = Keyring::configured(&[secret("b"), secret("a")]).unwrap();
        for now in [0, 1 << 50].map(Timestamp) {
            assert_eq!(ring.signing(now).id, id("b"));
            assert!(ring.accepted(&id("a"), now).is_some() && ring.accepted(&id("b"), now).is_some());
            assert!(ring.accepted(&id("c"), now).is_none());
            assert_eq!(ring.count(now), 2);
        }
        assert!(Keyring::configured(&[]).is_none());
    }

    #[test]
    fn a_stored_key_is_accepted_before_it_signs_and_for_a_while_after() {
        let key = |text, from| BusKey { secret: secret(text), active_from: Timestamp(from) };
        let ring = Keyring::stored(&[key("a", 0), key("b", 1_000)]).unwrap();
        let gone = 1_000 + BusKey::OVERLAP_MS + 1;
        for (now, signs, accepted) in
            [(0, "a", [true, true]), (999, "a", [true, true]), (1_000, "b", [true, true]), (gone, "b", [false, true])]
        {
            let now = Timestamp(now);
            assert_eq!(ring.signing(now).id, id(signs), "{now:?}");
            assert_eq!(["a", "b"].map(|text| ring.accepted(&id(text), now).is_some()), accepted, "{now:?}");
        }
        let later = Keyring::stored(&[key("a", 7_000)]).unwrap();
        assert_eq!(later.signing(Timestamp(0)).id, id("a"), "there is always one");
        assert!(Keyring::stored(&[]).is_none());
    }

    #[test]
    fn no_key_is_printed() {
        let keys = BusKeys::new(Keyring::configured(&[secret("hunter2")]).unwrap());
        assert_eq!(format!("{keys:?}"), "BusKeys(…)");
    }
}
