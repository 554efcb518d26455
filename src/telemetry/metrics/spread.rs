//! For what several threads count at a high rate: each has a place of its own, so that they do not fight over one line of the
//! cache.

use std::sync::atomic::{AtomicUsize, Ordering};

/// More threads than that share.
const PLACES: usize = 8;

#[derive(Debug, Default)]
pub struct Spread<T>([Slot<T>; PLACES]);

/// Two lines: processors fetch them in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Slot<T>(T);

thread_local! {
    static OWN: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed) % PLACES
    };
}

impl<T> Spread<T> {
    /// This thread's.
    pub fn here(&self) -> &T {
        let [first, ..] = &self.0;
        &self.0.get(OWN.with(|own| *own)).unwrap_or(first).0
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|place| &place.0)
    }
}
