//! The share of a thread that the fan-outs of all its rooms take. The owner of a buffer hands the time in. Pure.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// The length of a window of measurement.
const WINDOW: Duration = Duration::from_millis(50);

/// One for each thread; its rooms share it.
#[derive(Debug, Default, Clone)]
pub struct Load(Rc<Cell<Sums>>);

#[derive(Debug, Default, Clone, Copy)]
struct Sums {
    since: Duration,
    /// The time that the entries of this window would have taken, each sent alone.
    wanted: Duration,
    /// The time during which the thread worked on some fan-out, and until when it is counted.
    taken: Duration,
    taken_until: Duration,
    parts: Parts,
}

/// Shares of the thread's time.
#[derive(Debug, Default, Clone, Copy)]
pub struct Parts {
    /// The share of the thread that the rooms would take if they sent each entry alone. May exceed 1.
    pub wanted: f64,
    /// The share that their fan-outs do take.
    pub taken: f64,
}

impl Load {
    /// Notes entries of a room that would take so long, each sent alone.
    pub fn wants(&self, wanted: Duration, now: Duration) {
        self.change(now, |sums| sums.wanted += wanted);
    }

    /// Notes the end of a fan-out. A moment in which several were under way counts once.
    pub fn took(&self, begun: Duration, now: Duration) {
        self.change(now, |sums| {
            sums.taken += now.saturating_sub(begun.max(sums.taken_until));
            sums.taken_until = sums.taken_until.max(now);
        });
    }

    pub fn parts(&self, now: Duration) -> Parts {
        self.change(now, |_| ());
        self.0.get().parts
    }

    fn change(&self, now: Duration, add: impl FnOnce(&mut Sums)) {
        let mut sums = self.0.get();
        let passed = now.saturating_sub(sums.since);
        if passed >= WINDOW {
            let of = |time: Duration| time.as_secs_f64() / passed.as_secs_f64();
            let (wanted, taken) = (of(sums.wanted), of(sums.taken));
            // After a silence only the new window counts.
            let last = if passed >= 4 * WINDOW { Parts { wanted, taken } } else { sums.parts };
            sums.parts = Parts { wanted: (last.wanted + wanted) / 2.0, taken: (last.taken + taken) / 2.0 };
            (sums.since, sums.wanted, sums.taken) = (now, Duration::ZERO, Duration::ZERO);
        }
        add(&mut sums);
        self.0.set(sums);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn what_several_rooms_take_at_the_same_time_counts_once_and_what_they_want_adds_up() {
        let load = Load::default();
        for at in (0..1000).step_by(10) {
            for _room in 0..3 {
                load.wants(ms(5), ms(at));
            }
            for through in [2, 3, 4] {
                load.took(ms(at), ms(at + through));
            }
        }
        let Parts { wanted, taken } = load.parts(ms(1000));
        assert!((1.4..1.6).contains(&wanted) && (0.38..0.42).contains(&taken), "{wanted} {taken}");
    }

    #[test]
    fn a_silence_is_forgotten() {
        let load = Load::default();
        for at in 0..200 {
            load.wants(ms(1), ms(at));
            load.took(ms(at), ms(at + 1));
        }
        assert!(load.parts(ms(200)).taken > 0.9);
        let Parts { wanted, taken } = load.parts(ms(10_000));
        assert!(wanted < 0.01 && taken < 0.01, "{wanted} {taken}");
    }
}
