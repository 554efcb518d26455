//! Faults in what is stored.

use std::time::Duration;

use entremise::testing::failpoints::Failpoint;
use futures_util::future::join_all;

use super::{Build, is_caught};
use crate::harness::eventually;
use crate::stage::PATIENT;

/// The connection to the database breaks in place of the commit: who was answered before has been lied to.
async fn commits_break(build: Build) -> Vec<String> {
    let mut stage = build.stage(1, 1, &[]).await;
    let place = stage.open_room(&[]).await;
    let mut ana = stage.journaling_client(0, 0).await;
    let wire = stage.wires(0).0;
    for number in 0..5 {
        wire.break_next_commit();
        let reference = ana.post(place.room, &format!("n{number}"), "text").await;
        ana.answer(reference).await;
        // Without the fault it is one request, which was answered when it was stored; with it the commit comes afterwards.
        if !build.fault.is_empty() {
            eventually("the commit is broken", async || wire.has_broken_commit()).await;
        }
    }
    stage.violations(false)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_before_the_commit() {
    is_caught(Failpoint::AckBeforeCommit, "is stored at []", commits_break).await;
}

/// The same message over two nodes, one after the other. The index that forbids a second row is a part of the rule, and
/// goes with it.
async fn a_nonce_comes_again(build: Build) -> Vec<String> {
    let mut stage = build.stage(2, 1, &[]).await;
    let place = stage.open_room(&[]).await;
    if !build.fault.is_empty() {
        stage.execute("DROP INDEX entries_nonce");
    }
    for node in [0, 1, 0] {
        let mut ana = stage.journaling_client(0, node).await;
        let references = [ana.post(place.room, "same", "text").await, ana.post(place.room, "same", "text").await];
        for reference in references {
            ana.answer(reference).await;
        }
    }
    stage.violations(false)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nonce_that_does_not_count() {
    is_caught(Failpoint::NoNonceKey, "was acknowledged at", a_nonce_comes_again).await;
}

/// Two nodes write into one room all the time, and each hears late what the head of the room is.
async fn two_nodes_write(build: Build) -> Vec<String> {
    const PEOPLE: usize = 8;
    let mut stage = build.stage(2, PEOPLE, PATIENT).await;
    let place = stage.open_room(&(1..PEOPLE).collect::<Vec<_>>()).await;
    for node in [0, 1] {
        stage.wires(node).0.slow_down(Duration::from_millis(10));
    }
    let writers = (0..PEOPLE).map(|person| {
        let stage = &stage;
        async move {
            let mut writer = stage.journaling_client(person, person % 2).await;
            for number in 0..12 {
                let nonce = format!("{}-{number}", writer.account());
                let reference = writer.post(place.room, &nonce, "text").await;
                writer.answer(reference).await;
            }
        }
    });
    join_all(writers).await;
    stage.violations(false)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_is_not_locked() {
    is_caught(Failpoint::NoRoomLock, "was refused with internal", two_nodes_write).await;
}
