//! Everybody is dropped at once, misses something, and comes back at once: once because the connections are cut, once because
//! the server is killed, and the one that they come back to has just started.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde_json::{Value, json};

use super::figures::{Figure, number};
use super::node::free_port;
use super::stage::{Shape, StagePlace, SuiteStage};
use super::table::{MarkdownTable, Report};
use super::{Database, SuiteSetting};
use crate::pg::PgConnection;
use crate::reconnect::HELD;

/// Milliseconds after which everybody must have everything.
const ASKED_MS: f64 = 15_000.0;
/// How often the database's connections are counted.
const LOOK: Duration = Duration::from_millis(10);
/// Pool and log lanes of a node with default settings.
const CONNECTIONS: f64 = 9.0;

#[derive(Debug, Clone, Args)]
pub struct ReconnectSuiteArgs {
    #[command(flatten)]
    pub setting: SuiteSetting,
    /// How often
    #[arg(long, default_value_t = 5)]
    pub runs: usize,
    /// Rooms of ten people with a socket each
    #[arg(long, default_value_t = 500)]
    pub rooms: usize,
    /// Entries that each of them misses
    #[arg(long, default_value_t = 100)]
    pub missed: usize,
}

#[derive(Default, serde::Serialize)]
struct MeasuredReconnect {
    caught_up_ms: Figure,
    half_ms: Figure,
    connections: Figure,
    refused: Figure,
    closed: Figure,
    cpu_s: Figure,
}

pub fn run(args: &ReconnectSuiteArgs) -> Result<bool> {
    let mut stage = SuiteStage::new(&args.setting)?;
    let shape = Shape::new(args.rooms, 10);
    let (mut raw, mut passed) = (Vec::new(), true);
    let mut measured: [(&str, MeasuredReconnect); 2] =
        [("connections cut", MeasuredReconnect::default()), ("server killed", MeasuredReconnect::default())];
    for nth in 1..=args.runs {
        for (how, into) in &mut measured {
            let place = stage.place(Database::Postgres, shape)?;
            let (line, connections) = one(&stage, args, &place, *how == "server killed")?;
            stage.forget(&place)?;
            let sum = |pointer: &str| {
                let counts = line.pointer(pointer).and_then(Value::as_object);
                counts.map(|counts| counts.values().filter_map(Value::as_f64).sum())
            };
            into.caught_up_ms.add(number(&line, "/caught_up_ms"));
            into.half_ms.add(number(&line, "/socket_ms/p50"));
            into.connections.add(Some(connections));
            into.refused.add(sum("/refused"));
            into.closed.add(sum("/closed"));
            into.cpu_s.add(number(&line, "/server_cpu_s"));
            eprintln!(
                "run {nth} of {}, {how}: {} ms; refused {}, closed {}",
                args.runs,
                into.caught_up_ms,
                line.pointer("/refused").unwrap_or(&Value::Null),
                line.pointer("/closed").unwrap_or(&Value::Null)
            );
            passed &= line.get("passed") == Some(&Value::Bool(true));
            raw.push(json!({ "run": nth, "how": how, "connections": connections, "line": line }));
        }
    }
    let mut table = MarkdownTable::new(&[
        &*format!("{} sockets, {} entries missed each", args.rooms * 10, args.missed),
        "ms until all had everything",
        "asked for",
        "ms until half had",
        "refusals on the way",
        "connections closed on the way",
        "CPU s of the server",
        "connections of the database, at most",
        "pool and lanes",
    ]);
    for (how, figures) in &measured {
        let verdict = |figure: &Figure, limit: f64| {
            if figure.range().is_some_and(|(_, most)| most <= limit) { "yes" } else { "**no**" }
        };
        table.row(&[
            (*how).to_owned(),
            figures.caught_up_ms.to_string(),
            format!("≤ {ASKED_MS}: {}", verdict(&figures.caught_up_ms, ASKED_MS)),
            figures.half_ms.to_string(),
            figures.refused.to_string(),
            figures.closed.to_string(),
            figures.cpu_s.to_string(),
            figures.connections.to_string(),
            format!("{CONNECTIONS}: {}", verdict(&figures.connections, CONNECTIONS)),
        ]);
    }
    let how = format!("`scripts/bench reconnect`, median (least–most) of {} runs", args.runs);
    let mut report = Report::new("reconnect", &how);
    report.add(&table);
    let rows: Vec<Value> = measured.iter().map(|(how, figures)| json!({ "how": how, "figures": figures })).collect();
    report.finish(&args.setting, &rows, &raw)?;
    Ok(passed)
}

/// The load program's line, and how many connections the database had at most.
fn one(stage: &SuiteStage, args: &ReconnectSuiteArgs, place: &StagePlace, kill: bool) -> Result<(Value, f64)> {
    let port = free_port()?;
    let mut node = stage.serve_at(place, port, &[])?;
    let mut command = stage.load_program();
    command.args(["reconnect", "--hold", "--url", &node.url(), "--connect-timeout", "120"]);
    command.arg("--fixture").arg(&place.fixture).args(["--missed", &args.missed.to_string()]);
    // With two processes the CPU time would be that of the second.
    if !kill {
        command.args(["--server-pid", &node.pid().to_string()]);
    }
    let mut load = Held::start(command)?;
    load.held()?;
    if kill {
        node.kill()?;
        node = stage.serve_at(place, port, &[])?;
    }
    load.go_on()?;
    load.held()?;
    if kill {
        node.kill()?;
        node = stage.serve_at(place, port, &[])?;
    }
    let count = Counting::start(stage, place)?;
    load.go_on()?;
    let line = load.finish()?;
    let connections = count.stop()?;
    node.stop()?;
    Ok((line, connections))
}

/// A load program that stops now and then until it is told to go on.
struct Held {
    child: Child,
    input: ChildStdin,
    lines: mpsc::Receiver<String>,
}

impl Held {
    fn start(mut command: Command) -> Result<Self> {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().context("cannot start the load program")?;
        let input = child.stdin.take().context("no standard input")?;
        let errors = child.stderr.take().context("no standard error output")?;
        let (told, lines) = mpsc::sync_channel(1024);
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                if told.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, input, lines })
    }

    /// Waits until the program waits.
    fn held(&mut self) -> Result<()> {
        let mut last = String::new();
        for line in &self.lines {
            if line.starts_with(HELD) {
                return Ok(());
            }
            last = line;
        }
        bail!("the load program ended: {last}");
    }

    fn go_on(&mut self) -> Result<()> {
        self.input.write_all(b"\n").context("the load program is gone")
    }

    fn finish(self) -> Result<Value> {
        drop(self.input);
        let out = self.child.wait_with_output()?;
        let mut line: Value = serde_json::from_slice(&out.stdout).with_context(|| {
            let said: Vec<String> = self.lines.try_iter().collect();
            format!("the load program printed no JSON: {}", said.join("; "))
        })?;
        if let Some(line) = line.as_object_mut() {
            line.insert("passed".to_owned(), out.status.success().into());
        }
        Ok(line)
    }
}

/// Counts the connections of one database, again and again.
struct Counting {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<f64>>,
}

impl Counting {
    fn start(stage: &SuiteStage, place: &StagePlace) -> Result<Self> {
        let mut connection = PgConnection::open(stage.postgres()?)?;
        let name = place.url.rsplit('/').next().unwrap_or_default();
        let count = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut most: f64 = 0.0;
            while !stopped.load(Ordering::Relaxed) {
                let count = connection.value(&count)?.context("no count")?;
                most = most.max(count.parse().context("not a number")?);
                std::thread::sleep(LOOK);
            }
            Ok(most)
        });
        Ok(Self { stop, thread })
    }

    fn stop(self) -> Result<f64> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow!("the counting thread panicked"))?
    }
}
