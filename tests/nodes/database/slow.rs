//! Every answer of the database takes two seconds. Who needs it is refused in time; who does not notices nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;

use super::*;

const SLOW: Duration = Duration::from_secs(2);

/// Pings one after the other until told to stop; how long each took.
async fn keeps_pinging(mut socket: Socket, stop: Arc<AtomicBool>) -> Vec<Duration> {
    let mut took = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let begun = Instant::now();
        socket.ping().await.expect("nobody is thrown out");
        took.push(begun.elapsed());
        // A person's pace, not a flood.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    took
}

async fn keeps_asking_for_life(person: Person, stop: Arc<AtomicBool>) -> Vec<Duration> {
    let mut took = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let begun = Instant::now();
        person.get("/health/live").await.expect(200);
        took.push(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    took
}

/// Refused, or truthfully accepted, within the deadline and some air.
async fn answered_in_time(scene: &mut DatabaseScene, nonces: &[String]) {
    let begun = Instant::now();
    let mut references = Vec::new();
    for nonce in nonces {
        let frame = json!({ "t": "post", "room": scene.room, "nonce": nonce, "body": nonce });
        references.push(scene.socket.send(frame).await);
    }
    for reference in references {
        let answer = scene.socket.answer(reference).await;
        match answer["code"].as_str() {
            None => assert_eq!(answer["t"], "posted", "{answer}"),
            Some(code) => assert!(["unavailable", "outcome_unknown"].contains(&code), "{answer}"),
        }
    }
    assert!(begun.elapsed() < REFUSED_WITHIN, "it took {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_slow_stalls_nobody_who_does_not_need_it() {
    let mut scene = scene().await;
    let stop = Arc::new(AtomicBool::new(false));
    let (zoe, transactions) = (scene.world.broker(&scene.node, "Zoe").await, "/api/v1/transactions");
    let mut others = Vec::new();
    for _ in 0..4 {
        others.push(tokio::spawn(keeps_pinging(zoe.socket().await, stop.clone())));
    }
    others.push(tokio::spawn(keeps_asking_for_life(zoe.clone(), stop.clone())));
    let before = scene.node.vitals();

    scene.wire.slow_down(SLOW);
    answered_in_time(&mut scene, &nonces("slow")).await;
    let begun = Instant::now();
    for answer in join_all((0..100).map(|_| zoe.get(transactions))).await {
        answer.expect_refusal(503, "unavailable");
    }
    assert!(begun.elapsed() < REFUSED_WITHIN, "it took {:?}", begun.elapsed());
    answered_in_time(&mut scene, &nonces("slow")).await;
    assert_eq!(scene.node.vitals().threads, before.threads, "calls that wait make no threads");

    stop.store(true, Ordering::SeqCst);
    for other in others {
        let mut took = other.await.expect("nobody is thrown out");
        took.sort_unstable();
        let at = |part: usize| took[took.len() * part / 100];
        eprintln!("{} answers, half within {:?}, 99 % within {:?}", took.len(), at(50), at(99));
        // One that needed the database would take as long as a call may.
        assert!(took.len() > 20 && at(90) < SLOW / 2, "{} answers, 90 % within {:?}", took.len(), at(90));
    }
    scene.wire.heal();
    scene.is_ready_again().await;
    scene.the_same_nonces_are_settled(nonces("slow")).await;
}
