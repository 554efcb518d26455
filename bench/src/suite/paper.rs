//! The needs of more nodes, computed from the suites' measurements on one machine. docs/PERFORMANCE.md says by which
//! formulas and what they leave out.

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};

use super::SuiteSetting;
use super::figures::{Figure, digits, number};
use super::table::{MarkdownTable, Report, figures_of};

#[derive(Debug, Clone, Args)]
pub struct PaperArgs {
    #[command(flatten)]
    pub setting: SuiteSetting,
    /// People connected to a node
    #[arg(long, default_value_t = 10_000.0)]
    pub sockets: f64,
    /// Seconds between two posts of one person
    #[arg(long, default_value_t = 60.0)]
    pub every: f64,
    /// Connected members of a room
    #[arg(long, default_value_t = 10.0)]
    pub members: f64,
}

/// Seconds of CPU, measured.
#[derive(Debug, serde::Serialize)]
struct Costs {
    /// Of the server, for a post and for one delivery.
    post: f64,
    delivery: f64,
    /// Of PostgreSQL for a post, when many share a commit and when none does.
    row: f64,
    commit: f64,
    /// Of both nodes together, for a post that another node must hear; of Redis, for the same.
    bus: f64,
    redis: f64,
    /// Bytes of the write-ahead log.
    wal: f64,
    /// KiB of a socket.
    socket: f64,
}

const NODES: [f64; 3] = [10.0, 100.0, 1_000.0];
/// Pool and log lane of a node.
const CONNECTIONS: f64 = 9.0;

pub fn run(args: &PaperArgs) -> Result<bool> {
    let costs = costs(&read("ratios")?, &read("nodes")?, &read("idle")?)?;
    let mut report = Report::new("paper", "Computed by `scripts/bench paper` from the figures above");
    report.add(&inputs(&costs));
    report.add(&needs(args, &costs));
    report.add(&walls(args, &costs));
    report.finish(&args.setting, &json!(costs), &[])?;
    Ok(true)
}

fn read(suite: &str) -> Result<Value> {
    let path = figures_of(suite);
    let text =
        std::fs::read(&path).with_context(|| format!("no {}: scripts/bench {suite} makes it", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", path.display()))
}

fn costs(ratios: &Value, nodes: &Value, idle: &Value) -> Result<Costs> {
    let ours = |scenario: &'static str, pointer: &'static str, per: &'static str| {
        let wanted = [("/scenario", json!(scenario)), ("/database", json!("PostgreSQL")), ("/whose", json!("ours"))];
        median(ratios, &wanted, pointer, per)
    };
    let in_twos = "rooms of 2, 32 in flight per socket";
    let post_and_two = ours(in_twos, "/server_cpu_s", "/posted")?;
    let post_and_200 = ours("rooms of 200, 128 in flight in all", "/server_cpu_s", "/posted")?;
    let delivery = (post_and_200 - post_and_two) / 198.0;
    let of_nodes = |count: u32, pointer: &'static str| {
        let wanted = [("/scenario", json!("rooms of 10, 512 in flight")), ("/nodes", json!(count))];
        median(nodes, &wanted, pointer, "/posted")
    };
    Ok(Costs {
        post: (post_and_two - 2.0 * delivery).max(0.0),
        delivery,
        row: ours(in_twos, "/postgres_cpu_s", "/posted")?,
        commit: ours("rooms of 2, 500 posts/s", "/postgres_cpu_s", "/posted")?,
        bus: (of_nodes(2, "/server_cpu_s")? - of_nodes(1, "/server_cpu_s")?).max(0.0),
        redis: of_nodes(2, "/redis_cpu_s")?,
        wal: ours(in_twos, "/wal_bytes", "/verified_posts")?,
        socket: median(idle, &[("/whose", json!("ours"))], "/rss_kib_per_socket", "")?,
    })
}

/// The median of one field through another, over the lines that have both.
fn median(figures: &Value, wanted: &[(&str, Value)], pointer: &str, per: &str) -> Result<f64> {
    let runs = figures.pointer("/runs").and_then(Value::as_array).context("no runs")?;
    let mut found = Figure::default();
    for run in runs.iter().filter(|run| wanted.iter().all(|(field, value)| run.pointer(field) == Some(value))) {
        let line = run.pointer("/line").context("a run without a line")?;
        let below = if per.is_empty() { Some(1.0) } else { number(line, per) };
        found.add(number(line, pointer).zip(below).map(|(above, below)| above / below));
    }
    found.median().with_context(|| format!("nothing was measured of {pointer} with {wanted:?}"))
}

/// On how many of `nodes` a room of so many has somebody, if people are spread evenly.
fn spread(nodes: f64, members: f64) -> f64 {
    nodes * (1.0 - (1.0 - 1.0 / nodes).powf(members))
}

fn inputs(costs: &Costs) -> MarkdownTable {
    let mut table = MarkdownTable::new(&["", "measured", ""]);
    let micros = |seconds: f64| format!("{} µs", digits(seconds * 1e6));
    let rows = [
        ("`post`", micros(costs.post), "server: a post, without its deliveries"),
        ("`delivery`", micros(costs.delivery), "server: one delivery"),
        ("`row`", micros(costs.row), "PostgreSQL: a post that shares its commit with many"),
        ("`commit`", micros(costs.commit), "PostgreSQL: a post with a commit of its own, at 500 posts/s"),
        ("`bus`", micros(costs.bus), "servers: what a post costs more when a second node must hear it"),
        ("`redis`", micros(costs.redis), "Redis: a post that two nodes hear"),
        ("`wal`", format!("{} bytes", digits(costs.wal)), "write-ahead log of a post"),
        ("`socket`", format!("{} KiB", digits(costs.socket)), "memory of a socket in five rooms"),
    ];
    for (name, value, what) in rows {
        table.row(&[name.to_owned(), value, what.to_owned()]);
    }
    table
}

fn needs(args: &PaperArgs, costs: &Costs) -> MarkdownTable {
    let mut table = MarkdownTable::new(&[
        "nodes",
        "people",
        "posts/s",
        "nodes that hear a post",
        "processors of each node",
        "memory of each node's sockets",
        "processors of PostgreSQL, commits shared – alone",
        "its log",
        "its connections",
        "processors of Redis (one process uses one)",
    ]);
    for nodes in NODES {
        let posts = nodes * args.sockets / args.every;
        let heard = spread(nodes, args.members);
        let of_node = posts / nodes * (costs.post + args.members * costs.delivery + costs.bus * (heard - 1.0).max(0.0));
        table.row(&[
            digits(nodes),
            digits(nodes * args.sockets),
            digits(posts),
            digits(heard),
            digits(of_node),
            format!("{} MiB", digits(args.sockets * costs.socket / 1024.0)),
            format!("{} – {}", digits(posts * costs.row), digits(posts * costs.commit)),
            format!("{} MB/s", digits(posts * costs.wal / 1e6)),
            digits(nodes * CONNECTIONS),
            digits(posts * costs.redis * heard / 2.0),
        ]);
    }
    table
}

/// How much of each there can be, and at how many nodes that is.
fn walls(args: &PaperArgs, costs: &Costs) -> MarkdownTable {
    let mut table = MarkdownTable::new(&["wall", "posts/s", "nodes of this kind"]);
    let per_node = args.sockets / args.every;
    let heard = args.members;
    let rows = [
        ("PostgreSQL's default of 100 connections", 100.0 / CONNECTIONS * per_node),
        ("one process of Redis, every node of a room hears it", 2.0 / (costs.redis * heard)),
        ("PostgreSQL with 8 processors, every post its own commit", 8.0 / costs.commit),
        ("PostgreSQL with 64 processors, every post its own commit", 64.0 / costs.commit),
        ("PostgreSQL with 64 processors, commits shared", 64.0 / costs.row),
    ];
    for (wall, posts) in rows {
        table.row(&[wall.to_owned(), digits(posts), digits(posts / per_node)]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_spreads_over_as_many_nodes_as_it_has_members_at_most() {
        assert!((spread(1.0, 10.0) - 1.0).abs() < 1e-9);
        assert!((spread(2.0, 2.0) - 1.5).abs() < 1e-9);
        assert!(spread(1_000.0, 10.0) > 9.9 && spread(1_000.0, 10.0) < 10.0);
    }

    #[test]
    fn costs_are_taken_apart() {
        let run = |scenario: &str, posted: f64, server: f64| {
            let line = json!({ "server_cpu_s": server, "postgres_cpu_s": 2.0, "posted": posted, "wal_bytes": 300.0,
                "verified_posts": 1.0, "redis_cpu_s": 1.0 });
            json!({ "scenario": scenario, "database": "PostgreSQL", "whose": "ours", "line": line })
        };
        let ratios = json!({ "runs": [
            run("rooms of 2, 32 in flight per socket", 1.0, 7.0),
            run("rooms of 200, 128 in flight in all", 1.0, 205.0),
            run("rooms of 2, 500 posts/s", 1.0, 0.0),
        ] });
        let node = |count: u32, server: f64| {
            let line = json!({ "server_cpu_s": server, "redis_cpu_s": 0.5, "posted": 1.0 });
            json!({ "scenario": "rooms of 10, 512 in flight", "nodes": count, "line": line })
        };
        let nodes = json!({ "runs": [node(1, 15.0), node(2, 19.0)] });
        let idle = json!({ "runs": [{ "whose": "ours", "line": { "rss_kib_per_socket": 15.0 } }] });
        let costs = costs(&ratios, &nodes, &idle).unwrap();
        // One second for each delivery and five for the post.
        assert_eq!((costs.delivery, costs.post, costs.bus, costs.socket), (1.0, 5.0, 4.0, 15.0));
        assert!(super::costs(&nodes, &nodes, &idle).is_err());
    }
}
