//! Two nodes joined by Redis, with every room split between them, beside one node without Redis, in one run.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::figures::{Figure, digits, number, per_100k};
use super::stage::{Shape, SuiteStage};
use super::table::{MarkdownTable, Report};
use super::{Database, SuiteSetting, redis};

/// The most that two nodes may take, as a multiple of one.
const ASKED_CPU: f64 = 1.3;
const ASKED_P99: f64 = 2.0;

#[derive(Debug, Clone, Args)]
pub struct NodesArgs {
    #[command(flatten)]
    pub setting: SuiteSetting,
    /// How often everything is measured
    #[arg(long, default_value_t = 5)]
    pub runs: usize,
    /// Seconds that are measured of each; those of latency take two more
    #[arg(long, default_value_t = 2.0)]
    pub seconds: f64,
    /// Only scenarios whose name contains this
    #[arg(long)]
    pub only: Option<String>,
    /// An earlier build of the server, two nodes of which are measured beside two of this one
    #[arg(long)]
    pub before: Option<PathBuf>,
}

/// As much as there is room for compares what both can do, and not the same work: two nodes post less, so fewer posts share
/// a commit and a frame. At a rate both do the same.
struct NodesScenario {
    name: &'static str,
    shape: Shape,
    load: &'static str,
    compared: ComparedOverNodes,
}

#[derive(Clone, Copy, PartialEq)]
enum ComparedOverNodes {
    Cpu,
    Latency,
}

impl ComparedOverNodes {
    /// Where it stands in a line of two nodes.
    fn of_two(self) -> &'static str {
        match self {
            Self::Cpu => "/cpu_s_per_100k_deliveries",
            Self::Latency => "/across_ms/p99",
        }
    }
}

const TWO: Shape = Shape::new(16, 2);
const TEN: Shape = Shape::new(20, 10);
const MANY: Shape = Shape::new(4, 200);

const SCENARIOS: [NodesScenario; 8] = [
    NodesScenario::cpu("rooms of 2, 512 in flight", TWO, "--in-flight 512"),
    NodesScenario::cpu("rooms of 2, 20,000 posts/s", TWO, "--rate 20000"),
    NodesScenario::cpu("rooms of 10, 512 in flight", TEN, "--in-flight 512"),
    NodesScenario::cpu("rooms of 10, 15,000 posts/s", TEN, "--rate 15000"),
    NodesScenario::cpu("rooms of 200, 128 in flight", MANY, "--in-flight 128"),
    NodesScenario::cpu("rooms of 200, 2,500 posts/s", MANY, "--rate 2500"),
    NodesScenario::latency("rooms of 2, 500 posts/s", TWO),
    NodesScenario::latency("rooms of 10, 500 posts/s", TEN),
];

impl NodesScenario {
    const fn cpu(name: &'static str, shape: Shape, load: &'static str) -> Self {
        Self { name, shape, load, compared: ComparedOverNodes::Cpu }
    }

    const fn latency(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, load: "--rate 500", compared: ComparedOverNodes::Latency }
    }

    fn seconds(&self, of_cpu: f64) -> f64 {
        if self.compared == ComparedOverNodes::Latency { of_cpu + 2.0 } else { of_cpu }
    }
}

/// Of one node, and of two.
#[derive(Default, Serialize)]
struct MeasuredNodes {
    cpu: [Figure; 2],
    postgres_cpu: [Figure; 2],
    redis_cpu: Figure,
    load_share: [Figure; 2],
    deliveries: [Figure; 2],
    /// Milliseconds from a post to its delivery; of two nodes, to those on the other.
    p99: [Figure; 2],
    /// The compared figure of two nodes of the earlier build.
    before: Figure,
}

pub fn run(args: &NodesArgs) -> Result<bool> {
    let url = args.setting.redis.clone().context("no Redis: TEST_REDIS_URL is not set")?;
    let mut stage = SuiteStage::new(&args.setting)?;
    let chosen =
        |scenario: &&NodesScenario| args.only.as_ref().is_none_or(|only| scenario.name.contains(only.as_str()));
    let mut measured: Vec<(&NodesScenario, MeasuredNodes)> =
        SCENARIOS.iter().filter(chosen).map(|scenario| (scenario, MeasuredNodes::default())).collect();
    let redis = redis::pid(&url)?;
    let (mut raw, mut passed) = (Vec::new(), true);
    for nth in 1..=args.runs {
        for (scenario, into) in &mut measured {
            let MeasuredNodes { cpu, postgres_cpu, redis_cpu, load_share, deliveries, p99, before } = into;
            let figures = cpu.iter_mut().zip(postgres_cpu).zip(load_share).zip(deliveries).zip(p99);
            for (joined, ((((cpu, postgres), share), deliveries), p99)) in [false, true].into_iter().zip(figures) {
                let line = one(&mut stage, args, None, scenario, joined.then_some((url.as_str(), redis)))?;
                cpu.add(number(&line, "/cpu_s_per_100k_deliveries"));
                postgres.add(per_100k(&line, "/postgres_cpu_s"));
                share.add(number(&line, "/load_cpu_share"));
                deliveries.add(number(&line, "/delivered_per_s"));
                p99.add(number(&line, if joined { "/across_ms/p99" } else { "/delivery_ms/p99" }));
                if joined {
                    redis_cpu.add(per_100k(&line, "/redis_cpu_s"));
                }
                let nodes = if joined { 2 } else { 1 };
                eprintln!(
                    "run {nth} of {}: {}, {nodes} node(s): {deliveries} deliveries/s, {cpu} CPU s, p99 {p99} ms",
                    args.runs, scenario.name
                );
                passed &= line.get("passed") == Some(&Value::Bool(true));
                raw.push(json!({ "run": nth, "scenario": scenario.name, "nodes": nodes, "line": line }));
            }
            if let Some(program) = &args.before {
                let line = one(&mut stage, args, Some(program), scenario, Some((url.as_str(), redis)))?;
                before.add(number(&line, scenario.compared.of_two()));
                eprintln!("run {nth} of {}: {}, 2 nodes before: {before}", args.runs, scenario.name);
                passed &= line.get("passed") == Some(&Value::Bool(true));
                raw.push(json!({ "run": nth, "scenario": scenario.name, "nodes": 2, "whose": "before", "line": line }));
            }
        }
    }
    let how = format!("`scripts/bench nodes`, median (least–most) of {} runs of {} s", args.runs, args.seconds);
    let mut report = Report::new("nodes", &how);
    report.add(&told(&measured));
    let rows: Vec<Value> =
        measured.iter().map(|(scenario, figures)| json!({ "scenario": scenario.name, "figures": figures })).collect();
    report.finish(&args.setting, &rows, &raw)?;
    Ok(passed)
}

fn one(
    stage: &mut SuiteStage,
    args: &NodesArgs,
    program: Option<&Path>,
    scenario: &NodesScenario,
    redis: Option<(&str, u32)>,
) -> Result<Value> {
    let program = program.unwrap_or(&args.setting.server);
    let place = stage.place(Database::Postgres, scenario.shape)?;
    let settings: Vec<(&str, &str)> = redis.iter().map(|(url, _)| ("REDIS_URL", *url)).collect();
    let mut nodes = vec![stage.serve_with(program, &place, &settings)?];
    let mut line = vec!["load".to_owned(), format!("--fixture={}", place.fixture.display())];
    if let Some((_, pid)) = redis {
        nodes.push(stage.serve_with(program, &place, &settings)?);
        line.push(format!("--redis-pid={pid}"));
    }
    for node in &nodes {
        line.extend([format!("--url={}", node.url()), format!("--server-pid={}", node.pid())]);
    }
    line.extend(stage.postgres_pid(Database::Postgres));
    line.extend(scenario.load.split(' ').map(str::to_owned));
    line.extend([format!("--seconds={}", scenario.seconds(args.seconds)), "--warmup=1".to_owned()]);
    let line = stage.measure(&line)?;
    nodes.into_iter().try_for_each(super::node::ServedNode::stop)?;
    stage.forget(&place)?;
    Ok(line)
}

fn told(measured: &[(&NodesScenario, MeasuredNodes)]) -> MarkdownTable {
    let mut table = MarkdownTable::new(&[
        "",
        "compared",
        "one node",
        "two nodes and Redis",
        "two ÷ one",
        "asked for",
        "two nodes before",
        "two ÷ two before",
        "of it PostgreSQL, one and two",
        "of it Redis",
        "load program's part of the CPU, one and two",
        "deliveries/s, one and two",
    ]);
    for (scenario, figures) in measured {
        let (what, [one, two], limit) = match scenario.compared {
            ComparedOverNodes::Latency => ("post→delivery p99, ms (two: across nodes)", &figures.p99, ASKED_P99),
            ComparedOverNodes::Cpu => ("CPU s per 100,000 deliveries", &figures.cpu, ASKED_CPU),
        };
        let ratio = two.over(one);
        let holds = ratio.median().is_some_and(|ratio| ratio <= limit);
        let [of_one, of_two] = &figures.deliveries;
        let [pg_of_one, pg_of_two] = &figures.postgres_cpu;
        let [load_of_one, load_of_two] = &figures.load_share;
        let part = |told: String| if scenario.compared == ComparedOverNodes::Latency { "–".to_owned() } else { told };
        table.row(&[
            scenario.name.to_owned(),
            what.to_owned(),
            one.to_string(),
            two.to_string(),
            ratio.to_string(),
            format!("≤ {}: {}", digits(limit), if holds { "yes" } else { "**no**" }),
            figures.before.to_string(),
            two.over(&figures.before).to_string(),
            part(format!("{pg_of_one}; {pg_of_two}")),
            part(figures.redis_cpu.to_string()),
            format!("{load_of_one}; {load_of_two}"),
            format!("{of_one}; {of_two}"),
        ]);
    }
    table
}
