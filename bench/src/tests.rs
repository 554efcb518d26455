//! The whole program against a server that behaves, and against servers that do not.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use clap::Parser;
use serde_json::{Value, json};

use crate::cli::{BenchCommand, Cli, IdleArgs, LoadArgs, ReconnectArgs};
use crate::fake_server::{self, ServerFault};
use crate::load::LoadReport;
use crate::verify::Findings;
use crate::{idle, load, reconnect, resume};

/// Three rooms of four members, who are all in every room.
fn fixture(token: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("entremise-bench-{}-{}.json", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    let accounts: Vec<Value> =
        (1..=4).map(|account| json!({"account": account, "token": format!("{token}{account}")})).collect();
    let rooms: Vec<Value> =
        (7..=9).map(|room| json!({"room": room, "transaction": room, "members": [1, 2, 3, 4]})).collect();
    std::fs::write(&path, json!({"accounts": accounts, "rooms": rooms}).to_string()).unwrap();
    path
}

fn parse(mode: &str, nodes: &[SocketAddr], token: &str, options: &str) -> BenchCommand {
    let fixture = fixture(token);
    let mut line = ["entremise-bench", mode, "--fixture"].map(str::to_owned).to_vec();
    line.push(fixture.to_str().unwrap().to_owned());
    line.extend(nodes.iter().map(|addr| format!("--url=http://{addr}")));
    line.extend(options.split_whitespace().map(str::to_owned));
    Cli::parse_from(line).command
}

fn load_args(fault: ServerFault, options: &str) -> LoadArgs {
    let BenchCommand::Load(args) = parse("load", &[fake_server::start(fault)], "token-", options) else {
        unreachable!()
    };
    args
}

fn load(fault: ServerFault, options: &str) -> LoadReport {
    let args = load_args(fault, &format!("--warmup 0.05 --seconds 0.4 {options}"));
    let report = load::run(&args).unwrap();
    std::fs::remove_file(args.common.fixture).unwrap();
    report
}

#[test]
fn a_closed_loop_verifies_everything() {
    let pid = std::process::id();
    let report = load(ServerFault::None, &format!("--in-flight 8 --threads 2 --server-pid {pid} --postgres-pid {pid}"));
    assert!(report.passed(), "{report:?}");
    assert_eq!(report.sockets, 12);
    assert!(report.posted > 20, "{report:?}");
    assert_eq!(report.verified_deliveries, report.verified_posts * 4);

    let printed = report.print().unwrap();
    let line: Value = serde_json::from_str(&printed.line).unwrap();
    assert!(!printed.line.contains('\n') && printed.passed);
    let names = [
        "mode",
        "rooms",
        "members",
        "sockets",
        "in_flight",
        "rate",
        "seconds",
        "posted",
        "posted_per_s",
        "delivered",
        "delivered_per_s",
        "ack_ms",
        "delivery_ms",
        "refused",
        "missing",
        "duplicated",
        "out_of_order",
        "wrong_body",
        "server_cpu_s",
        "postgres_cpu_s",
        "load_cpu_s",
        "cpu_s_per_100k_deliveries",
        "server_rss_kib",
        "rss_kib_per_socket",
    ];
    for name in names {
        assert!(line.get(name).is_some(), "{name} is not in {line}");
    }
    assert_eq!((&line["rooms"], &line["members"], &line["rate"]), (&json!(3), &json!(4), &Value::Null));
    assert!(line["ack_ms"]["p99"].as_f64().unwrap() > 0.0 && line["server_cpu_s"].is_f64());
}

#[test]
fn only_some_post_and_wait_until_they_hear_themselves() {
    let report = load(ServerFault::None, "--in-flight 6 --senders 2 --until-heard");
    assert!(report.passed(), "{report:?}");
    assert_eq!(report.sockets, 12);
    assert_eq!(report.verified_deliveries, report.verified_posts * 4);
    // A sender that reconnects hears its own earlier posts.
    let report = load(ServerFault::Cut, "--in-flight 8 --senders 3 --until-heard");
    assert!(report.passed(), "{report:?}");
}

#[test]
fn a_rate_is_kept_and_bodies_may_be_long() {
    let report = load(ServerFault::None, "--rate 200 --rooms 1 --members 6 --body-bytes 9000");
    assert!(report.passed(), "{report:?}");
    assert_eq!(report.sockets, 6);
    assert!((60..=90).contains(&report.posted), "{report:?}");
    assert_eq!(report.verified_deliveries, report.verified_posts * 6);
}

#[test]
fn refusals_are_counted_and_tried_again_in_the_closed_loop_only() {
    let report = load(ServerFault::RefuseForNow, "--in-flight 8");
    assert!(report.passed() && report.refused["too_many_posts"] > 0, "{report:?}");
    let report = load(ServerFault::RefuseForNow, "--rate 200");
    assert!(report.passed() && report.refused["too_many_posts"] > 5, "{report:?}");
}

#[test]
fn a_lost_connection_is_resumed_and_its_posts_are_settled() {
    let report = load(ServerFault::Cut, "--in-flight 8");
    assert!(report.passed(), "{report:?}");
    assert_eq!(report.closed["4001"], 2);
    assert_eq!(report.verified_deliveries, report.verified_posts * 4);
}

#[test]
fn every_fault_is_found() {
    let none = Findings::default();
    for (fault, expected) in [
        (ServerFault::Lose, Findings { missing: 1, ..none.clone() }),
        (ServerFault::Repeat, Findings { duplicated: 1, ..none.clone() }),
        (ServerFault::Swap, Findings { out_of_order: 1, ..none.clone() }),
        (ServerFault::Change, Findings { wrong_body: 1, ..none.clone() }),
        // All four members of the room see the second copy.
        (ServerFault::StoreTwice, Findings { duplicated: 4, ..none.clone() }),
    ] {
        let report = load(fault, "--in-flight 6 --drain 1");
        assert_eq!(report.findings, expected, "{fault:?}");
        assert!(!report.print().unwrap().passed);
    }
    assert!(load(ServerFault::WrongSeq, "--in-flight 6").findings.conflicting_seq > 0);
    let silent = load(ServerFault::Silent, "--in-flight 6 --drain 1");
    assert_eq!((silent.unanswered, silent.passed(), silent.findings.none()), (1, false, true));
}

#[test]
fn idle_sockets_join_and_stay() {
    let nodes = [fake_server::start(ServerFault::None), fake_server::start(ServerFault::None)];
    let BenchCommand::Idle(args) = parse("idle", &nodes, "token-", "--sockets 10 --joins 3 --seconds 0.2") else {
        unreachable!()
    };
    let report = idle::run(&IdleArgs { ..args }).unwrap();
    assert_eq!((report.sockets, report.live), (10, 10));
    assert!(report.print().unwrap().passed);
}

#[test]
fn sockets_in_several_rooms_post_into_all_of_them() {
    let report = load(ServerFault::None, "--in-flight 12 --joins 3");
    assert!(report.passed(), "{report:?}");
    // Four people with one socket each, in three rooms.
    assert_eq!(report.sockets, 4);
    assert_eq!(report.verified_deliveries, report.verified_posts * 4);
    let report = load(ServerFault::RefuseForNow, "--in-flight 12 --joins 3");
    assert!(report.passed() && report.refused["too_many_posts"] > 0, "{report:?}");
}

#[test]
fn a_room_is_joined_again_and_again() {
    let nodes = [fake_server::start(ServerFault::None)];
    let BenchCommand::Load(args) = parse("load", &nodes, "token-", "--in-flight 8 --warmup 0 --seconds 0.2") else {
        unreachable!()
    };
    assert!(load::run(&args).unwrap().passed());
    for missed in [0, 1, 7] {
        let BenchCommand::Resume(args) = parse("resume", &nodes, "token-", &format!("--missed {missed} --times 20"))
        else {
            unreachable!()
        };
        let line: Value = serde_json::from_str(&resume::run(&args).unwrap().line).unwrap();
        assert_eq!(line["delivered"], missed * 20, "{line}");
    }
    let BenchCommand::Resume(args) = parse("resume", &nodes, "token-", "--missed 1000000") else { unreachable!() };
    assert!(resume::run(&args).is_err());
}

#[test]
fn everybody_catches_up_after_a_reconnect() {
    let nodes = [fake_server::start(ServerFault::None)];
    let BenchCommand::Reconnect(args) = parse("reconnect", &nodes, "token-", "--missed 250") else { unreachable!() };
    let report = reconnect::run(&ReconnectArgs { ..args }).unwrap();
    assert!(report.passed(), "{report:?}");
    assert_eq!((report.posted, report.delivered), (750, 3000));
    assert!(report.caught_up_ms > 0.0);
}

#[test]
fn a_refused_handshake_ends_the_run_with_its_reason() {
    let nodes = [fake_server::start(ServerFault::None)];
    let BenchCommand::Load(args) = parse("load", &nodes, "wrong-", "--in-flight 1") else { unreachable!() };
    let error = load::run(&args).unwrap_err().to_string();
    assert!(error.contains("answered with 401"), "{error}");
}

#[test]
fn nobody_listening_ends_the_run_with_its_reason() {
    let nodes = ["127.0.0.1:1".parse().unwrap()];
    let BenchCommand::Load(args) = parse("load", &nodes, "token-", "--in-flight 1 --connect-timeout 1") else {
        unreachable!()
    };
    let error = load::run(&args).unwrap_err().to_string();
    assert!(error.contains("0 of 12 sockets live") && error.contains("cannot connect"), "{error}");
}
