//! Chance that can be repeated.

use std::time::Duration;

/// Small, and the same for the same seed.
#[derive(Clone)]
pub struct ScheduleRng(u64);

impl ScheduleRng {
    pub fn new(seed: u64) -> Self {
        // Seeds that lie side by side must not give rolls that do.
        let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self((mixed ^ (mixed >> 31)).max(1))
    }

    /// Random numbers of one's own, which others do not disturb.
    pub fn split(&mut self) -> Self {
        Self::new(self.roll(u64::MAX))
    }

    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides.max(1)
    }

    pub fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }

    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.roll(most - least + 1)
    }

    pub fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.between(least, most))
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let place = self.roll(u64::try_from(of.len()).expect("few"));
        &of[usize::try_from(place).expect("few")]
    }

    pub fn shuffle<T>(&mut self, of: &mut [T]) {
        for last in (1..of.len()).rev() {
            let other = self.roll(u64::try_from(last + 1).expect("few"));
            of.swap(last, usize::try_from(other).expect("few"));
        }
    }
}
