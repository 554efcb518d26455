//! Clients that others wrote, each with a library of its own, against the running server: sign in, connect, join, post, hear,
//! ping, close. `tests/browser` is the same for Chromium, and every other test here for tungstenite.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

use crate::support::{PASSWORD, TestApp};

/// The first of these programs in which the probe runs. `package` is what to install where there is none.
fn program(candidates: &[&[&str]], probe: &[&str], package: &str) -> Command {
    let command = |candidate: &[&str]| {
        let (program, arguments) = candidate.split_first().expect("a program");
        let mut command = Command::new(program);
        command.args(arguments);
        command
    };
    let runs = |candidate: &&&[&str]| {
        command(candidate).args(probe).output().is_ok_and(|Output { status, .. }| status.success())
    };
    match candidates.iter().find(runs) {
        Some(candidate) => command(candidate),
        None => panic!("{probe:?} runs in none of {candidates:?}: apt-get install {package}"),
    }
}

fn python(module: &str, package: &str) -> Command {
    // The first python3 of the PATH need not be the one that the package was installed for.
    program(&[&["python3"], &["/usr/bin/python3"]], &["-c", &format!("import {module}")], package)
}

/// Runs a script with a person and a room; then the room's log must have these messages of the script, once and in order.
async fn run(mut command: Command, script: &str, said: &[&str]) {
    let database = crate::support::sqlite_database();
    let app = TestApp::start(&database);
    let ana = app.broker("Ana").await;
    let (transaction, room) = ana.open_transaction("House").await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(script);
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(script).args([&app.url, ana.email(), PASSWORD, &room.to_string()]);
    let output =
        tokio::task::spawn_blocking(move || command.output()).await.expect("a thread").expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    let page = ana.get(&format!("/api/v1/transactions/{transaction}/messages?after=0")).await.expect(200).clone();
    let entries = page["entries"].as_array().expect("a list");
    let bodies: Vec<&str> =
        entries.iter().filter(|e| e["kind"] == json!("message")).filter_map(|e| e["body"].as_str()).collect();
    assert_eq!(bodies, said);
}

#[tokio::test]
async fn websockets_for_python() {
    let python = python("websockets", "python3-websockets");
    run(python, "websockets_client.py", &["said through websockets", "in fragments: é"]).await;
}

#[tokio::test]
async fn websocket_client_for_python() {
    let python = python("websocket", "python3-websocket");
    run(python, "websocket_client.py", &["said through websocket-client", "in fragments: é"]).await;
}

#[tokio::test]
async fn the_websocket_of_node() {
    let probe = "globalThis.WebSocket ?? require('/usr/share/nodejs/ws')";
    // Version 20 has it behind a flag, which later ones accept and earlier ones do not know.
    let node = program(&[&["node", "--experimental-websocket"], &["node"]], &["-e", probe], "nodejs node-ws");
    run(node, "node_client.mjs", &["said through Node: é"]).await;
}
