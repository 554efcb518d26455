//! What a node signs that says whatever a test wants.

use std::time::{SystemTime, UNIX_EPOCH};

use entremise::adapters::bus::{BusKeys, Keyring, Signer};
use entremise::domain::{BusSecret, NodeId};

pub struct AnotherNode(Signer);

impl AnotherNode {
    pub fn with(key: &str) -> Self {
        let keys = Keyring::configured(&[BusSecret::new(key.as_bytes())]).expect("a key");
        Self(Signer::new(NodeId(4_242), BusKeys::new(keys)))
    }

    pub fn signed(&self, channel: &str, said: &[u8]) -> Vec<u8> {
        let mut message = Vec::new();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
        self.0.sign(channel, said, u64::try_from(since.as_micros()).expect("a clock"), &mut message);
        message
    }
}
