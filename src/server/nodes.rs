//! The connection to the other nodes, and what the log knows about them.

use std::sync::Arc;
use std::time::Duration;

use super::StartError;
use crate::adapters::bus::{Bus, BusKeys, Keyring, MemoryBus, RedisBus};
use crate::app::{first_bus_keys, new_bus_secret};
use crate::config;
use crate::domain::{AccountChange, AccountEvent, AccountId, EntryBatch, Event, NodeId, RoomEvent};
use crate::store::Store;
use crate::store::account_changes::ChangeListener;
use crate::store::log::CommitListener;

/// The keys of the bus that the database holds, and how often they are read.
pub(super) struct KeyRenewal {
    pub(super) keys: BusKeys,
    pub(super) every: Duration,
}

/// The other nodes, as the store and its log know them.
pub(super) struct Nodes {
    pub(super) bus: Arc<dyn Bus>,
}

impl CommitListener for Nodes {
    fn committed(&self, batch: EntryBatch) {
        self.bus.publish(Event::Room(batch.room(), RoomEvent::Committed(batch)));
    }

    fn is_shared(&self) -> bool {
        self.bus.is_shared()
    }
}

impl ChangeListener for Nodes {
    fn recorded(&self, account: AccountId, change: AccountChange) {
        self.bus.publish(Event::Account(account, AccountEvent::Changed(change)));
    }
}

/// The bus to the other nodes, and the keys that are read again.
pub(super) fn bus(
    config: &config::BusSettings,
    store: &Store,
    node: NodeId,
) -> Result<(Arc<dyn Bus>, Option<KeyRenewal>), StartError> {
    let config::BusSettings::Redis { url, prefix, keys, key_poll } = config else {
        return Ok((Arc::new(MemoryBus::default()), None));
    };
    let (keys, renewal) = match Keyring::configured(keys) {
        Some(ring) => (BusKeys::new(ring), None),
        None => {
            let fresh = new_bus_secret().map_err(|e| StartError(format!("no key can be made: {e:?}")))?;
            let keys = first_bus_keys(store, &fresh).map_err(|e| StartError(e.to_string()))?;
            (keys.clone(), Some(KeyRenewal { keys, every: *key_poll }))
        }
    };
    let bus = RedisBus::start(url.reveal(), prefix, node, keys).map_err(StartError::of("REDIS_URL"))?;
    Ok((Arc::new(bus), renewal))
}
