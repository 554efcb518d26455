//! Faults in who may hear and say what.

use std::time::Duration;

use entremise::testing::failpoints::Failpoint;

use super::{Build, is_caught};
use crate::stage::{FaultStage, JournalingClient, Place, ReceivedEntry};

/// Ana on one node; Ben and Zoe, who stays, on the other.
async fn three_in_a_room(build: Build, settings: &[(&str, &str)]) -> (FaultStage, Place, [JournalingClient; 3]) {
    let mut stage = build.stage(2, 3, settings).await;
    let place = stage.open_room(&[1, 2]).await;
    let mut journaling_clients =
        [stage.journaling_client(0, 0).await, stage.journaling_client(1, 1).await, stage.journaling_client(2, 1).await];
    for journaling_client in &mut journaling_clients {
        let reference = journaling_client.join(place.room, 0).await;
        journaling_client.answer(reference).await;
    }
    (stage, place, journaling_clients)
}

/// Ben is taken out through the other node, and then much is said.
async fn a_member_is_removed(build: Build) -> Vec<String> {
    let (stage, place, [mut ana, mut ben, mut zoe]) = three_in_a_room(build, &[]).await;
    stage.membership_chaos().remove(place, stage.person(1)).await;
    for number in 0..20 {
        let reference = ana.post(place.room, &format!("n{number}"), "not for Ben").await;
        ana.answer(reference).await;
    }
    // What Zoe has, Ben's node has given to everybody.
    assert!(zoe.reaches(place.room, stage.head(place.room), Duration::from_secs(10)).await, "the node hears nothing");
    ben.drain().await;
    stage.violations(false)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_that_are_out_of_date() {
    is_caught(Failpoint::StaleMembers, "was out from 5 and got", a_member_is_removed).await;
}

/// Who was taken out tries to say something more.
async fn a_stranger_posts(build: Build) -> Vec<String> {
    let (stage, place, [_ana, mut ben, _zoe]) = three_in_a_room(build, &[]).await;
    stage.membership_chaos().remove(place, stage.person(1)).await;
    let reference = ben.post(place.room, "late", "still here").await;
    ben.answer(reference).await;
    stage.violations(false)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_of_strangers() {
    is_caught(Failpoint::NoMembershipCheck, "was out from 5 and posted 6", a_stranger_posts).await;
}

/// A session ends through one node, and the other has not heard of it yet: Redis is silent, and the database is not looked
/// into for a minute.
async fn a_dead_session_posts(build: Build) -> Vec<String> {
    let settings = [("ENTREMISE_REVOCATION_POLL_MS", "60000")];
    let (stage, place, [_ana, mut ben, _zoe]) = three_in_a_room(build, &settings).await;
    stage.wires(1).1.freeze();
    stage.membership_chaos().sign_out(stage.person(1)).await;
    ben.post(place.room, "late", "still here").await;
    while let ReceivedEntry::Frame(frame) = ben.next(Duration::from_secs(5)).await {
        if matches!(frame["t"].as_str(), Some("posted" | "refused")) {
            break;
        }
    }
    stage.violations(false)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_of_dead_sessions() {
    is_caught(Failpoint::NoSessionCheck, "after the session ended", a_dead_session_posts).await;
}
