//! How often an account may post: one bucket for REST and all its connections on this node.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::{AccountId, Bucket, Code, Refusal, Timestamp};

/// Threads that post at the same moment rarely wait for each other.
const SHARDS: usize = 16;
/// A shard with this many buckets drops the full ones before it takes another.
const CROWDED: usize = 1024;

pub struct PostRates {
    per_second: i64,
    burst: i64,
    shards: [Mutex<HashMap<AccountId, Bucket>>; SHARDS],
}

impl PostRates {
    /// Lets each account post `burst` messages at once, then `per_second`.
    pub fn new(per_second: i64, burst: i64) -> Self {
        Self { per_second, burst, shards: std::array::from_fn(|_| Mutex::default()) }
    }

    /// Counts one post, or refuses `too_many_posts` with the time to wait.
    pub fn take(&self, account: AccountId, now: Timestamp) -> Result<(), Refusal> {
        let place = usize::try_from(account.0.unsigned_abs()).unwrap_or_default() % SHARDS;
        let Some(shard) = self.shards.get(place) else { return Ok(()) };
        let mut buckets = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= CROWDED && !buckets.contains_key(&account) {
            buckets.retain(|_, bucket| !bucket.is_full(now));
        }
        let bucket = buckets.entry(account).or_insert_with(|| Bucket::new(self.per_second, self.burst, now));
        bucket.take(now).map_err(|wait_ms| Refusal::retry(Code::TooManyPosts, wait_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_do_not_share_a_bucket_and_full_ones_are_forgotten() {
        let rates = PostRates::new(1, 2);
        let now = Timestamp(0);
        assert!(rates.take(AccountId(1), now).is_ok());
        assert!(rates.take(AccountId(1), now).is_ok());
        assert_eq!(rates.take(AccountId(1), now), Err(Refusal::retry(Code::TooManyPosts, 1001)));
        assert!(rates.take(AccountId(2), now).is_ok());
        // Accounts of one shard come long after the first ones, whose buckets are gone by then.
        let shards = i64::try_from(SHARDS).unwrap();
        for number in 1..3000 {
            assert!(rates.take(AccountId(1 + shards * number), Timestamp(number * 1000)).is_ok());
        }
        let held = rates.shards[1].lock().unwrap().len();
        assert!(held <= CROWDED, "{held}");
    }
}
