//! More comes than a queue holds: what is over is refused at once or looked up later, memory stays where it was, and nobody
//! else notices.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use serde_json::json;

use crate::harness::{World, eventually};
use crate::support::proxy::Proxy;
use crate::support::{PASSWORD, Person, Socket};

const MIB: usize = 1024;

/// A socket and a request that need nothing of what is flooded.
async fn nobody_else_notices(socket: &mut Socket, person: &Person) {
    let begun = Instant::now();
    socket.ping().await.expect("the connection lives");
    person.get("/health/live").await.expect(200);
    assert!(begun.elapsed() < Duration::from_secs(3), "the node was stalled for {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_find_the_queue_of_the_database_full_are_refused_at_once() {
    const DEADLINE: Duration = Duration::from_secs(8);
    // Each of four threads holds one, and sixteen wait.
    const HELD: usize = 4 + 16;
    let world = World::new().await;
    let wire = Proxy::to(world.database_url()).await;
    let settings = [
        ("DATABASE_URL", wire.redirect(world.database_url())),
        ("ENTREMISE_DATABASE_QUEUE", "16".to_owned()),
        ("ENTREMISE_DATABASE_DEADLINE_MS", DEADLINE.as_millis().to_string()),
    ];
    let node = world.node_with(&settings.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    let ana = world.broker(&node, "Ana").await;
    let mut socket = ana.socket().await;
    let before = node.vitals();
    before.forget_peak();
    wire.freeze();
    let begun = Instant::now();
    let mut asked: FuturesUnordered<_> = (0..300).map(|_| ana.get("/api/v1/transactions")).collect();
    let mut at_once = 0;
    while let Some(answer) = asked.next().await {
        answer.expect_refusal(503, "unavailable");
        assert!(answer.headers.contains_key("retry-after"));
        at_once += usize::from(begun.elapsed() < DEADLINE / 2);
        if at_once == 1 {
            nobody_else_notices(&mut socket, &ana).await;
        }
    }
    // The pool's own check of its connections, the lists of ended sessions and of mails use the same threads.
    assert!((300 - HELD..300).contains(&at_once), "{at_once} were refused at once");
    assert!(begun.elapsed() < DEADLINE * 2, "the last was answered after {:?}", begun.elapsed());
    assert!(node.vitals().peak < before.resident + 64 * MIB, "{before:?} {:?}", node.vitals());
    wire.heal();
    eventually("all is well again", || async { ana.get("/api/v1/transactions").await.status == 200 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwords_that_too_many_ask_about_at_once_are_refused() {
    // One is hashed, and 32 wait.
    const TAKEN: usize = 1 + 32;
    let world = World::new().await;
    let settings = [
        ("ENTREMISE_PASSWORD_HASH_THREADS", "1"),
        ("ENTREMISE_SIGN_INS_PER_ACCOUNT", "100000"),
        ("ENTREMISE_DATABASE_QUEUE", "10000"),
        ("ENTREMISE_DATABASE_DEADLINE_MS", "20000"),
    ];
    let node = world.node_with(&settings).await;
    let ana = world.broker(&node, "Ana").await;
    let mut socket = ana.socket().await;
    let before = node.vitals();
    before.forget_peak();
    let form = json!({ "email": ana.email(), "password": PASSWORD, "transport": "bearer" });
    let nobody = Person::new(&node.url, None);
    let attempts = join_all((0..400).map(|_| nobody.post("/api/v1/sessions", form.clone())));
    let (answers, ()) = tokio::join!(attempts, nobody_else_notices(&mut socket, &ana));
    let (taken, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    for answer in &refused {
        answer.expect_refusal(503, "unavailable");
        assert!(answer.headers.contains_key("retry-after"));
    }
    // Those who came when some had their answer were taken too, so there is no upper bound.
    assert!(taken.len() >= TAKEN && !refused.is_empty(), "{} taken, {} refused", taken.len(), refused.len());
    // One hash takes 19 MiB, whoever else waits, and leaves nothing behind.
    assert!(node.vitals().peak < before.resident + 100 * MIB, "{before:?} {:?}", node.vitals());
    nobody.post("/api/v1/sessions", form).await.expect(201);
}
