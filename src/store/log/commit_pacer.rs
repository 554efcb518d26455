//! Shares the database between nodes that post into the same rooms. Without it each commits as often as it can: twice the commits,
//! each half as large, that wait for each other's rooms. So a busy lane rests after its commit and leaves the others a turn. Pure.

use std::time::{Duration, Instant};

use crate::domain::Recent;

/// The time for which a post counts.
const MEMORY: Duration = Duration::from_millis(100);
/// The posts within that time that make a lane busy. Below 800 a second no lane rests, because there is little to gather.
const MANY: f64 = 80.0;
const LONGEST_REST: Duration = Duration::from_millis(2);

#[derive(Debug)]
pub(super) struct CommitPacer {
    posts: Recent,
}

impl CommitPacer {
    pub fn new() -> Self {
        Self { posts: Recent::new(MEMORY) }
    }

    /// The rest after a commit of so many posts that took so long. `is_shared`: other nodes post, too.
    pub fn committed(&mut self, posts: usize, took: Duration, is_shared: bool, now: Instant) -> Duration {
        let recent = self.posts.add(posts, now);
        if is_shared && recent >= MANY { took.min(LONGEST_REST) } else { Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rest in microseconds after the last of many commits of so many posts, one every so many milliseconds.
    fn rest_us(posts: usize, every_ms: u64, took_us: u64, is_shared: bool) -> u128 {
        let (mut rests, begun) = (CommitPacer::new(), Instant::now());
        let all = (0..200).map(|n| {
            let now = begun + Duration::from_millis(n * every_ms);
            rests.committed(posts, Duration::from_micros(took_us), is_shared, now).as_micros()
        });
        all.last().unwrap()
    }

    #[test]
    fn who_has_much_to_do_leaves_the_others_as_long_a_turn_as_they_took() {
        assert_eq!(rest_us(10, 2, 1_500, true), 1_500);
        assert_eq!(rest_us(200, 20, 50_000, true), 2_000, "the rest is bounded");
    }

    #[test]
    fn who_is_alone_or_has_little_to_do_never_rests() {
        assert_eq!(rest_us(200, 2, 1_500, false), 0);
        assert_eq!(rest_us(1, 2, 1_500, true), 0, "500 posts a second");
        assert_eq!(rest_us(30, 1_000, 1_500, true), 0, "a handful at once");
    }
}
