//! Accepts a message of a node of this installation, on its channel, once.

use std::sync::{Mutex, PoisonError};

use super::keys::BusKeys;
use super::replays::Replays;
use super::signed::{self, is_genuine, milliseconds};
use crate::domain::NodeId;
use crate::telemetry::metrics::Label;

/// The buffer keeps at most this many bytes from one message to the next.
const SCRATCH: usize = 64 * 1024;

/// Why a message was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// The message is of an older version, or of somebody else.
    Unsigned,
    /// This node accepts no such key.
    UnknownKey,
    /// The tag does not fit the message and its channel.
    Forged,
    Repeated,
    /// Overtaken by more messages than may overtake one.
    TooOld,
    /// The message is of a node that was never heard before and whose clock is not ours.
    Clock,
}

pub(crate) struct Verifier {
    keys: BusKeys,
    /// One thread uses it; the lock is never waited for.
    state: Mutex<VerifierState>,
}

#[derive(Default)]
struct VerifierState {
    replays: Replays,
    scratch: Vec<u8>,
}

impl Verifier {
    pub(crate) fn new(keys: BusKeys) -> Self {
        Self { keys, state: Mutex::default() }
    }

    /// The content of the message, if it is to be believed. `now_us` is this node's clock.
    pub(crate) fn open<'m>(&self, channel: &str, message: &'m [u8], now_us: u64) -> Result<&'m [u8], Rejection> {
        let (head, said) = signed::open(message).ok_or(Rejection::Unsigned)?;
        let keys = self.keys.now();
        let key = keys.accepted(&head.key, milliseconds(now_us)).ok_or(Rejection::UnknownKey)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let VerifierState { replays, scratch } = &mut *state;
        let is_genuine = is_genuine(key, channel, &head, said, scratch);
        if scratch.capacity() > SCRATCH {
            *scratch = Vec::new();
        }
        if !is_genuine {
            return Err(Rejection::Forged);
        }
        replays.note(head.node, head.counter, now_us)?;
        Ok(said)
    }
}

/// The node that the message names as its sender. It is believed only where it names the own node, whose echoes are thrown away unread.
pub(super) fn sender_of(message: &[u8]) -> Option<NodeId> {
    signed::open(message).map(|(head, _)| head.node)
}

impl Label for Rejection {
    const NAME: &'static str = "reason";

    fn all() -> &'static [Self] {
        &[Self::Unsigned, Self::UnknownKey, Self::Forged, Self::Repeated, Self::TooOld, Self::Clock]
    }

    fn text(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::UnknownKey => "unknown_key",
            Self::Forged => "forged",
            Self::Repeated => "repeated",
            Self::TooOld => "too_old",
            Self::Clock => "clock",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::bus::keys::Keyring;
    use crate::adapters::bus::signed::Signer;
    use crate::domain::BusSecret;

    const NOW: u64 = 1_800_000_000_000_000;

    fn keys(secrets: &[&str]) -> BusKeys {
        let secrets: Vec<BusSecret> = secrets.iter().map(|text| BusSecret::new(text.as_bytes())).collect();
        BusKeys::new(Keyring::configured(&secrets).unwrap())
    }

    #[test]
    fn only_what_a_node_said_on_this_channel_is_heard_and_once() {
        let verifier = Verifier::new(keys(&["new", "old"]));
        let sign = |secret: &str, node: u64, channel: &str, now_us: u64| {
            let mut message = Vec::new();
            Signer::new(NodeId(node), keys(&[secret])).sign(channel, b"said", now_us, &mut message);
            message
        };
        let genuine = sign("old", 1, "x:room:1", NOW);
        for (channel, message, expected) in [
            ("x:room:1", b"run1 1 1 1\n[{}]".to_vec(), Err(Rejection::Unsigned)),
            ("x:room:1", Vec::new(), Err(Rejection::Unsigned)),
            ("x:room:1", sign("stranger", 1, "x:room:1", NOW), Err(Rejection::UnknownKey)),
            ("x:room:2", genuine.clone(), Err(Rejection::Forged)),
            ("x:room:1", genuine.clone(), Ok(&b"said"[..])),
            ("x:room:1", genuine.clone(), Err(Rejection::Repeated)),
            ("x:room:1", sign("new", 1, "x:room:1", NOW + 5), Ok(&b"said"[..])),
            ("x:room:1", sign("new", 1, "x:room:1", NOW - 5), Err(Rejection::TooOld)),
            ("x:room:1", sign("new", 2, "x:room:1", 5), Err(Rejection::Clock)),
            ("x:accounts", sign("new", 2, "x:accounts", NOW), Ok(&b"said"[..])),
        ] {
            assert_eq!(verifier.open(channel, &message, NOW), expected, "{channel} {message:?}");
        }
    }

    /// A forged counter must not shut out the node that it names.
    #[test]
    fn what_is_forged_changes_nothing() {
        let verifier = Verifier::new(keys(&["key"]));
        let signer = Signer::new(NodeId(1), keys(&["key"]));
        let (mut first, mut second, mut forged) = (Vec::new(), Vec::new(), Vec::new());
        signer.sign("x", b"first", NOW, &mut first);
        signer.sign("x", b"second", NOW, &mut second);
        Signer::new(NodeId(1), keys(&["key"])).sign("y", b"far ahead", NOW + 1_000_000, &mut forged);
        assert_eq!(verifier.open("x", &first, NOW), Ok(&b"first"[..]));
        assert_eq!(verifier.open("x", &forged, NOW), Err(Rejection::Forged));
        assert_eq!(verifier.open("x", &second, NOW), Ok(&b"second"[..]));
    }
}
