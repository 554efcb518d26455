//! The scenarios of the ratios, each with its counterpart.

use super::super::stage::{Shape, StagePlace};

/// A bare program, and which of its figures is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Yardstick {
    /// Rows per second, so many to a commit.
    Insert(usize),
    /// Deliveries per second of the same load.
    Broadcast,
    /// p99 of a commit at the same rate, from when it was due: a post that comes while the database stands still waits, and so
    /// must the row that it is compared with. Beside it the p99 of the commits alone, where only one meets the standstill.
    Commit,
}

#[derive(Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub shape: Shape,
    load: &'static str,
    pub yardstick: Yardstick,
    /// Of the ratio: at least, at least to be aimed at. Of `Commit`: at most, and no aim beyond.
    pub bounds: (f64, f64),
    /// CPU seconds per 100,000 deliveries: at most, at most to be aimed at.
    pub cpu: Option<(f64, f64)>,
}

pub const TWO: Shape = Shape::new(16, 2);
pub const TEN: Shape = Shape::new(20, 10);
pub const MANY: Shape = Shape::new(4, 200);

pub const INSERT: Yardstick = Yardstick::Insert(128);

/// Commits per second beside which the latency at 500 posts per second is seen.
pub const RATE: &str = "500";

pub const SCENARIOS: [Scenario; 9] = [
    in_twos("rooms of 2, 32 in flight in all", "--in-flight 32"),
    in_twos("rooms of 2, 512 in flight in all", "--in-flight 512"),
    in_twos("rooms of 2, 32 in flight per socket", "--in-flight 1024"),
    beside_a_broadcast("rooms of 10, 512 in flight in all", TEN, "--in-flight 512", (0.16, 0.08)),
    beside_a_broadcast("rooms of 10, 8 in flight per socket", TEN, "--in-flight 1600", (0.16, 0.08)),
    beside_a_broadcast("rooms of 200, 128 in flight in all", MANY, "--in-flight 128", (0.04, 0.02)),
    beside_a_broadcast("rooms of 200, 1 in flight per socket", MANY, "--in-flight 800", (0.04, 0.02)),
    at_a_rate("rooms of 2, 500 posts/s", TWO),
    at_a_rate("rooms of 10, 500 posts/s", TEN),
];

const fn in_twos(name: &'static str, load: &'static str) -> Scenario {
    Scenario { name, shape: TWO, load, yardstick: INSERT, bounds: (0.5, 0.8), cpu: Some((0.60, 0.30)) }
}

const fn beside_a_broadcast(name: &'static str, shape: Shape, load: &'static str, cpu: (f64, f64)) -> Scenario {
    Scenario { name, shape, load, yardstick: Yardstick::Broadcast, bounds: (0.5, 0.8), cpu: Some(cpu) }
}

const fn at_a_rate(name: &'static str, shape: Shape) -> Scenario {
    let yardstick = Yardstick::Commit;
    Scenario { name, shape, load: "--rate 500", yardstick, bounds: (3.0, 3.0), cpu: None }
}

impl Scenario {
    /// The field of the load program's line that is compared.
    pub fn compared(&self) -> &'static str {
        match self.yardstick {
            Yardstick::Insert(_) => "/posted_per_s",
            Yardstick::Broadcast => "/delivered_per_s",
            Yardstick::Commit => "/ack_ms/p99",
        }
    }

    /// With what, of a line of the bare program.
    pub fn compared_with(&self) -> &'static str {
        match self.yardstick {
            Yardstick::Insert(_) => "/rows_per_s",
            Yardstick::Broadcast => "/delivered_per_s",
            Yardstick::Commit => "/from_due_ms/p99",
        }
    }

    /// Storing takes about as long as passing on: neither bare program alone says what can be had.
    pub fn is_bound_by_both(&self) -> bool {
        self.yardstick == Yardstick::Broadcast && self.shape == TEN
    }

    pub fn unit(&self) -> &'static str {
        match self.yardstick {
            Yardstick::Insert(_) => "posts/s",
            Yardstick::Broadcast => "deliveries/s",
            Yardstick::Commit => "ack p99, ms",
        }
    }

    /// A percentile needs more posts than a rate does.
    pub fn seconds(&self, of_a_rate: f64) -> f64 {
        if self.yardstick == Yardstick::Commit { of_a_rate + 2.0 } else { of_a_rate }
    }

    /// The arguments of the load program.
    pub fn line(&self, url: &str, place: &StagePlace, seconds: f64) -> Vec<String> {
        let mut line = vec!["load".to_owned(), format!("--fixture={}", place.fixture.display())];
        line.push(format!("--url={url}"));
        line.extend(self.load.split(' ').map(str::to_owned));
        line.extend([format!("--seconds={seconds}"), "--warmup=1".to_owned()]);
        line
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_scenario_is_understood_by_the_load_program_and_has_a_name_of_its_own() {
        let place = StagePlace::at("sqlite:x", "x.json");
        for scenario in &SCENARIOS {
            let line = scenario.line("http://127.0.0.1:1", &place, scenario.seconds(3.0));
            Cli::try_parse_from(std::iter::once("x".to_owned()).chain(line)).expect(scenario.name);
        }
        let names: std::collections::BTreeSet<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        assert_eq!(names.len(), SCENARIOS.len());
    }
}
