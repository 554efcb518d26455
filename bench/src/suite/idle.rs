//! The cost of sockets that only listen: memory, and the processor's time of their heartbeats.

use anyhow::{Result, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::figures::{Figure, number};
use super::stage::{Shape, SuiteStage};
use super::table::{MarkdownTable, Report};
use super::{Database, SuiteSetting};

/// KiB that an idle socket in five rooms may take.
const ASKED_KIB: f64 = 16.0;

#[derive(Debug, Clone, Args)]
pub struct IdleSuiteArgs {
    #[command(flatten)]
    pub setting: SuiteSetting,
    /// How often
    #[arg(long, default_value_t = 5)]
    pub runs: usize,
    /// Sockets; each is a file of the server and one of the load program
    #[arg(long, default_value_t = 18_000)]
    pub sockets: usize,
    /// Rooms of each
    #[arg(long, default_value_t = 5)]
    pub joins: usize,
    /// People in a room
    #[arg(long, default_value_t = 10)]
    pub members: usize,
    /// Sockets of one person
    #[arg(long, default_value_t = 2)]
    pub devices: usize,
    /// Seconds of being idle
    #[arg(long, default_value_t = 5.0)]
    pub seconds: f64,
}

pub fn run(args: &IdleSuiteArgs) -> Result<bool> {
    ensure!(args.members > 0 && args.devices > 0 && args.joins > 0, "nobody, or no room");
    let mut stage = SuiteStage::new(&args.setting)?;
    let groups = args.sockets.div_ceil(args.devices).div_ceil(args.members);
    let shape = Shape { alike: args.joins, ..Shape::new(groups * args.joins, args.members) };
    let (mut all, mut further, mut connect, mut cpu) = Default::default();
    let _: [&mut Figure; 4] = [&mut all, &mut further, &mut connect, &mut cpu];
    let mut bare = Figure::default();
    let (mut raw, mut passed) = (Vec::new(), true);
    for nth in 1..=args.runs {
        let place = stage.place(Database::Postgres, shape)?;
        let mut line = vec!["idle".to_owned(), format!("--fixture={}", place.fixture.display())];
        line.extend([format!("--sockets={}", args.sockets), format!("--joins={}", args.joins)]);
        line.extend([format!("--seconds={}", args.seconds), "--connect-timeout=300".to_owned()]);
        let node = stage.serve_bare(None)?;
        let beside =
            stage.measure(&with(&line, [format!("--url={}", node.url()), format!("--server-pid={}", node.pid())]))?;
        node.stop()?;
        let node = stage.serve(&place, &[])?;
        line.extend(stage.postgres_pid(Database::Postgres));
        let ours =
            stage.measure(&with(&line, [format!("--url={}", node.url()), format!("--server-pid={}", node.pid())]))?;
        node.stop()?;
        stage.forget(&place)?;
        bare.add(number(&beside, "/rss_kib_per_socket"));
        all.add(number(&ours, "/rss_kib_per_socket"));
        further.add(number(&ours, "/rss_kib_per_further_socket"));
        connect.add(number(&ours, "/connect_s"));
        cpu.add(number(&ours, "/server_cpu_s").map(|cpu| cpu / args.seconds * 60.0));
        eprintln!("run {nth} of {}: {all} KiB per socket, all live after {connect} s", args.runs);
        passed &= [&beside, &ours].iter().all(|line| line.get("passed") == Some(&Value::Bool(true)));
        raw.extend([
            json!({ "run": nth, "whose": "bare", "line": beside }),
            json!({ "run": nth, "whose": "ours", "line": ours }),
        ]);
    }
    let mut table = MarkdownTable::new(&["", "bare actix", "ours", "asked for"]);
    let holds = all.median().is_some_and(|kib| kib <= ASKED_KIB);
    let what = format!("KiB resident per socket, {} sockets in {} rooms each", args.sockets, args.joins);
    let asked = format!("≤ {ASKED_KIB}: {}", if holds { "yes" } else { "**no**" });
    table.row(&[
        format!("{what}, the memory of {} rooms included", shape.rooms),
        bare.to_string(),
        all.to_string(),
        asked,
    ]);
    let rest = |what: &str, figure: &Figure| [what.to_owned(), "–".to_owned(), figure.to_string(), "–".to_owned()];
    table.row(&rest("KiB per further socket, once every room is there", &further));
    table.row(&rest("seconds until all had connected and joined", &connect));
    table.row(&rest("CPU seconds of the server per minute, all idle", &cpu));
    let mut report = Report::new("idle", &format!("`scripts/bench idle`, median (least–most) of {} runs", args.runs));
    report.add(&table);
    let rows = json!({ "bare": bare, "all": all, "further": further, "connect_s": connect, "cpu_s_per_minute": cpu });
    report.finish(&args.setting, &rows, &raw)?;
    Ok(passed)
}

fn with<const N: usize>(line: &[String], more: [String; N]) -> Vec<String> {
    line.iter().cloned().chain(more).collect()
}
