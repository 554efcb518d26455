//! Does the cost grow with the work and with nothing else? More rooms, more members, more history behind a cursor.

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::figures::{Figure, number, per_100k};
use super::stage::{Shape, StagePlace, SuiteStage};
use super::table::{MarkdownTable, Report};
use super::{Database, SuiteSetting};

/// How much more a delivery may cost in the largest than in the smallest.
const ASKED: f64 = 1.2;

#[derive(Debug, Clone, Args)]
pub struct ScaleArgs {
    #[command(flatten)]
    pub setting: SuiteSetting,
    /// How often everything is measured
    #[arg(long, default_value_t = 5)]
    pub runs: usize,
    /// Seconds that are measured of each load
    #[arg(long, default_value_t = 2.0)]
    pub seconds: f64,
    /// Only "rooms", "members" or "history"
    #[arg(long)]
    pub only: Option<String>,
}

/// One size of something that grows.
#[derive(Serialize)]
struct Size {
    grows: &'static str,
    name: String,
    #[serde(skip)]
    shape: Shape,
    #[serde(skip)]
    load: &'static str,
    deliveries: Figure,
    posts: Figure,
    cpu: Figure,
    postgres_cpu: Figure,
    load_share: Figure,
    p99: Figure,
}

/// Joining a room again and again.
#[derive(Serialize)]
struct Joining {
    entries: usize,
    missed: Option<u64>,
    p50: Figure,
    p99: Figure,
    cpu_per_1000: Figure,
}

const TIMES: usize = 300;
const MILLION: usize = 1_000_000;
const HUNDRED: usize = 100;

pub fn run(args: &ScaleArgs) -> Result<bool> {
    let mut stage = SuiteStage::new(&args.setting)?;
    let wanted = |what: &str| args.only.as_ref().is_none_or(|only| what.starts_with(only.as_str()));
    // Two people share two rooms, so that 10,000 rooms need 10,000 sockets: a process has 20,000 files.
    let rooms = [10, 100, 1_000, 10_000].map(|rooms| {
        let shape = Shape { alike: 2, ..Shape::new(rooms, 2) };
        size("rooms", format!("{rooms} rooms of 2, 512 in flight"), shape, "--in-flight 512 --joins 2")
    });
    // In a closed loop few rooms have many posts each under way, which go out together; at a rate every post goes alone.
    let at_a_rate = [10, 100, 1_000, 10_000].map(|rooms| {
        let shape = Shape { alike: 2, ..Shape::new(rooms, 2) };
        size("rooms at a rate", format!("{rooms} rooms of 2, 4,000 posts/s"), shape, "--rate 4000 --joins 2")
    });
    let members = [2, 20, 200, 2_000].map(|members| {
        size("members", format!("2 rooms of {members}, 64 in flight"), Shape::new(2, members), "--in-flight 64")
    });
    let mut sizes: Vec<Size> =
        rooms.into_iter().chain(at_a_rate).chain(members).filter(|size| wanted(size.grows)).collect();
    let joins = [(HUNDRED, None), (MILLION, None), (HUNDRED, Some(10)), (MILLION, Some(10)), (MILLION, Some(1_000))];
    let mut joinings: Vec<Joining> = joins.into_iter().filter(|_| wanted("history")).map(joining).collect();
    let (mut raw, mut passed) = (Vec::new(), true);
    for nth in 1..=args.runs {
        for size in &mut sizes {
            let line = load(&mut stage, size, args.seconds)?;
            size.deliveries.add(number(&line, "/delivered_per_s"));
            size.posts.add(number(&line, "/posted_per_s"));
            size.cpu.add(number(&line, "/cpu_s_per_100k_deliveries"));
            size.postgres_cpu.add(per_100k(&line, "/postgres_cpu_s"));
            size.load_share.add(number(&line, "/load_cpu_share"));
            size.p99.add(number(&line, "/ack_ms/p99"));
            eprintln!(
                "run {nth} of {}: {}: {} deliveries/s, {} CPU s per 100,000",
                args.runs, size.name, size.deliveries, size.cpu
            );
            passed &= line.get("passed") == Some(&Value::Bool(true));
            raw.push(json!({ "run": nth, "size": size.name, "line": line }));
        }
    }
    if !joinings.is_empty() {
        // Nothing is written, so the same two databases serve all runs.
        let places = [HUNDRED, MILLION].map(|history| {
            let shape = Shape { history, ..Shape::new(1, 2) };
            stage.place(Database::Postgres, shape).map(|place| (history, place))
        });
        for place in places {
            let (history, place) = place?;
            for nth in 1..=args.runs {
                for joining in joinings.iter_mut().filter(|joining| joining.entries == history) {
                    raw.push(json!({ "run": nth, "line": join(&stage, &place, joining)? }));
                }
            }
            stage.forget(&place)?;
        }
    }
    let how = format!("`scripts/bench scale`, median (least–most) of {} runs of {} s", args.runs, args.seconds);
    let mut report = Report::new("scale", &how);
    [told_sizes(&sizes), told_joinings(&joinings)].iter().flatten().for_each(|table| report.add(table));
    report.finish(&args.setting, &json!({ "sizes": sizes, "joins": joinings }), &raw)?;
    Ok(passed)
}

fn size(grows: &'static str, name: String, shape: Shape, load: &'static str) -> Size {
    let [deliveries, posts, cpu, postgres_cpu, load_share, p99] = Default::default();
    Size { grows, name, shape, load, deliveries, posts, cpu, postgres_cpu, load_share, p99 }
}

fn joining((entries, missed): (usize, Option<u64>)) -> Joining {
    let [p50, p99, cpu_per_1000] = Default::default();
    Joining { entries, missed, p50, p99, cpu_per_1000 }
}

fn load(stage: &mut SuiteStage, size: &Size, seconds: f64) -> Result<Value> {
    let place = stage.place(Database::Postgres, size.shape)?;
    let node = stage.serve(&place, &[])?;
    let mut line = on(stage, "load", &place, &node.url(), node.pid());
    line.extend(size.load.split(' ').map(str::to_owned));
    line.extend([format!("--seconds={seconds}"), "--warmup=1".to_owned(), "--connect-timeout=120".to_owned()]);
    let line = stage.measure(&line)?;
    node.stop()?;
    stage.forget(&place)?;
    Ok(line)
}

fn join(stage: &SuiteStage, place: &StagePlace, joining: &mut Joining) -> Result<Value> {
    let node = stage.serve(place, &[])?;
    let mut line = on(stage, "resume", place, &node.url(), node.pid());
    line.push(format!("--times={TIMES}"));
    line.extend(joining.missed.map(|missed| format!("--missed={missed}")));
    let line = stage.measure(&line)?;
    node.stop()?;
    let cpu = number(&line, "/server_cpu_s").zip(number(&line, "/postgres_cpu_s"));
    joining.p50.add(number(&line, "/join_ms/p50"));
    joining.p99.add(number(&line, "/join_ms/p99"));
    joining.cpu_per_1000.add(cpu.map(|(server, postgres)| (server + postgres) * 1e3 / TIMES as f64));
    eprintln!("{} entries, {:?} missed: {} ms", joining.entries, joining.missed, joining.p50);
    Ok(line)
}

fn on(stage: &SuiteStage, mode: &str, place: &StagePlace, url: &str, pid: u32) -> Vec<String> {
    let mut line = vec![mode.to_owned(), format!("--fixture={}", place.fixture.display()), format!("--url={url}")];
    line.push(format!("--server-pid={pid}"));
    line.extend(stage.postgres_pid(place.database));
    line
}

fn told_sizes(sizes: &[Size]) -> Option<MarkdownTable> {
    sizes.first()?;
    let mut table = MarkdownTable::new(&[
        "",
        "posts/s",
        "deliveries/s",
        "CPU s per 100,000 deliveries",
        "÷ that of the smallest",
        "asked for",
        "of it PostgreSQL",
        "load program's part of the CPU",
        "ack p99, ms",
    ]);
    for size in sizes {
        let Some(smallest) = sizes.iter().find(|other| other.grows == size.grows) else { continue };
        let ratio = size.cpu.over(&smallest.cpu);
        let holds = ratio.median().is_some_and(|ratio| ratio <= ASKED);
        table.row(&[
            size.name.clone(),
            size.posts.to_string(),
            size.deliveries.to_string(),
            size.cpu.to_string(),
            ratio.to_string(),
            format!("≤ {ASKED}: {}", if holds { "yes" } else { "**no**" }),
            size.postgres_cpu.to_string(),
            size.load_share.to_string(),
            size.p99.to_string(),
        ]);
    }
    Some(table)
}

fn told_joinings(joinings: &[Joining]) -> Option<MarkdownTable> {
    let first = joinings.first()?;
    let columns = [
        "entries in the room",
        "missed",
        "ms from join to live, p50",
        "p99",
        "÷ p50 of the first join of the small room",
        "CPU s per 1,000 joins",
    ];
    let mut table = MarkdownTable::new(&columns);
    for joining in joinings {
        table.row(&[
            joining.entries.to_string(),
            joining.missed.map_or_else(|| "a first join".to_owned(), |missed| missed.to_string()),
            joining.p50.to_string(),
            joining.p99.to_string(),
            joining.p50.over(&first.p50).to_string(),
            joining.cpu_per_1000.to_string(),
        ]);
    }
    Some(table)
}
