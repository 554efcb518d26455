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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::store::StoreError;
    use crate::store::testing::TestStore;

    async fn reported(failures: u32, error: fn() -> StoreError) -> (bool, u32) {
        let test = TestStore::open();
        let tries = Arc::new(AtomicU32::new(0));
        let counter = tries.clone();
        let mark =
            move |_: &mut Db| if counter.fetch_add(1, Ordering::SeqCst) < failures { Err(error()) } else { Ok(true) };
        let result = report(&test.store, mark).await;
        (result.is_ok(), tries.load(Ordering::SeqCst))
    }

    #[tokio::test]
    async fn an_outage_is_waited_out_and_nothing_else() {
        assert_eq!(reported(2, || StoreError::Unavailable).await, (true, 3));
        assert_eq!(reported(2, || StoreError::Setup(String::new())).await, (false, 1));
    }
}
