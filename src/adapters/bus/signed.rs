//! A message of the bus with the proof of who sent it: `mac1`, the id of the key, the node, a counter, the tag, and then what
//! is said. The tag is over the channel, the node, the counter and what is said, each with a length of its own or before it.

use std::sync::atomic::{AtomicU64, Ordering};

use ring::hmac;

use super::keys::{BusKeys, Key, KeyId};
use crate::domain::{NodeId, Timestamp};

/// The first bytes of a signed message. Another form takes others.
const MARK: [u8; 4] = *b"mac1";
const TAG: usize = 32;

/// The header of a signed message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SignedHeader {
    pub(super) key: KeyId,
    pub(super) node: NodeId,
    pub(super) counter: u64,
    pub(super) tag: [u8; TAG],
}

/// Signs for one node.
pub struct Signer {
    node: NodeId,
    keys: BusKeys,
    /// The last one used.
    counter: AtomicU64,
}

impl Signer {
    pub fn new(node: NodeId, keys: BusKeys) -> Self {
        Self { node, keys, counter: AtomicU64::new(0) }
    }

    /// Puts the signed message into `message`. `now_us` is this node's clock.
    pub fn sign(&self, channel: &str, said: &[u8], now_us: u64, message: &mut Vec<u8>) {
        let keys = self.keys.now();
        let key = keys.signing(milliseconds(now_us));
        let counter = self.next(now_us);
        let tag = tag_of(key, channel, self.node, counter, said);
        message.clear();
        for part in [&MARK[..], &key.id, &self.node.0.to_be_bytes(), &counter.to_be_bytes(), tag.as_ref(), said] {
            message.extend_from_slice(part);
        }
    }

    /// By the clock, so that a number is never used again by the same node, and a node nobody knows can be judged.
    fn next(&self, now_us: u64) -> u64 {
        let next = |last: u64| last.saturating_add(1).max(now_us);
        let last = self.counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        last.map_or(now_us, next)
    }
}

/// The head and what is said; `None` if this is no signed message.
pub(super) fn open(message: &[u8]) -> Option<(SignedHeader, &[u8])> {
    let rest = message.strip_prefix(&MARK)?;
    let (key, rest) = rest.split_first_chunk()?;
    let (node, rest) = rest.split_first_chunk()?;
    let (counter, rest) = rest.split_first_chunk()?;
    let (tag, said) = rest.split_first_chunk()?;
    let head = SignedHeader {
        key: *key,
        node: NodeId(u64::from_be_bytes(*node)),
        counter: u64::from_be_bytes(*counter),
        tag: *tag,
    };
    Some((head, said))
}

/// `scratch` is for the bytes that the tag is over.
pub(super) fn is_genuine(key: &Key, channel: &str, head: &SignedHeader, said: &[u8], scratch: &mut Vec<u8>) -> bool {
    scratch.clear();
    signed_parts(channel, head.node, head.counter, said, |part| scratch.extend_from_slice(part));
    hmac::verify(&key.mac, scratch, &head.tag).is_ok()
}

fn tag_of(key: &Key, channel: &str, node: NodeId, counter: u64, said: &[u8]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(&key.mac);
    signed_parts(channel, node, counter, said, |part| context.update(part));
    context.sign()
}

/// No two messages read the same: what has no length of its own has it written before it.
fn signed_parts(channel: &str, node: NodeId, counter: u64, said: &[u8], mut part: impl FnMut(&[u8])) {
    part(&MARK);
    part(&length(channel.as_bytes()));
    part(&node.0.to_be_bytes());
    part(&counter.to_be_bytes());
    part(channel.as_bytes());
    part(&length(said));
    part(said);
}

fn length(bytes: &[u8]) -> [u8; 8] {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes()
}

pub(super) fn milliseconds(us: u64) -> Timestamp {
    Timestamp(i64::try_from(us / 1_000).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::bus::keys::Keyring;
    use crate::domain::BusSecret;

    fn signer(secret: &str) -> (Signer, BusKeys) {
        let keys = BusKeys::new(Keyring::configured(&[BusSecret::new(secret.as_bytes())]).unwrap());
        (Signer::new(NodeId(7), keys.clone()), keys)
    }

    fn verifies(keys: &BusKeys, channel: &str, message: &[u8]) -> bool {
        let Some((head, said)) = open(message) else { return false };
        let keys = keys.now();
        let key = keys.accepted(&head.key, Timestamp(0));
        key.is_some_and(|key| is_genuine(key, channel, &head, said, &mut Vec::new()))
    }

    #[test]
    fn every_byte_and_the_channel_count() {
        let (signer, keys) = signer("one");
        let mut message = Vec::new();
        signer.sign("x:room:7", b"said", 1_000, &mut message);
        let (head, said) = open(&message).unwrap();
        assert_eq!((head.node, head.counter, said), (NodeId(7), 1_000, &b"said"[..]));
        assert!(verifies(&keys, "x:room:7", &message));
        assert!(!verifies(&keys, "x:room:8", &message) && !verifies(&keys, "x:room:", &message));
        for place in 0..message.len() {
            let mut other = message.clone();
            other[place] ^= 1;
            assert!(!verifies(&keys, "x:room:7", &other), "{place}");
        }
        for length in 0..message.len() {
            assert!(!verifies(&keys, "x:room:7", &message[..length]), "{length}");
        }
        message.push(b'!');
        assert!(!verifies(&keys, "x:room:7", &message));
        assert!(!verifies(&self::signer("two").1, "x:room:7", &message[..message.len() - 1]));
    }

    /// The end of a channel name must not be readable as the beginning of the payload.
    #[test]
    fn a_name_and_what_is_said_do_not_run_into_each_other() {
        let parts = |channel: &str, said: &[u8]| {
            let mut all = Vec::new();
            signed_parts(channel, NodeId(1), 2, said, |part| all.extend_from_slice(part));
            all
        };
        assert_ne!(parts("ab", b"c"), parts("a", b"bc"));
        assert_ne!(parts("", b""), parts("\0", b""));
    }

    #[test]
    fn a_counter_follows_the_clock_and_never_goes_back() {
        let (signer, _) = signer("one");
        let next = |now_us| {
            let mut message = Vec::new();
            signer.sign("x", b"", now_us, &mut message);
            open(&message).unwrap().0.counter
        };
        assert_eq!(
            [next(1_000), next(1_000), next(400), next(5_000), next(u64::MAX)],
            [1_000, 1_001, 1_002, 5_000, u64::MAX]
        );
    }
}
