//! Much more is asked for than can be done: what is over is refused with a time to come back, what was accepted is kept, and it
//! is over when it is over.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{World, Writer, is_long, settle};
use crate::support::checker::{Journal, Outcome, Post, check};
use crate::support::{Person, Socket};

/// A small queue in front of small batches: it is soon full.
const SETTINGS: &[(&str, &str)] = &[
    ("ENTREMISE_LOG_QUEUE", "32"),
    ("ENTREMISE_LOG_BATCH", "4"),
    ("ENTREMISE_DATABASE_LOG_LANES", "1"),
    ("ENTREMISE_POST_BURST", "100000"),
];
const MIB: usize = 1024;

/// What one connection was told.
struct ToldAuthors {
    journal: Journal,
    acks_ms: Vec<u128>,
    refusals: BTreeMap<String, usize>,
}

/// Keeps so many posts under way until told to stop; each is tried once.
async fn press(mut socket: Socket, person: Person, room: i64, at_once: usize, stop: Arc<AtomicBool>) -> ToldAuthors {
    let account = person.account().0;
    let mut told =
        ToldAuthors { journal: Journal { account, ..Journal::default() }, acks_ms: vec![], refusals: BTreeMap::new() };
    let mut under_way: HashMap<u64, (String, Instant)> = HashMap::new();
    let mut number = 0;
    loop {
        while under_way.len() < at_once && !stop.load(Ordering::SeqCst) {
            let nonce = format!("{account}-{at_once}-{number}");
            let frame = json!({ "t": "post", "room": room, "nonce": nonce, "body": nonce });
            under_way.insert(socket.send(frame).await, (nonce, Instant::now()));
            number += 1;
        }
        if under_way.is_empty() {
            return told;
        }
        let frame = socket.next().await.expect("nobody is thrown out");
        let Some((nonce, since)) = frame["ref"].as_u64().and_then(|reference| under_way.remove(&reference)) else {
            continue;
        };
        let outcome = match (frame["t"].as_str(), frame["code"].as_str()) {
            (Some("posted"), _) => {
                told.acks_ms.push(since.elapsed().as_millis());
                Outcome::Acked(frame["seq"].as_i64().expect("a seq"))
            }
            (Some("refused"), Some(code)) => {
                assert!(frame["retry_after"].as_u64().is_some_and(|wait| wait > 0), "{frame}");
                *told.refusals.entry(code.to_owned()).or_default() += 1;
                if code == "outcome_unknown" { Outcome::Unknown } else { Outcome::Refused }
            }
            _ => panic!("{frame}"),
        };
        told.journal.posts.push(Post { body: nonce.clone(), nonce, outcome });
    }
}

/// Everybody presses for a while.
async fn phase(people: &[Person], room: i64, at_once: usize, lasts: Duration) -> Vec<ToldAuthors> {
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = Vec::new();
    for person in people {
        let socket = person.socket().await;
        tasks.push(tokio::spawn(press(socket, person.clone(), room, at_once, stop.clone())));
    }
    tokio::time::sleep(lasts).await;
    stop.store(true, Ordering::SeqCst);
    let mut told = Vec::new();
    for task in tasks {
        told.push(task.await.expect("it is told about every post"));
    }
    told
}

fn accepted(told: &[ToldAuthors]) -> usize {
    told.iter().map(|told| told.acks_ms.len()).sum()
}

fn offered(told: &[ToldAuthors]) -> usize {
    told.iter().map(|told| told.journal.posts.len()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_much_is_refused_and_what_was_accepted_is_kept() {
    let lasts = Duration::from_secs(if is_long() { 60 } else { 3 });
    let world = World::new().await;
    let node = world.node_with(SETTINGS).await;
    let ana = world.broker(&node, "Ana").await;
    let (transaction, room) = ana.open_transaction("House").await;
    let mut people = Vec::new();
    for number in 0..8 {
        let person = world.broker(&node, &format!("Person{number}")).await;
        ana.add(transaction, &person).await;
        people.push(person);
    }
    let calm = phase(&people, room, 3, lasts).await;
    assert_eq!(offered(&calm), accepted(&calm), "nothing is refused while there is room");
    let before = node.vitals();
    before.forget_peak();
    let pressed = phase(&people, room, 200, lasts).await;
    let after = node.vitals();

    let begun = Instant::now();
    assert_eq!(ana.socket().await.post(room, "afterwards", "text").await["t"], "posted");
    assert!(begun.elapsed() < Duration::from_secs(5), "it was accepted after {:?}", begun.elapsed());

    let mut acks: Vec<u128> = pressed.iter().flat_map(|told| told.acks_ms.iter().copied()).collect();
    acks.sort_unstable();
    let refusals = pressed.iter().flat_map(|told| &told.refusals).fold(BTreeMap::new(), |mut sum, (code, count)| {
        *sum.entry(code).or_insert(0) += count;
        sum
    });
    eprintln!(
        "accepted {} when calm; under pressure {} of {} offered, 99 % within {} ms; refused {refusals:?}; grown by {} KiB",
        accepted(&calm),
        accepted(&pressed),
        offered(&pressed),
        acks[acks.len() * 99 / 100],
        after.peak.saturating_sub(before.resident),
    );
    assert!(offered(&pressed) > 2 * accepted(&pressed), "there was no overload");
    assert!(refusals.keys().all(|code| ["log_full", "too_many_requests", "unavailable"].contains(&code.as_str())));
    assert!(after.peak < before.resident + 64 * MIB, "{before:?} {after:?}");
    let journals: Vec<Journal> = calm.into_iter().chain(pressed).map(|told| told.journal).collect();
    check(&world.rows(room), &journals, false);
    let reader = Writer::new("Ana", ana, room, &Arc::new(vec![node.url.clone()]), 0);
    settle(&world, room, vec![reader]).await;
}
