//! A peer that stops reading: its connection ends, the others do not notice.

use super::*;
use crate::support::StalledReader;

/// So small that what it does not read soon fills the buffers between us.
const WINDOW: Option<u32> = Some(4096);

#[tokio::test]
async fn a_peer_that_stops_reading_is_cut_and_the_others_go_on() {
    let database = crate::support::sqlite_database();
    let settings = [GENEROUS, &[("ENTREMISE_SESSION_QUEUE_BYTES", "65536")]].concat();
    let app = TestApp::start_with(&database, &settings);
    let (ana, ben, transaction, room) = two_in_a_room(&app).await;
    let mut going_on = ana.socket().await;
    going_on.join(room, None).await;
    let stalled = StalledReader::join(&ben, room, WINDOW).await;
    going_on.expect("presence").await;

    // More than all buffers of the system between us.
    let body = "x".repeat(10_000);
    let mut posted: usize = 0;
    for number in 0..1_200 {
        assert_eq!(seq(&going_on.post(room, &format!("n{number}"), &body).await), number + 4);
        assert_eq!(seq(&going_on.expect("entry").await), number + 4, "who reads goes on");
        posted += body.len();
    }
    let gone = going_on.expect("presence").await;
    assert_eq!((&gone["account"], &gone["online"]), (&json!(ben.account()), &json!(false)));

    let rest = stalled.drain().await;
    assert!(rest < posted, "it was not cut: {rest} of {posted}");

    let mut back = ben.socket().await;
    let (_, missed) = back.join(room, Some(1_000)).await;
    assert_eq!(seqs(&missed), (1_001..=1_203).collect::<Vec<_>>(), "the reader comes back and lacks nothing");
    assert_eq!(log_of(&ana, transaction).await.len(), 1_203);
}

#[tokio::test]
async fn a_peer_that_does_not_read_does_not_keep_the_node_from_stopping() {
    let database = crate::support::sqlite_database();
    // So generous that nobody is cut for being slow.
    let settings =
        [GENEROUS, &[("ENTREMISE_SESSION_QUEUE_BYTES", "1073741824"), ("ENTREMISE_SHUTDOWN_SECONDS", "300")]].concat();
    let app = TestApp::start_with(&database, &settings);
    let (ana, ben, _, room) = two_in_a_room(&app).await;
    let _stalled = StalledReader::join(&ben, room, WINDOW).await;
    let mut reading = ana.socket().await;
    let body = "x".repeat(10_000);
    for number in 0..900 {
        reading.post(room, &format!("n{number}"), &body).await;
    }
    // The test's runtime has one thread, and stopping waits for the server's.
    let stopping = tokio::task::spawn_blocking(move || drop(app));
    assert_eq!(reading.expect_close().await, 1012);
    tokio::time::timeout(std::time::Duration::from_secs(60), stopping).await.expect("it stops").expect("it stops well");
}
