//! Faults in what is delivered.

use std::time::Duration;

use entremise::testing::failpoints::Failpoint;
use futures_util::future::join_all;

use super::{Build, is_caught};
use crate::stage::{JournalingClient, PATIENT, ReceivedEntry};

/// Redis says nothing to one of the nodes: what is written on the other comes through the database or not at all.
async fn the_bus_is_silent(build: Build) -> Vec<String> {
    let mut stage = build.stage(2, 2, &[("ENTREMISE_HEAD_POLL_MS", "500")]).await;
    let place = stage.open_room(&[1]).await;
    let (mut ana, mut ben) = (stage.journaling_client(0, 0).await, stage.journaling_client(1, 1).await);
    for journaling_client in [&mut ana, &mut ben] {
        journaling_client.join(place.room, 0).await;
    }
    let reference = ana.post(place.room, "before", "text").await;
    ana.answer(reference).await;
    let begun = stage.head(place.room);
    assert!(ben.reaches(place.room, begun, Duration::from_secs(10)).await, "the nodes do not hear each other");
    stage.wires(1).1.freeze();
    for number in 0..5 {
        ana.post(place.room, &format!("n{number}"), "text").await;
    }
    for journaling_client in [&mut ana, &mut ben] {
        journaling_client.reaches(place.room, begun + 5, Duration::from_secs(6)).await;
    }
    stage.violations(true)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_believes_the_bus() {
    is_caught(Failpoint::BusIsTruth, "has read up to 4 of 9", the_bus_is_silent).await;
}

/// The database is slow to answer a node, and somebody writes on the other all the time: between the reading of a page and
/// its arrival there is always something new.
async fn pages_come_late(build: Build) -> Vec<String> {
    let mut stage = build.stage(2, 2, PATIENT).await;
    let place = stage.open_room(&[1]).await;
    let (mut ana, mut first) = (stage.journaling_client(0, 0).await, stage.journaling_client(1, 1).await);
    // The room is awake on the second node.
    first.join(place.room, 0).await;
    stage.wires(1).0.slow_down(Duration::from_millis(80));
    let writing = async {
        for number in 0.. {
            let reference = ana.post(place.room, &format!("n{number}"), "text").await;
            ana.answer(reference).await;
            tokio::time::sleep(Duration::from_millis(8)).await;
        }
    };
    let reading = (0..6).map(|_| async {
        let mut ben = stage.journaling_client(1, 1).await;
        ben.join(place.room, 0).await;
        assert!(ben.hears_on(place.room, 40).await, "nothing more comes");
    });
    tokio::select! {
        () = writing => {}
        _ = join_all(reading) => {}
    }
    stage.violations(false)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_read_before_subscribing() {
    is_caught(Failpoint::HistoryFirst, "was next", pages_come_late).await;
}

/// A member stops reading while much is written, and then reads on: they lack nothing in the end, on this connection or on
/// the next.
async fn a_reader_sleeps(build: Build) -> Vec<String> {
    const COUNT: usize = 300;
    let mut stage = build.stage(1, 2, &[("ENTREMISE_SESSION_QUEUE_BYTES", "65536")]).await;
    let place = stage.open_room(&[1]).await;
    let identity = stage.identity(stage.person(1));
    let (mut ana, mut ben) =
        (stage.journaling_client(0, 0).await, JournalingClient::open(&identity, &stage.urls[0]).await);
    let reference = ben.join(place.room, 0).await;
    ben.answer(reference).await;
    // Four bytes each: more than all buffers between the two.
    let body = "🌊".repeat(10_000);
    for number in 0..COUNT {
        let reference = ana.post(place.room, &format!("n{number}"), &format!("{body:.9990}{number}")).await;
        ana.answer(reference).await;
    }
    let head = stage.head(place.room);
    // They read as long as there is something to read: an answer to a ping comes behind all that.
    let mut pongs = 0;
    while ben.cursors[&place.room] < head && pongs < 3 {
        match ben.next(Duration::from_secs(1)).await {
            ReceivedEntry::Frame(frame) => pongs += usize::from(frame["t"] == "pong"),
            ReceivedEntry::Silence => drop(ben.ping().await),
            ReceivedEntry::Closed(_) => {
                let cursor = ben.cursors[&place.room];
                ben = JournalingClient::open(&identity, &stage.urls[0]).await;
                let reference = ben.join(place.room, cursor).await;
                ben.answer(reference).await;
            }
        }
    }
    stage.violations(true)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_that_drops() {
    is_caught(Failpoint::DropOnFull, "has read up to", a_reader_sleeps).await;
}

/// Nothing happens but messages.
async fn people_write(build: Build) -> Vec<String> {
    let mut stage = build.stage(1, 2, &[]).await;
    let place = stage.open_room(&[1]).await;
    let (mut ana, mut ben) = (stage.journaling_client(0, 0).await, stage.journaling_client(1, 0).await);
    ben.join(place.room, 0).await;
    for number in 0..40 {
        let reference = ana.post(place.room, &format!("n{number}"), "text").await;
        ana.answer(reference).await;
    }
    ben.reaches(place.room, stage.head(place.room), Duration::from_secs(10)).await;
    stage.violations(false)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_that_runs_ahead_of_the_wire() {
    is_caught(Failpoint::CursorBeforeWrite, "was next", people_write).await;
}
