//! PostgreSQL dies or hangs, alone and together with the nodes: nothing is promised that is not stored, nobody is thrown out,
//! and all goes on by itself.

use std::time::{Duration, Instant};

use crate::harness::PostgresServer;
use crate::stage::{FaultStage, Fleet, Habits, Home, JournalingClient, Place, Plan, ReceivedEntry};

const PEOPLE: usize = 6;
/// A call waits 2 s for the database (docs/CONFIGURATION.md); the rest is air.
const REFUSED_WITHIN: Duration = Duration::from_secs(4);
/// DESIGN G23, with some air.
const BACK_WITHIN: Duration = Duration::from_secs(7);

async fn stage(people: usize, settings: &[&str]) -> FaultStage {
    let server = PostgresServer::start_with(settings).await;
    FaultStage::build(Home::Own(server), &Plan { people, ..Plan::default() }).await
}

fn postgres(stage: &mut FaultStage) -> &mut PostgresServer {
    match &mut stage.home {
        Home::Own(server) => server,
        Home::Shared(_) | Home::Sqlite(_) => panic!("it is everybody's"),
    }
}

/// People who write in one room.
async fn writers(stage: &mut FaultStage) -> (Place, Fleet) {
    let place = stage.open_room(&(1..PEOPLE).collect::<Vec<_>>()).await;
    let habits = Habits { posts_every: Some(Duration::from_millis(20)), ..Habits::default() };
    (place, Fleet::of(stage, place, 0..PEOPLE, habits))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_every_process_is_killed() {
    let mut stage = stage(PEOPLE, &[]).await;
    let (place, fleet) = writers(&mut stage).await;
    // The database; the database and a node; the database and both.
    for nodes in 0..3 {
        stage.grows(place, 60).await;
        for exposed in &mut stage.nodes[..nodes] {
            exposed.node.kill();
        }
        postgres(&mut stage).kill().await;
        postgres(&mut stage).restart().await;
        for exposed in &mut stage.nodes[..nodes] {
            exposed.node.restart().await;
        }
    }
    stage.grows(place, 60).await;
    fleet.stop_and_check(&stage, "killed databases").await;
}

/// A database that answers before it has written anything down: the checker must notice what it loses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_forgets_is_noticed() {
    let mut stage = stage(PEOPLE, &["synchronous_commit=off", "wal_writer_delay=10s"]).await;
    let (place, fleet) = writers(&mut stage).await;
    stage.grows(place, 60).await;
    postgres(&mut stage).kill().await;
    postgres(&mut stage).restart().await;
    fleet.stop().await;
    let found = stage.violations(false);
    assert!(found.iter().any(|said| said.contains("is stored at []")), "nothing was lost: {found:?}");
}

/// Posts are refused in time, and a ping between them is answered at once; gives the codes of the refusals.
async fn posts_are_refused(journaling_client: &mut JournalingClient, room: i64, nonces: &[String]) -> Vec<String> {
    let begun = Instant::now();
    for nonce in nonces {
        journaling_client.post(room, nonce, "text").await;
    }
    journaling_client.ping().await;
    let mut codes = Vec::new();
    let mut pong = None;
    while codes.len() < nonces.len() || pong.is_none() {
        match journaling_client.next(REFUSED_WITHIN).await {
            ReceivedEntry::Frame(frame) => match frame["t"].as_str() {
                Some("refused") => codes.push(frame["code"].as_str().unwrap().to_owned()),
                Some("pong") => pong = Some(begun.elapsed()),
                other => assert_ne!(other, Some("posted"), "{frame}"),
            },
            heard => panic!("{heard:?} in place of {} refusals", nonces.len() - codes.len()),
        }
    }
    assert!(pong < Some(Duration::from_secs(1)), "a ping took {pong:?}");
    assert!(begun.elapsed() < REFUSED_WITHIN, "it took {:?}", begun.elapsed());
    codes
}

/// The same nonces, on the same connection, until each is acknowledged.
async fn posts_are_taken(journaling_client: &mut JournalingClient, room: i64, nonces: &[String]) {
    let begun = Instant::now();
    for nonce in nonces {
        loop {
            let reference = journaling_client.post(room, nonce, "text").await;
            if journaling_client.answer(reference).await["t"] == "posted" {
                break;
            }
            assert!(begun.elapsed() < BACK_WITHIN, "{nonce} is not taken {:?} after the return", begun.elapsed());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_dies_or_hangs_costs_no_connection() {
    let mut stage = stage(2, &[]).await;
    let place = stage.open_room(&[1]).await;
    let (mut ana, mut ben) = (stage.journaling_client(0, 0).await, stage.journaling_client(1, 1).await);
    // Who is still reading what they missed may be sent back (4003): here nobody is.
    let head = stage.head(place.room);
    for journaling_client in [&mut ana, &mut ben] {
        journaling_client.join(place.room, 0).await;
        assert!(journaling_client.reaches(place.room, head, Duration::from_secs(10)).await, "the room is not there");
    }
    for (round, kind) in ["killed", "stopped", "frozen"].into_iter().enumerate() {
        let nonces: Vec<String> = (0..10).map(|number| format!("{kind}-{number}")).collect();
        let server = postgres(&mut stage);
        match round {
            0 => server.kill().await,
            1 => server.stop_at_once().await,
            _ => server.freeze(),
        }
        posts_are_refused(&mut ana, place.room, &nonces).await;
        // Whatever was under way has been given up by now.
        let codes = posts_are_refused(&mut ana, place.room, &nonces).await;
        assert!(codes.iter().all(|code| code == "unavailable" || code == "outcome_unknown"), "{kind}: {codes:?}");
        let server = postgres(&mut stage);
        match round {
            0 | 1 => server.restart().await,
            _ => server.thaw(),
        }
        posts_are_taken(&mut ana, place.room, &nonces).await;
    }
    let head = stage.head(place.room);
    for journaling_client in [&mut ana, &mut ben] {
        let reached = journaling_client.reaches(place.room, head, Duration::from_secs(10)).await;
        assert!(reached, "{} has read up to {:?} of {head}", journaling_client.account(), journaling_client.cursors);
    }
    stage.check("a dead database", true);
}
