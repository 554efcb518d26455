//! The cost of a post that shares its commit with no other, beside the bare programs that do the same.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::Database;
use super::super::figures::{Figure, number};
use super::super::stage::{Shape, SuiteStage};
use super::super::table::{MarkdownTable, Report};
use super::RatiosArgs;
use super::builds::{cpu_of_a_post, load, verdict};
use super::scenarios::{RATE, TEN, TWO};

const ALONE: [(&str, Shape); 2] = [("rooms of 2, 500 posts/s", TWO), ("rooms of 10, 500 posts/s", TEN)];
const ASKED_ALONE: f64 = 1.25;

#[derive(Default, Serialize)]
struct Alone {
    /// The figures of the bare programs: the one that commits (or its database alone), and the one that passes on.
    commit: Figure,
    bare_postgres: Figure,
    broadcast: Figure,
    /// The one that stores, then passes on.
    both: Figure,
    ours: Figure,
    postgres: Figure,
    before: Figure,
}

#[derive(Default)]
pub struct LonePosts(BTreeMap<(Database, usize), Alone>);

/// CPU of the database, divided by a count of the line.
fn postgres_of(line: &Value, count: &str) -> Option<f64> {
    let (cpu, count) = number(line, "/postgres_cpu_s").zip(number(line, count))?;
    Some(cpu * 1e6 / count)
}

impl LonePosts {
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
        let mut passed = true;
        let mut note = |whose: &str, name: &str, database: Database, line: Value| {
            passed &= line.get("passed") == Some(&Value::Bool(true));
            raw.push(
                json!({ "run": nth, "scenario": name, "database": database.name(), "whose": whose, "line": line }),
            );
        };
        for database in args.database.map_or(vec![Database::Postgres, Database::Sqlite], |only| vec![only]) {
            for (index, (name, shape)) in ALONE.iter().enumerate().filter(|(_, (name, _))| chosen(name)) {
                let into = self.0.entry((database, index)).or_default();
                let (rate, seconds) = (format!("--rate {RATE}"), args.seconds + 2.0);
                let line = commit(stage, database, *shape, seconds)?;
                into.commit.add(number(&line, "/cpu_us_of_a_commit"));
                into.bare_postgres.add(postgres_of(&line, "/commits"));
                note("bare commit", name, database, line);
                let line = broadcast(stage, database, *shape, &rate, seconds, false)?;
                into.broadcast.add(cpu_of_a_post(&line));
                note("bare broadcast", name, database, line);
                let line = broadcast(stage, database, *shape, &rate, seconds, true)?;
                into.both.add(cpu_of_a_post(&line));
                note("bare broadcast that stores", name, database, line);
                let line = load(stage, ours, &[], database, *shape, &rate, seconds)?;
                into.ours.add(cpu_of_a_post(&line));
                into.postgres.add(postgres_of(&line, "/posted"));
                note("alone", name, database, line);
                if let Some(before) = before {
                    let line = load(stage, before, &[], database, *shape, &rate, seconds)?;
                    into.before.add(cpu_of_a_post(&line));
                    note("before", name, database, line);
                }
                eprintln!(
                    "  {} {name}: {} + {} bare, {} in one program, ours {}",
                    database.name(),
                    into.commit,
                    into.broadcast,
                    into.both,
                    into.ours
                );
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
            "CPU µs of a post that shares its commit with nobody",
            "bare commit",
            "of it PostgreSQL",
            "bare broadcast",
            "bare, both in one program",
            "before",
            "ours",
            "of it PostgreSQL",
            "PostgreSQL ÷ bare",
            "the rest ÷ bare",
            "ours ÷ both in one program",
            "ours ÷ both bare",
            "asked for",
        ]);
        for ((database, index), alone) in &self.0 {
            let Some((name, _)) = ALONE.get(*index) else { continue };
            let bare = alone.commit.plus(&alone.broadcast);
            let ratio = alone.ours.over(&bare);
            let (rest, bare_rest) = match alone.postgres.median() {
                Some(_) => (alone.ours.less(&alone.postgres), bare.less(&alone.bare_postgres)),
                None => (alone.ours.clone(), bare),
            };
            table.row(&[
                format!("{}, {name}", database.name()),
                alone.commit.to_string(),
                alone.bare_postgres.to_string(),
                alone.broadcast.to_string(),
                alone.both.to_string(),
                alone.before.to_string(),
                alone.ours.to_string(),
                alone.postgres.to_string(),
                alone.postgres.over(&alone.bare_postgres).to_string(),
                rest.over(&bare_rest).to_string(),
                alone.ours.over(&alone.both).to_string(),
                ratio.to_string(),
                verdict(&ratio, ASKED_ALONE, false, "both bare"),
            ]);
        }
        table
    }
}

fn commit(stage: &mut SuiteStage, database: Database, shape: Shape, seconds: f64) -> Result<Value> {
    let place = stage.place(database, shape)?;
    let mut line = ["bare", "commit", "--rate", RATE].map(str::to_owned).to_vec();
    line.extend([format!("--database={}", place.url), format!("--fixture={}", place.fixture.display())]);
    line.extend([format!("--seconds={seconds}"), "--warmup=1".to_owned()]);
    line.extend(stage.postgres_pid(database));
    let line = stage.measure(&line)?;
    stage.forget(&place)?;
    Ok(line)
}

fn broadcast(
    stage: &mut SuiteStage,
    database: Database,
    shape: Shape,
    load: &str,
    seconds: f64,
    stores: bool,
) -> Result<Value> {
    let place = stage.place(database, shape)?;
    let node = stage.serve_bare(stores.then_some(&place))?;
    let mut line = vec!["load".to_owned(), format!("--fixture={}", place.fixture.display())];
    line.extend([format!("--url={}", node.url()), format!("--server-pid={}", node.pid())]);
    if stores {
        line.extend(stage.postgres_pid(database));
    }
    line.extend(load.split(' ').map(str::to_owned));
    line.extend([format!("--seconds={seconds}"), "--warmup=1".to_owned()]);
    let line = stage.measure(&line)?;
    node.stop()?;
    stage.forget(&place)?;
    Ok(line)
}
