//! The server beside other builds of itself: the one whose rooms leave no gap between two fan-outs, and an earlier one if it is
//! given.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::Database;
use super::super::figures::{Figure, digits, number};
use super::super::stage::{Shape, SuiteStage};
use super::super::table::{MarkdownTable, Report};
use super::RatiosArgs;
use super::scenarios::MANY;

/// Faults are given by this variable, and only to a build that takes them.
const NO_GAP: (&str, &str) = ("ENTREMISE_PLANTED_FAULTS", "no_gap");
const ONE: Shape = Shape::new(1, 200);

#[derive(Clone, Copy, PartialEq)]
enum Compared {
    Posts,
    /// Milliseconds from a post to its delivery, in the median.
    Delivery,
    /// The CPU that server and database take for a post.
    Cpu,
}

struct BuildCase {
    name: &'static str,
    shape: Shape,
    load: &'static str,
    compared: Compared,
    /// The bound of the ratio to the build without a gap.
    without: Option<f64>,
    /// The bound of the ratio to the earlier build.
    before: Option<f64>,
}

/// Ten of the room's two hundred post; who has a post under way waits until they hear it in the room.
const CASES: [BuildCase; 8] = [
    pace("room of 200, 1 in flight per sender", "--senders 10 --until-heard --in-flight 10", Compared::Posts),
    pace("room of 200, 8 in flight per sender", "--senders 10 --until-heard --in-flight 80", Compared::Posts),
    pace("room of 200, 32 in flight per sender", "--senders 10 --until-heard --in-flight 320", Compared::Cpu),
    pace("room of 200, 100 posts/s", "--rate 100", Compared::Delivery),
    pace("room of 200, 1,000 posts/s", "--rate 1000", Compared::Cpu),
    pace("room of 200, 1,000 posts/s of 10 senders", "--rate 1000 --senders 10", Compared::Cpu),
    BuildCase { shape: MANY, ..pace("4 rooms of 200, 128 in flight in all", "--in-flight 128", Compared::Cpu) },
    BuildCase { before: Some(0.95), ..before("4 rooms of 200, 128 in flight in all, posts", MANY, "--in-flight 128") },
];

const fn before(name: &'static str, shape: Shape, load: &'static str) -> BuildCase {
    BuildCase { name, shape, load, compared: Compared::Posts, without: None, before: None }
}

const fn pace(name: &'static str, load: &'static str, compared: Compared) -> BuildCase {
    let (without, before) = match compared {
        Compared::Posts => (Some(0.9), None),
        Compared::Delivery => (Some(1.3), None),
        Compared::Cpu => (None, Some(1.1)),
    };
    BuildCase { name, shape: ONE, load, compared, without, before }
}

#[derive(Default, Serialize)]
struct Of {
    ours: Figure,
    without: Figure,
    before: Figure,
}

#[derive(Default)]
pub struct Builds(BTreeMap<usize, Of>);

impl Compared {
    fn unit(self) -> &'static str {
        match self {
            Self::Posts => "posts/s",
            Self::Delivery => "post→delivery p50, ms",
            Self::Cpu => "CPU µs of a post",
        }
    }

    fn of(self, line: &Value) -> Option<f64> {
        match self {
            Self::Posts => number(line, "/posted_per_s"),
            Self::Delivery => number(line, "/delivery_ms/p50"),
            Self::Cpu => cpu_of_a_post(line),
        }
    }
}

pub(super) fn cpu_of_a_post(line: &Value) -> Option<f64> {
    let served = number(line, "/server_cpu_s")? + number(line, "/postgres_cpu_s").unwrap_or(0.0);
    Some(served * 1e6 / number(line, "/posted").filter(|posted| *posted > 0.0)?)
}

impl Builds {
    /// Everything once. True if all that was delivered was verified.
    pub fn one_run(
        &mut self,
        stage: &mut SuiteStage,
        args: &RatiosArgs,
        nth: usize,
        raw: &mut Vec<Value>,
    ) -> Result<bool> {
        let chosen = |name: &str| args.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
        let (ours, before) = (args.setting.server.as_path(), args.before.as_deref());
        let without = Some(args.without_gap.as_path()).filter(|path| path.exists());
        let mut passed = true;
        let mut note = |whose: &str, name: &str, database: Database, line: Value| {
            passed &= line.get("passed") == Some(&Value::Bool(true));
            raw.push(
                json!({ "run": nth, "scenario": name, "database": database.name(), "whose": whose, "line": line }),
            );
        };
        let database = args.database.unwrap_or(Database::Postgres);
        for (index, case) in CASES.iter().enumerate().filter(|(_, case)| chosen(case.name)) {
            let into = self.0.entry(index).or_default();
            let builds = [
                ("ours", Some(ours), &mut into.ours),
                ("no gap", without, &mut into.without),
                ("before", before, &mut into.before),
            ];
            for (whose, program, figure) in builds {
                let Some(program) = program else { continue };
                let env: &[(&str, &str)] = if whose == "no gap" { &[NO_GAP] } else { &[] };
                let line = load(stage, program, env, database, case.shape, case.load, args.seconds)?;
                figure.add(case.compared.of(&line));
                eprintln!("  {:<36} {whose} {figure}", case.name);
                note(whose, case.name, database, line);
            }
        }
        Ok(passed)
    }

    pub fn tell(&self, report: &mut Report) {
        if !self.0.is_empty() {
            report.add(&self.table());
        }
    }

    fn table(&self) -> MarkdownTable {
        let mut table = MarkdownTable::new(&[
            "rooms of 200, 10 senders or everybody",
            "compared",
            "without a gap",
            "before",
            "ours",
            "ours ÷ without a gap",
            "ours ÷ before",
            "asked for",
        ]);
        for (index, of) in &self.0 {
            let Some(case) = CASES.get(*index) else { continue };
            let (to_without, to_before) = (of.ours.over(&of.without), of.ours.over(&of.before));
            let asked = match (case.without, case.before) {
                (Some(limit), _) => verdict(&to_without, limit, case.compared == Compared::Posts, "without"),
                (_, Some(limit)) => verdict(&to_before, limit, case.compared == Compared::Posts, "before"),
                _ => "–".to_owned(),
            };
            table.row(&[
                case.name.to_owned(),
                case.compared.unit().to_owned(),
                of.without.to_string(),
                of.before.to_string(),
                of.ours.to_string(),
                to_without.to_string(),
                to_before.to_string(),
                asked,
            ]);
        }
        table
    }
}

pub(super) fn verdict(ratio: &Figure, limit: f64, at_least: bool, of: &str) -> String {
    let sign = if at_least { "≥" } else { "≤" };
    match ratio.median() {
        None => format!("{sign} {} of {of}: not measured", digits(limit)),
        Some(median) if (at_least && median >= limit) || (!at_least && median <= limit) => {
            format!("{sign} {} of {of}: yes", digits(limit))
        }
        Some(_) => format!("{sign} {} of {of}: **no**", digits(limit)),
    }
}

pub(super) fn load(
    stage: &mut SuiteStage,
    program: &Path,
    env: &[(&str, &str)],
    database: Database,
    shape: Shape,
    load: &str,
    seconds: f64,
) -> Result<Value> {
    let place = stage.place(database, shape)?;
    let node = stage.serve_with(program, &place, env)?;
    let mut line = vec!["load".to_owned(), format!("--fixture={}", place.fixture.display())];
    line.extend([format!("--url={}", node.url()), format!("--server-pid={}", node.pid())]);
    line.extend(stage.postgres_pid(database));
    line.extend(load.split(' ').map(str::to_owned));
    line.extend([format!("--seconds={seconds}"), "--warmup=1".to_owned()]);
    let line = stage.measure(&line)?;
    node.stop()?;
    stage.forget(&place)?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_says_beside_which_build_it_is_taken() {
        let ratio = Figure::of([0.85, 1.0, 1.2]);
        assert_eq!(verdict(&ratio, 0.9, true, "without"), "≥ 0.90 of without: yes");
        assert_eq!(verdict(&ratio, 0.9, false, "before"), "≤ 0.90 of before: **no**");
        assert_eq!(verdict(&Figure::default(), 1.1, false, "before"), "≤ 1.10 of before: not measured");
    }

    #[test]
    fn every_case_is_understood_by_the_load_program() {
        use clap::Parser;
        for case in &CASES {
            let line = ["x", "load", "--fixture=x"].into_iter().chain(case.load.split(' '));
            crate::cli::Cli::try_parse_from(line).expect(case.name);
        }
    }
}
