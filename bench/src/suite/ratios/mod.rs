//! The server beside the bare programs. A run goes through all scenarios, each next to its yardstick, so that both meet the
//! same machine; the ratio is taken within the run, and what is told is the median of the runs.

mod builds;
mod lone_posts;
mod print;
mod scenarios;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use self::builds::Builds;
use self::lone_posts::LonePosts;
use self::scenarios::{INSERT, RATE, SCENARIOS, Scenario, TWO, Yardstick};
use super::figures::{Figure, digits, number};
use super::stage::{StagePlace, SuiteStage};
use super::table::{Report, processors};
use super::{Database, SuiteSetting};

#[derive(Debug, Clone, Args)]
pub struct RatiosArgs {
    #[command(flatten)]
    pub setting: SuiteSetting,
    /// How often everything is measured
    #[arg(long, default_value_t = 5)]
    pub runs: usize,
    /// One run: to see where things stand, not to be told
    #[arg(long)]
    pub quick: bool,
    /// Only on this database
    #[arg(long)]
    pub database: Option<Database>,
    /// Only scenarios whose name contains this, such as "of 2," or "500 posts/s"
    #[arg(long)]
    pub only: Option<String>,
    /// Seconds that are measured of each; those at a rate take two more
    #[arg(long, default_value_t = 3.0)]
    pub seconds: f64,
    /// A build that takes planted faults: measured without a gap between two fan-outs, if it is there
    #[arg(long, default_value = "target/release/entremise-planted")]
    pub without_gap: PathBuf,
    /// An earlier build of the server, to be measured beside this one where that is asked for
    #[arg(long)]
    pub before: Option<PathBuf>,
    /// A setting of the server, NAME=VALUE, to try it; may be repeated
    #[arg(long = "env")]
    pub env: Vec<String>,
}

/// Every figure of one scenario on one database, run by run.
#[derive(Default, Serialize)]
struct MeasuredRatio {
    bare: Figure,
    ours: Figure,
    cpu: Figure,
    bare_cpu: Figure,
    deliveries: Figure,
    load_share: Figure,
    /// Of the machine, while either was measured.
    other: Figure,
    p50: Figure,
    p99: Figure,
    /// The bare commits' p99 without their waiting.
    bare_alone: Figure,
    /// The compared figure and the CPU of the earlier build.
    before: Figure,
    before_cpu: Figure,
    /// Posts per second, and the rows that the bare insert wrote in the same run.
    posts: Figure,
    rows: Figure,
}

struct Ratios<'a> {
    args: &'a RatiosArgs,
    stage: SuiteStage,
    measured: BTreeMap<(Database, usize), MeasuredRatio>,
    limits: BTreeMap<(Database, usize), Figure>,
    builds: Builds,
    lone_posts: LonePosts,
    raw: Vec<Value>,
    passed: bool,
}

pub fn run(args: &RatiosArgs) -> Result<bool> {
    let runs = if args.quick { 1 } else { args.runs };
    ensure!((1..=100).contains(&runs), "--runs must be 1 to 100");
    let stage = SuiteStage::new(&args.setting)?;
    let (measured, limits) = (BTreeMap::new(), BTreeMap::new());
    let mut ratios = Ratios {
        args,
        stage,
        measured,
        limits,
        builds: Builds::default(),
        lone_posts: LonePosts::default(),
        raw: Vec::new(),
        passed: true,
    };
    for nth in 1..=runs {
        eprintln!("run {nth} of {runs}");
        ratios.one_run(nth)?;
    }
    let how = format!("`scripts/bench ratios`, median (least–most) of {runs} runs of {} s", args.seconds);
    let mut report = Report::new("ratios", &how);
    print::ratios(&mut report, &ratios.measured);
    print::limits(&mut report, &ratios.limits);
    ratios.builds.tell(&mut report);
    ratios.lone_posts.tell(&mut report);
    let rows = ratios.measured.iter().map(|((database, index), figures)| {
        let name = SCENARIOS.get(*index).map(|scenario| scenario.name);
        json!({ "scenario": name, "database": database.name(), "figures": figures })
    });
    report.finish(&args.setting, &rows.collect::<Vec<_>>(), &ratios.raw)?;
    Ok(ratios.passed)
}

impl Ratios<'_> {
    fn one_run(&mut self, nth: usize) -> Result<()> {
        let databases = self.args.database.map_or(vec![Database::Postgres, Database::Sqlite], |only| vec![only]);
        // Scenarios with the same yardstick share its measurement; the broadcast knows no database.
        let mut known: BTreeMap<(Option<Database>, Yardstick, Option<usize>), Value> = BTreeMap::new();
        for (index, scenario) in SCENARIOS.iter().enumerate() {
            if self.args.only.as_ref().is_some_and(|only| !scenario.name.contains(only.as_str())) {
                continue;
            }
            for database in &databases {
                let key = match scenario.yardstick {
                    Yardstick::Broadcast => (None, scenario.yardstick, Some(index)),
                    other => (Some(*database), other, None),
                };
                let bare = match known.get(&key) {
                    Some(bare) => bare.clone(),
                    None => {
                        let bare = self.bare(scenario, *database)?;
                        self.keep(nth, scenario, *database, "bare", scenario.compared_with(), &bare);
                        known.insert(key, bare.clone());
                        bare
                    }
                };
                let insert = known.get(&(Some(*database), INSERT, None)).cloned();
                let ours = self.serve(&self.args.setting.server, scenario, *database)?;
                self.keep(nth, scenario, *database, "ours", scenario.compared(), &ours);
                self.note((*database, index), scenario, [&bare, &ours], insert.as_ref());
                if let Some(before) = &self.args.before {
                    let line = self.serve(before, scenario, *database)?;
                    self.keep(nth, scenario, *database, "before", scenario.compared(), &line);
                    let into = self.measured.entry((*database, index)).or_default();
                    into.before.add(number(&line, scenario.compared()));
                    into.before_cpu.add(number(&line, "/cpu_s_per_100k_deliveries"));
                }
            }
        }
        self.passed &= self.builds.one_run(&mut self.stage, self.args, nth, &mut self.raw)?;
        self.passed &= self.lone_posts.one_run(&mut self.stage, self.args, nth, &mut self.raw)?;
        if self.args.only.is_none() {
            databases.into_iter().try_for_each(|database| self.limits_of(nth, database))?;
        }
        Ok(())
    }

    fn keep(&mut self, nth: usize, scenario: &Scenario, database: Database, whose: &str, compared: &str, line: &Value) {
        let told = |pointer| number(line, pointer).map(digits).unwrap_or_default();
        eprintln!(
            "  {:<10}  {:<36} {whose} {:>8}  others took {} CPU s",
            database.name(),
            scenario.name,
            told(compared),
            told("/other_cpu_s"),
        );
        self.passed &= line.get("passed") == Some(&Value::Bool(true));
        let (name, database) = (scenario.name, database.name());
        self.raw.push(json!({ "run": nth, "scenario": name, "database": database, "whose": whose, "line": line }));
    }

    fn bare(&mut self, scenario: &Scenario, database: Database) -> Result<Value> {
        let place = self.stage.place(database, scenario.shape)?;
        let seconds = scenario.seconds(self.args.seconds);
        let line = match scenario.yardstick {
            Yardstick::Insert(rows) => self.insert(&place, rows, seconds)?,
            Yardstick::Commit => {
                let mut line = self.on_database("commit", &place, seconds);
                line.extend(["--rate".to_owned(), RATE.to_owned()]);
                self.stage.measure(&line)?
            }
            Yardstick::Broadcast => {
                let node = self.stage.serve_bare(None)?;
                let mut line = scenario.line(&node.url(), &place, seconds);
                line.push(format!("--server-pid={}", node.pid()));
                let line = self.stage.measure(&line)?;
                node.stop()?;
                line
            }
        };
        self.stage.forget(&place)?;
        Ok(line)
    }

    fn insert(&self, place: &StagePlace, rows: usize, seconds: f64) -> Result<Value> {
        let mut line = self.on_database("insert", place, seconds);
        line.extend(["--rows".to_owned(), rows.to_string()]);
        self.stage.measure(&line)
    }

    fn on_database(&self, what: &str, place: &StagePlace, seconds: f64) -> Vec<String> {
        let mut line = vec!["bare".to_owned(), what.to_owned(), format!("--database={}", place.url)];
        line.push(format!("--fixture={}", place.fixture.display()));
        line.extend([format!("--seconds={seconds}"), "--warmup=0.5".to_owned()]);
        line.extend(self.stage.postgres_pid(place.database));
        line
    }

    fn serve(&mut self, program: &Path, scenario: &Scenario, database: Database) -> Result<Value> {
        let place = self.stage.place(database, scenario.shape)?;
        let env: Vec<(&str, &str)> = self.args.env.iter().filter_map(|pair| pair.split_once('=')).collect();
        let node = self.stage.serve_with(program, &place, &env)?;
        let mut line = scenario.line(&node.url(), &place, scenario.seconds(self.args.seconds));
        line.push(format!("--server-pid={}", node.pid()));
        line.extend(self.stage.postgres_pid(database));
        let before = self.stage.wal_bytes(database)?;
        let mut line = self.stage.measure(&line)?;
        let wal = self.stage.wal_bytes(database)?.zip(before).map(|(after, before)| after - before);
        if let Some(line) = line.as_object_mut() {
            line.insert("wal_bytes".to_owned(), json!(wal));
        }
        node.stop()?;
        self.stage.forget(&place)?;
        Ok(line)
    }

    /// One and 512 rows to a commit: not compared with anything, but they say what the database can do.
    fn limits_of(&mut self, nth: usize, database: Database) -> Result<()> {
        for rows in [1, 512] {
            let place = self.stage.place(database, TWO)?;
            let line = self.insert(&place, rows, (self.args.seconds / 2.0).max(0.5))?;
            self.stage.forget(&place)?;
            self.limits.entry((database, rows)).or_default().add(number(&line, "/rows_per_s"));
            self.raw.push(json!({ "run": nth, "scenario": "limits", "database": database.name(), "line": line }));
        }
        Ok(())
    }

    fn note(&mut self, key: (Database, usize), scenario: &Scenario, [bare, ours]: [&Value; 2], insert: Option<&Value>) {
        let into = self.measured.entry(key).or_default();
        into.bare.add(number(bare, scenario.compared_with()));
        into.ours.add(number(ours, scenario.compared()));
        into.cpu.add(number(ours, "/cpu_s_per_100k_deliveries"));
        into.bare_cpu.add(number(bare, "/cpu_s_per_100k_deliveries").or_else(|| number(bare, "/cpu_s_per_100k_rows")));
        into.deliveries.add(number(ours, "/delivered_per_s"));
        into.load_share.add(number(ours, "/load_cpu_share"));
        let machine = scenario.seconds(self.args.seconds) * processors() as f64;
        for line in [bare, ours] {
            into.other.add(number(line, "/other_cpu_s").map(|cpu| cpu / machine));
        }
        into.p50.add(number(ours, "/ack_ms/p50"));
        into.p99.add(number(ours, "/ack_ms/p99"));
        if let Some(insert) = insert.filter(|_| scenario.is_bound_by_both()) {
            into.posts.add(number(ours, "/posted_per_s"));
            into.rows.add(number(insert, "/rows_per_s"));
        }
        into.bare_alone.add(number(bare, "/commit_ms/p99").filter(|_| scenario.yardstick == Yardstick::Commit));
    }
}
