//! Who comes back gets what they missed: while much happens, however much it is, and from a database that is older than they are.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::harness::eventually;
use crate::stage::{FaultStage, Fleet, Habits, Home, JournalingClient, PATIENT, Plan, ReceivedEntry, is_long};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_that_come_late_leave_no_hole_before_what_happens() {
    const READERS: usize = 8;
    const WRITERS: usize = 3;
    let rounds = if is_long() { 120 } else { 8 };
    let plan = Plan { people: WRITERS + READERS, settings: PATIENT, ..Plan::default() };
    let mut stage = FaultStage::build(Home::shared(), &plan).await;
    let place = stage.open_room(&(1..WRITERS + READERS).collect::<Vec<_>>()).await;
    let habits = Habits { posts_every: Some(Duration::from_millis(15)), ..Habits::default() };
    // They stay on the first node, whose database answers at once: what is slow is the second one's.
    let urls = Arc::new(vec![stage.urls[0].clone()]);
    let fleet = Fleet::at(&stage, &urls, place, 0..WRITERS, habits);
    stage.wires(1).0.slow_down(Duration::from_millis(20));
    let readers = (WRITERS..WRITERS + READERS).map(|person| {
        let stage = &stage;
        async move {
            let identity = stage.identity(stage.person(person));
            let mut cursor = 0;
            for round in 0..rounds {
                let mut reader = JournalingClient::open(&identity, &stage.urls[1]).await;
                // Now and then from the beginning, as somebody does who has lost all.
                reader.join(place.room, if round % 4 == 3 { 0 } else { cursor }).await;
                // What was missed, what happened while it was read, and what happens then.
                assert!(reader.hears_on(place.room, 40).await, "nothing more comes");
                cursor = reader.cursors[&place.room];
                reader.give_up();
            }
            (identity, cursor)
        }
    });
    let readers = join_all(readers).await;
    stage.wires(1).0.heal();
    let writers = fleet.stop().await;
    stage.everybody_reads(writers, &[]).await;
    let head = stage.head(place.room);
    for (identity, cursor) in readers {
        let mut reader = JournalingClient::open(&identity, &stage.urls[1]).await;
        reader.join(place.room, cursor).await;
        assert!(reader.reaches(place.room, head, Duration::from_secs(10)).await, "the reader stays behind");
    }
    stage.check("late pages", true);
}

/// So many entries that nobody has seen, straight into the tables.
fn fill(stage: &FaultStage, room: i64, count: i64) {
    let head = stage.head(room);
    stage.execute(&format!(
        "INSERT INTO entries (room_id, seq, kind, author_id, nonce, body, acl_version, created_at) \
         WITH RECURSIVE n (i) AS (SELECT {head} + 1 UNION ALL SELECT i + 1 FROM n WHERE i < {head} + {count}) \
         SELECT {room}, n.i, 'message', m.account_id, NULL, 'entry ' || n.i, r.acl_version, 0 \
         FROM n, rooms r, (SELECT min(account_id) AS account_id FROM members WHERE room_id = {room}) m WHERE r.id = {room}"
    ));
    stage.execute(&format!("UPDATE rooms SET last_seq = last_seq + {count} WHERE id = {room}"));
}

/// Fifty thousand entries behind, while people write: page by page up to the end, over one connection.
async fn catches_up(home: Home) {
    const MISSED: i64 = 50_000;
    let mut stage = FaultStage::build(home, &Plan { people: 2, nodes: 1, ..Plan::default() }).await;
    let place = stage.open_room(&[1]).await;
    fill(&stage, place.room, MISSED);
    let mut ana = stage.journaling_client(0, 0).await;
    let mut ben = stage.journaling_client(1, 0).await;
    ben.join(place.room, 0).await;
    let mut pages = 0;
    let mut posted = Vec::new();
    let mut is_live = false;
    while !is_live {
        match ben.next(Duration::from_secs(10)).await {
            ReceivedEntry::Frame(frame) if frame["t"] == "entries" => {
                pages += 1;
                assert!(frame["entries"].as_array().expect("a list").len() <= 200, "a page is too large");
                if pages % 50 == 0 {
                    posted.push(ana.post(place.room, &format!("n{pages}"), "meanwhile").await);
                }
            }
            ReceivedEntry::Frame(frame) => is_live = frame["t"] == "live",
            heard => panic!("{heard:?} after {pages} pages"),
        }
    }
    assert!(pages >= 250 && posted.len() >= 5, "{pages} pages, {} posts", posted.len());
    for reference in posted {
        ana.answer(reference).await;
    }
    let head = stage.head(place.room);
    assert!(head > MISSED && ben.reaches(place.room, head, Duration::from_secs(10)).await, "the reader stays behind");
    stage.check("far behind", true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_thousand_missed_entries_come_page_by_page() {
    catches_up(Home::shared()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_thousand_missed_entries_come_page_by_page_from_sqlite() {
    catches_up(Home::sqlite()).await;
}

/// The nodes are stopped, the tables are set back to what they were some entries ago, the nodes are started again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_older_backup_a_client_is_told_to_begin_again() {
    const KEPT: i64 = 12;
    let mut stage = FaultStage::build(Home::shared(), &Plan { people: 2, nodes: 1, ..Plan::default() }).await;
    let place = stage.open_room(&[1]).await;
    let mut ben = stage.journaling_client(1, 0).await;
    ben.join(place.room, 0).await;
    let mut ana = stage.journaling_client(0, 0).await;
    for number in 0..20 {
        let reference = ana.post(place.room, &format!("n{number}"), "text").await;
        ana.answer(reference).await;
    }
    assert!(ben.reaches(place.room, stage.head(place.room), Duration::from_secs(10)).await);
    let cursor = ben.cursors[&place.room];

    stage.nodes[0].node.kill();
    stage.execute(&format!("DELETE FROM entries WHERE room_id = {} AND seq > {KEPT}", place.room));
    stage.execute(&format!("UPDATE rooms SET last_seq = {KEPT} WHERE id = {}", place.room));
    stage.nodes[0].node.restart().await;

    let mut ben = stage.journaling_client(1, 0).await;
    let reference = ben.join(place.room, cursor).await;
    let refused = ben.answer(reference).await;
    assert_eq!((&refused["t"], &refused["code"]), (&json!("refused"), &json!("cursor_ahead")));
    let reference = ben.join(place.room, 0).await;
    ben.answer(reference).await;
    let mut ana = stage.journaling_client(0, 0).await;
    let reference = ana.post(place.room, "after-the-backup", "text").await;
    assert_eq!(ana.answer(reference).await["seq"], KEPT + 1);
    // What they are given now is the log as it is now.
    eventually("the room has the new head", async || stage.head(place.room) == KEPT + 1).await;
    assert!(ben.reaches(place.room, KEPT + 1, Duration::from_secs(10)).await, "the reader stays behind");
}
