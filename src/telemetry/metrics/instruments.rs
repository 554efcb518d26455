//! Counters, gauges and histograms. All of them are relaxed: numbers for people, which nothing depends on.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// The buckets of times from microseconds to seconds.
pub const SECONDS: &[Duration] = &[
    Duration::from_micros(50),
    Duration::from_micros(100),
    Duration::from_micros(250),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2500),
];

/// The buckets of times for which a person waits.
pub const SLOW_SECONDS: &[Duration] = &[
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2500),
];

/// Only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub fn add(&self, count: usize) {
        self.0.fetch_add(wide(count), Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many there are now: of what waits, or of what is open.
#[derive(Debug, Default)]
pub struct Level(AtomicUsize);

impl Level {
    /// Gives the level before.
    pub fn up(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    pub fn down(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    pub fn set(&self, level: usize) {
        self.0.store(level, Ordering::Relaxed);
    }

    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// The values of a label, all of them known beforehand.
pub trait Label: Copy + PartialEq + 'static {
    const NAME: &'static str;

    fn all() -> &'static [Self];

    fn text(self) -> &'static str;
}

/// A counter for each value of a label.
#[derive(Debug)]
pub struct Counters<L> {
    counters: Box<[Counter]>,
    of: PhantomData<fn(L)>,
}

impl<L: Label> Default for Counters<L> {
    fn default() -> Self {
        Self { counters: L::all().iter().map(|_| Counter::default()).collect(), of: PhantomData }
    }
}

impl<L: Label> Counters<L> {
    pub fn one(&self, value: L) {
        self.add(value, 1);
    }

    pub fn add(&self, value: L, count: usize) {
        let place = L::all().iter().position(|known| *known == value);
        if let Some(counter) = place.and_then(|place| self.counters.get(place)) {
            counter.add(count);
        }
    }

    pub fn get(&self, value: L) -> u64 {
        self.iter().find(|(known, _)| *known == value).map_or(0, |(_, count)| count)
    }

    pub fn iter(&self) -> impl Iterator<Item = (L, u64)> {
        L::all().iter().zip(&self.counters).map(|(value, counter)| (*value, counter.get()))
    }
}

/// How often a measure fell between which bounds. The client library's own takes a lock for each observation.
#[derive(Debug)]
pub struct Histogram {
    /// In nanoseconds, or in whatever is counted.
    bounds: Box<[u64]>,
    /// One more than there are bounds.
    buckets: Box<[AtomicU64]>,
    sum: AtomicU64,
    measures: Measures,
}

#[derive(Debug, Clone, Copy)]
enum Measures {
    Time,
    Numbers,
}

/// A histogram at one moment, in seconds or numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Distribution {
    pub sum: f64,
    pub count: u64,
    /// The bound of each bucket, and how many fell into it: not added up.
    pub buckets: Vec<(f64, u64)>,
}

impl Histogram {
    /// Of durations, with bounds in rising order.
    pub fn of_time(bounds: &[Duration]) -> Self {
        Self::new(bounds.iter().copied().map(nanoseconds), Measures::Time)
    }

    /// Of numbers, with bounds in rising order.
    pub fn of_numbers(bounds: &[u64]) -> Self {
        Self::new(bounds.iter().copied(), Measures::Numbers)
    }

    fn new(bounds: impl Iterator<Item = u64>, measures: Measures) -> Self {
        let bounds: Box<[u64]> = bounds.collect();
        let buckets = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, buckets, sum: AtomicU64::new(0), measures }
    }

    pub fn took(&self, time: Duration) {
        self.observe(nanoseconds(time));
    }

    pub fn number(&self, number: usize) {
        self.observe(wide(number));
    }

    fn observe(&self, measure: u64) {
        let place = self.bounds.iter().position(|bound| measure <= *bound).unwrap_or(self.bounds.len());
        if let Some(bucket) = self.buckets.get(place) {
            bucket.fetch_add(1, Ordering::Relaxed);
            self.sum.fetch_add(measure, Ordering::Relaxed);
        }
    }

    pub fn read(&self) -> Distribution {
        let bounds = self.bounds.iter().map(|bound| self.in_units(*bound)).chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> =
            bounds.zip(&self.buckets).map(|(bound, bucket)| (bound, bucket.load(Ordering::Relaxed))).collect();
        Distribution {
            sum: self.in_units(self.sum.load(Ordering::Relaxed)),
            count: buckets.iter().map(|(_, count)| count).sum(),
            buckets,
        }
    }

    fn in_units(&self, measure: u64) -> f64 {
        match self.measures {
            Measures::Time => Duration::from_nanos(measure).as_secs_f64(),
            Measures::Numbers => float(measure),
        }
    }
}

impl Distribution {
    /// Both together; they must have the same bounds.
    pub fn plus(mut self, other: &Self) -> Self {
        self.sum += other.sum;
        self.count += other.count;
        for ((_, count), (_, more)) in self.buckets.iter_mut().zip(&other.buckets) {
            *count += more;
        }
        self
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Exact below 2^53.
pub(super) fn float(number: u64) -> f64 {
    Duration::from_secs(number).as_secs_f64()
}
