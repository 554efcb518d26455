//! The keys of the bus that the database holds: made once for all nodes, and read again each minute.

use std::time::Duration;

use super::{AppResult, new_secret};
use crate::adapters::bus::{BusKeys, Keyring};
use crate::domain::{BusKey, BusSecret};
use crate::store::{Store, StoreError, StoreResult, bus_keys};

/// 256 bits from the operating system.
pub fn new_bus_secret() -> AppResult<BusSecret> {
    Ok(BusSecret::new(new_secret()?.reveal().as_bytes()))
}

/// The keys that the database holds; the first one is made if there is none. The call blocks: it is for the start alone.
pub fn first_bus_keys(store: &Store, fresh: &BusSecret) -> StoreResult<BusKeys> {
    let keys = store.write_blocking(|conn| bus_keys::list_or_make(conn, fresh))?;
    let ring = Keyring::stored(&keys).ok_or_else(|| StoreError::Setup("there is no key for the bus".to_owned()))?;
    Ok(BusKeys::new(ring))
}

/// Follows the keys in the database, without end. While the database is away the keys stay as they are.
pub async fn renew_bus_keys(store: Store, keys: BusKeys, every: Duration) {
    let mut rounds = tokio::time::interval(every);
    loop {
        rounds.tick().await;
        if let Err(error) = renew(&store, &keys).await {
            tracing::debug!(
                code = error.first().code.as_str(),
                "could not read the keys of the bus, trying again later"
            );
        }
    }
}

async fn renew(store: &Store, keys: &BusKeys) -> AppResult<()> {
    let found = store.read(bus_keys::list).await?;
    let found = if found.len() == 1 { found } else { tidied(store).await? };
    if let Some(ring) = Keyring::stored(&found)
        && keys.renew(ring)
    {
        tracing::info!(keys = found.len(), "the keys of the bus have changed");
    }
    Ok(())
}

/// Drops the keys that are no longer accepted, and makes a first one if somebody has deleted all.
async fn tidied(store: &Store) -> AppResult<Vec<BusKey>> {
    let fresh = new_bus_secret()?;
    let tidy = move |conn: &mut crate::store::Db| {
        bus_keys::prune(conn)?;
        bus_keys::list_or_make(conn, &fresh)
    };
    Ok(store.write(tidy).await?)
}
