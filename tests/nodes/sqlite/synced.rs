//! Seen from outside, by the system calls of the server: what is acknowledged was written and synced before.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use futures_util::future::join_all;

use super::*;
use crate::support::checker::Outcome;

/// One call of the trace: where it begins and ends in it, and all that it says.
struct Call {
    begun: usize,
    ended: usize,
    text: String,
}

/// Calls that other threads interrupt stand there in two halves.
fn calls(trace: &str) -> Vec<Call> {
    let mut under_way: HashMap<&str, (usize, String)> = HashMap::new();
    let mut found = Vec::new();
    for (number, line) in trace.lines().enumerate() {
        let Some((thread, text)) = line.split_once(' ') else { continue };
        if let Some(first) = text.strip_suffix("<unfinished ...>") {
            under_way.insert(thread, (number, first.to_owned()));
        } else if text.trim_start().starts_with("<...") {
            let Some((begun, first)) = under_way.remove(thread) else { continue };
            found.push(Call { begun, ended: number, text: format!("{first}{text}") });
        } else {
            found.push(Call { begun: number, ended: number, text: text.to_owned() });
        }
    }
    found
}

impl Call {
    fn is_of(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.text.trim_start().starts_with(&format!("{name}(")))
    }

    fn succeeded(&self) -> bool {
        self.text.rsplit_once(" = ").is_some_and(|(_, result)| !result.starts_with('-'))
    }
}

/// strace, which writes into this file. The server stays our child.
fn traced(trace: &Path) -> Launcher {
    let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    let works = tried.as_ref().is_ok_and(|output| output.status.success());
    assert!(works, "this test needs strace (sudo apt-get install strace) and the right to trace processes: {tried:?}");
    let calls = "trace=fdatasync,fsync,pwrite64,write,writev,sendto,sendmsg";
    let file = trace.to_str().expect("a readable path");
    Launcher::behind(&["strace", "-D", "-f", "-y", "-s", "65536", "-e", calls, "-e", "signal=none", "-o", file])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_is_on_the_disk_before() {
    const EACH: usize = 30;
    let folder = tempfile::tempdir().unwrap();
    let world = SqliteWorld::new(folder.path(), 4).await;
    let file = folder.path().join("trace");
    let mut node = world.node(traced(&file), PATIENT).await;
    let urls = Arc::new(vec![node.url.clone()]);
    let writing = world.people.iter().enumerate().map(|(number, person)| {
        Writer::new(&format!("Writer{number}"), person.at(&node.url), world.room, &urls, 0).write(|done| done >= EACH)
    });
    let writers = join_all(writing).await;
    node.terminate();
    assert!(node.ended(Duration::from_secs(20)).await.success());

    let bytes = std::fs::read(&file).expect("strace has written");
    let calls = calls(&String::from_utf8_lossy(&bytes));
    let is_wal = |call: &&Call| call.text.contains("-wal>");
    let writes: Vec<&Call> = calls.iter().filter(is_wal).filter(|call| call.is_of(&["pwrite64", "write"])).collect();
    let syncs: Vec<&Call> =
        calls.iter().filter(is_wal).filter(|call| call.is_of(&["fdatasync", "fsync"]) && call.succeeded()).collect();
    let sent: Vec<&Call> = calls
        .iter()
        .filter(|call| call.is_of(&["write", "writev", "sendto", "sendmsg"]) && call.text.contains("posted"))
        .collect();
    let mut seen = 0;
    for post in writers.iter().flat_map(|writer| &writer.journal.posts) {
        let Outcome::Acked(seq) = post.outcome else { panic!("{} was never acknowledged", post.nonce) };
        let told = |call: &&&Call| {
            // What follows each "posted" is its frame, and others behind it that begin in the same way.
            call.text.split("posted").skip(1).any(|rest| {
                let frame: String = rest.chars().take(200).collect();
                frame.contains(&format!("\\\"seq\\\":{seq},"))
            })
        };
        let ack = sent.iter().filter(told).map(|call| call.begun).min().expect("the acknowledgement was sent");
        let nonce = format!("{}{}", post.nonce, post.body);
        let written =
            writes.iter().find(|call| call.text.contains(&nonce)).unwrap_or_else(|| panic!("{nonce} was not written"));
        let synced = syncs.iter().any(|sync| sync.begun > written.begun && sync.ended < ack);
        assert!(synced, "{} was acknowledged at line {ack}, written at {}, and not synced", post.nonce, written.begun);
        seen += 1;
    }
    eprintln!("{seen} acknowledgements after {} syncs", syncs.len());
    assert_eq!(seen, 4 * EACH);
}
