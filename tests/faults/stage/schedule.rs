//! What goes wrong, and when. The seed alone decides it, so that a run can be repeated as far as chance allows.

use std::fmt;

use super::rng::ScheduleRng;

/// What is exposed to outages.
#[derive(Debug, Clone, Copy)]
pub struct Forecast {
    pub nodes: usize,
    pub lasts_ms: u64,
    /// The nodes have wires to a PostgreSQL and a Redis that are theirs.
    pub wires: bool,
}

/// Where it goes wrong: one thing at a time in each place, several places at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Track {
    Node(usize),
    ToDatabase(usize),
    ToRedis(usize),
    Redis,
    Postgres,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// `kill -9`, and started again.
    Kill,
    /// Stopped in the middle of whatever it does, and later continued.
    Freeze,
    /// Told to stop: SIGTERM to a node, `stop -m immediate` to PostgreSQL. Started again.
    Stop,
    Cut,
    Slow,
    /// The reports of so many commits are lost.
    LoseCommits(u64),
    /// `FLUSHALL`.
    Flush,
    /// `CLIENT KILL TYPE pubsub`.
    DropListeners,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutageStep {
    pub at_ms: u64,
    pub lasts_ms: u64,
    pub track: Track,
    pub trouble: FaultKind,
}

/// In the order of time; each place has its troubles in an order of its own, and every one of them before any comes again.
pub fn schedule(seed: u64, forecast: &Forecast) -> Vec<OutageStep> {
    let mut rng = ScheduleRng::new(seed);
    let mut tracks: Vec<Track> = (0..forecast.nodes).map(Track::Node).collect();
    if forecast.wires {
        tracks.extend((0..forecast.nodes).flat_map(|node| [Track::ToDatabase(node), Track::ToRedis(node)]));
        tracks.extend([Track::Redis, Track::Postgres]);
    }
    let mut steps: Vec<OutageStep> = tracks.iter().flat_map(|track| on(*track, forecast, rng.split())).collect();
    steps.sort_by_key(|step| (step.at_ms, step.track));
    steps
}

fn on(track: Track, forecast: &Forecast, mut rng: ScheduleRng) -> Vec<OutageStep> {
    // PostgreSQL is everybody's: it must be there long enough for something to happen. Of several nodes one is mostly up.
    let (least, most) = match track {
        Track::Postgres => (3_000, 8_000),
        Track::Node(_) if forecast.nodes > 1 => (1_500, 5_000),
        _ => (800, 4_000),
    };
    let mut steps = Vec::new();
    let mut at_ms = rng.between(200, most);
    loop {
        let mut deck = troubles(track, &mut rng);
        rng.shuffle(&mut deck);
        for trouble in deck {
            let lasts_ms = rng.between(100, 2_000);
            if at_ms + lasts_ms > forecast.lasts_ms {
                return steps;
            }
            steps.push(OutageStep { at_ms, lasts_ms, track, trouble });
            at_ms += lasts_ms + rng.between(least, most);
        }
    }
}

fn troubles(track: Track, rng: &mut ScheduleRng) -> Vec<FaultKind> {
    use FaultKind::{Cut, DropListeners, Flush, Freeze, Kill, LoseCommits, Slow, Stop};
    match track {
        Track::Node(_) => vec![Kill, Kill, Freeze, Stop],
        Track::ToDatabase(_) => vec![Cut, Freeze, Slow, LoseCommits(rng.between(1, 5))],
        Track::ToRedis(_) => vec![Cut, Freeze],
        Track::Redis => vec![Kill, Freeze, Flush, DropListeners],
        Track::Postgres => vec![Kill, Freeze, Stop],
    }
}

impl fmt::Display for OutageStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at_ms, lasts_ms, track, trouble } = self;
        write!(f, "{at_ms:>7} ms {track:?}: {trouble:?} for {lasts_ms} ms")
    }
}

#[test]
fn the_seed_alone_decides_the_outages() {
    let forecast = Forecast { nodes: 3, lasts_ms: 30_000, wires: true };
    for seed in 1..200 {
        let steps = schedule(seed, &forecast);
        assert_eq!(steps, schedule(seed, &forecast), "seed {seed}");
        assert_ne!(steps, schedule(seed + 1, &forecast), "seed {seed}");
        for track in steps.iter().map(|step| step.track) {
            let ends: Vec<(u64, u64)> = steps
                .iter()
                .filter(|step| step.track == track)
                .map(|step| (step.at_ms, step.at_ms + step.lasts_ms))
                .collect();
            assert!(ends.windows(2).all(|two| two[0].1 < two[1].0), "seed {seed}: {track:?} has two troubles at once");
        }
        assert!(steps.iter().all(|step| step.at_ms + step.lasts_ms <= forecast.lasts_ms), "seed {seed}");
    }
}
