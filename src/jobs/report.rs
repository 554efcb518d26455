//! Stores the outcome of a run, also when the database is away for a moment: a run that is not reported is repeated.

use std::time::Duration;

use crate::store::{Db, Store, StoreResult};

/// How often one report is tried, with pauses that double from [`PAUSE`].
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn report<F>(store: &Store, mark: F) -> StoreResult<bool>
where
    F: Fn(&mut Db) -> StoreResult<bool> + Clone + Send + 'static,
{
    let mut pause = PAUSE;
    let mut tries = 1;
    loop {
        match store.write(mark.clone()).await {
            Err(error) if error.is_transient() && tries < TRIES => {
                tokio::time::sleep(pause).await;
                pause *= 2;
                tries += 1;
            }
            result => return result,
        }
    }
}
