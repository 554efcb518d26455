//! The cost of each guarantee: it is switched off in the database of one run, beside a run with all of them on.
//!
//! Most of them live in the function `append_entries` and in the indexes of `entries`, so they are taken out there; the server is
//! the usual one. Such a database keeps no promise: it is thrown away after the run.

use anyhow::{Result, ensure};
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::figures::{Figure, number, per_100k};
use super::stage::{Shape, StagePlace, SuiteStage};
use super::table::{MarkdownTable, Report};
use super::{Database, SuiteSetting};
use crate::pg::PgConnection;

#[derive(Debug, Clone, Args)]
pub struct GuaranteesArgs {
    #[command(flatten)]
    pub setting: SuiteSetting,
    /// How often everything is measured
    #[arg(long, default_value_t = 5)]
    pub runs: usize,
    /// Seconds that are measured of each
    #[arg(long, default_value_t = 3.0)]
    pub seconds: f64,
    /// Posts that wait for their answers, of all 32 sockets together
    #[arg(long, default_value_t = 1024)]
    pub in_flight: usize,
}

/// How a guarantee is switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Off {
    Nothing,
    /// Parts of `append_entries`, each with what takes its place.
    Edit(&'static [(&'static str, &'static str)]),
    Sql(&'static str),
    /// A setting of this database alone, which goes with it.
    Setting(&'static str),
    /// The file lies in memory, where a sync costs nothing.
    InMemory,
}

const LOCK: (&str, &str) = (" FOR UPDATE", "");
const MEMBERS: (&str, &str) = ("JOIN members m ON m.room_id = a.room AND m.account_id = a.account AND m.active", "");
const SESSIONS: (&str, &str) =
    ("JOIN sessions s ON s.id = a.session AND s.account_id = a.account AND s.expires_at > now_ms", "");

const POSTGRES: [(&str, Off); 8] = [
    ("all guarantees", Off::Nothing),
    ("rooms are not locked while their `seq` is taken", Off::Edit(&[LOCK])),
    ("nobody asks who is a member", Off::Edit(&[MEMBERS])),
    ("nobody asks whether the session lives", Off::Edit(&[SESSIONS])),
    ("none of these three", Off::Edit(&[LOCK, MEMBERS, SESSIONS])),
    ("a repeated nonce is not noticed", Off::Sql("DROP INDEX entries_nonce")),
    ("an acknowledged post may be lost with the power", Off::Setting("synchronous_commit = off")),
    (
        "besides, the keys of rooms and authors are looked up for each row",
        Off::Sql(
            "ALTER TABLE entries ADD FOREIGN KEY (room_id) REFERENCES rooms (id), \
             ADD FOREIGN KEY (author_id) REFERENCES accounts (id)",
        ),
    ),
];

const SQLITE: [(&str, Off); 3] = [
    ("all guarantees", Off::Nothing),
    ("a repeated nonce is not noticed", Off::Sql("DROP INDEX entries_nonce")),
    ("an acknowledged post may be lost with the power", Off::InMemory),
];

#[derive(Serialize)]
struct MeasuredGuarantee {
    database: &'static str,
    what: &'static str,
    posts: Figure,
    cpu: Figure,
    server_cpu: Figure,
    postgres_cpu: Figure,
    p50: Figure,
    load_share: Figure,
    failed: usize,
}

pub fn run(args: &GuaranteesArgs) -> Result<bool> {
    let mut stage = SuiteStage::new(&args.setting)?;
    let postgres = POSTGRES.iter().map(|(what, off)| (Database::Postgres, *what, *off));
    let sqlite = SQLITE.iter().map(|(what, off)| (Database::Sqlite, *what, *off));
    let mut measured: Vec<(Database, Off, MeasuredGuarantee)> =
        postgres.chain(sqlite).map(|(database, what, off)| (database, off, nothing_yet(database, what))).collect();
    let mut raw = Vec::new();
    for nth in 1..=args.runs {
        for (database, off, into) in &mut measured {
            let line = one(&mut stage, args, *database, *off)?;
            into.posts.add(number(&line, "/posted_per_s"));
            into.cpu.add(number(&line, "/cpu_s_per_100k_deliveries"));
            into.server_cpu.add(per_100k(&line, "/server_cpu_s"));
            into.postgres_cpu.add(per_100k(&line, "/postgres_cpu_s"));
            into.p50.add(number(&line, "/ack_ms/p50"));
            into.load_share.add(number(&line, "/load_cpu_share"));
            into.failed += usize::from(line.get("passed") != Some(&Value::Bool(true)));
            eprintln!(
                "run {nth} of {}: {}, {}: {} posts/s, {} CPU s",
                args.runs, into.database, into.what, into.posts, into.cpu
            );
            raw.push(json!({ "run": nth, "database": into.database, "off": into.what, "line": line }));
        }
    }
    let how = format!("`scripts/bench guarantees`, median (least–most) of {} runs of {} s", args.runs, args.seconds);
    let mut report = Report::new("guarantees", &how);
    report.add(&told(&measured, args.in_flight));
    let rows: Vec<&MeasuredGuarantee> = measured.iter().map(|(.., measured)| measured).collect();
    report.finish(&args.setting, &rows, &raw)?;
    Ok(measured.iter().all(|(_, off, measured)| *off != Off::Nothing || measured.failed == 0))
}

fn nothing_yet(database: Database, what: &'static str) -> MeasuredGuarantee {
    let [posts, cpu, server_cpu, postgres_cpu, p50, load_share] = Default::default();
    MeasuredGuarantee {
        database: database.name(),
        what,
        posts,
        cpu,
        server_cpu,
        postgres_cpu,
        p50,
        load_share,
        failed: 0,
    }
}

fn one(stage: &mut SuiteStage, args: &GuaranteesArgs, database: Database, off: Off) -> Result<Value> {
    let shape = Shape::new(16, 2);
    let place = if off == Off::InMemory { stage.place_in_memory(shape)? } else { stage.place(database, shape)? };
    switch_off(stage, &place, off)?;
    let node = stage.serve(&place, &[])?;
    let mut line = vec!["load".to_owned(), format!("--fixture={}", place.fixture.display())];
    line.extend([format!("--url={}", node.url()), format!("--server-pid={}", node.pid())]);
    line.extend(stage.postgres_pid(database));
    line.extend([format!("--in-flight={}", args.in_flight), format!("--seconds={}", args.seconds)]);
    line.push("--warmup=1".to_owned());
    let line = stage.measure(&line)?;
    node.stop()?;
    stage.forget(&place)?;
    Ok(line)
}

fn switch_off(stage: &mut SuiteStage, place: &StagePlace, off: Off) -> Result<()> {
    match (off, place.database) {
        (Off::Nothing | Off::InMemory, _) => Ok(()),
        (Off::Sql(statement), Database::Sqlite) => stage.on_sqlite(place, statement),
        (Off::Setting(setting), _) => stage.set_for(place, setting),
        (Off::Sql(statement), _) => PgConnection::open(&place.url)?.execute(statement),
        (Off::Edit(edits), _) => {
            let mut connection = PgConnection::open(&place.url)?;
            let text = connection.value("SELECT pg_get_functiondef('append_entries'::regproc)")?.unwrap_or_default();
            connection.execute(&edited(&text, edits)?)
        }
    }
}

fn edited(text: &str, edits: &[(&str, &str)]) -> Result<String> {
    edits.iter().try_fold(text.to_owned(), |text, (part, instead)| {
        ensure!(text.contains(part), "append_entries has no {part:?} any more; this suite must follow it");
        Ok(text.replace(part, instead))
    })
}

fn told(measured: &[(Database, Off, MeasuredGuarantee)], in_flight: usize) -> MarkdownTable {
    let mut table = MarkdownTable::new(&[
        &*format!("rooms of 2, {in_flight} in flight"),
        "posts/s",
        "÷ all guarantees",
        "CPU s per 100,000 deliveries",
        "− all guarantees",
        "of it the server",
        "of it PostgreSQL",
        "load program's part of the CPU",
        "ack p50, ms",
    ]);
    for (database, off, figures) in measured {
        let Some((.., all)) = measured.iter().find(|(other, off, _)| other == database && *off == Off::Nothing) else {
            continue;
        };
        let is_all = *off == Off::Nothing;
        let unless = |told: String| if is_all { "–".to_owned() } else { told };
        table.row(&[
            format!("{}: {}", figures.database, figures.what),
            figures.posts.to_string(),
            unless(figures.posts.over(&all.posts).to_string()),
            figures.cpu.to_string(),
            unless(figures.cpu.less(&all.cpu).to_string()),
            figures.server_cpu.to_string(),
            figures.postgres_cpu.to_string(),
            figures.load_share.to_string(),
            figures.p50.to_string(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The newest text of the function is in the last migration that has it.
    #[test]
    fn the_function_still_has_what_is_taken_out_of_it() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/postgres");
        let mut migrations: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        migrations.sort();
        let texts = migrations.iter().filter_map(|path| std::fs::read_to_string(path.join("up.sql")).ok());
        let text = texts.filter(|text| text.contains("FUNCTION append_entries")).collect::<Vec<_>>().pop().unwrap();
        for (what, off) in POSTGRES {
            if let Off::Edit(edits) = off {
                assert_ne!(edited(&text, edits).expect(what), text);
            }
        }
        assert!(edited(&text, &[("no such part", "")]).is_err());
    }
}
