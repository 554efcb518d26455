//! Two builds serve one room: what a later version writes is carried by the earlier one, unread.

use entremise::testing::failpoints::EXTRA_KIND;
use serde_json::{Value, json};

use crate::harness::{Launcher, World};
use crate::support::Socket;

/// The next entries as the connection has them: number, kind, text and data.
async fn entries(socket: &mut Socket, count: usize) -> Vec<Value> {
    let mut received = Vec::new();
    while received.len() < count {
        let frame = socket.expect_that("entries", |frame| frame["t"] == "entry" || frame["t"] == "entries").await;
        match frame["entries"].as_array() {
            Some(entries) => received.extend(entries.iter().cloned()),
            None => received.push(frame),
        }
    }
    received.iter().map(|entry| json!([entry["seq"], entry["kind"], entry["body"], entry["data"]])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_of_a_kind_that_one_build_does_not_know_is_delivered_unread_and_the_room_goes_on() {
    let world = World::new().await;
    let later = world.node_by(Launcher::planted(), &[("ENTREMISE_PLANTED_FAULTS", "extra_kind")]).await;
    let earlier = world.node().await;
    let (ana, ben) = (world.broker(&later, "Ana").await, world.broker(&earlier, "Ben").await);
    let (transaction, room) = ana.open_transaction("House").await;
    ana.add(transaction, &ben).await;
    let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
    for_ana.join(room, None).await;
    for_ben.join(room, None).await;

    let question = format!("{EXTRA_KIND}Tuesday?");
    assert_eq!(for_ana.post(room, "q", &question).await["seq"], 4);
    assert_eq!(for_ana.post(room, "q", &question).await["seq"], 4, "the same again is the same");
    assert_eq!(for_ana.post(room, "q", "Tuesday?").await["code"], "nonce_reused");
    assert_eq!(for_ben.post(room, "b", "and on").await["seq"], 5);
    let options = json!({ "options": ["yes", "no"] });
    let expected = [json!([4, "poll", "Tuesday?", options]), json!([5, "message", "and on", null])];
    assert_eq!(entries(&mut for_ben, 2).await, expected, "over the bus");
    assert_eq!(entries(&mut for_ana, 2).await, expected);

    // A member who comes to the earlier build reads it from the database, and it counts as no message.
    let mut again = world.another_device(&earlier, &ben).await.socket().await;
    let (joined, missed) = again.join(room, Some(3)).await;
    assert_eq!(joined["unread"], 0);
    let missed: Vec<Value> = missed.iter().map(|e| json!([e["seq"], e["kind"], e["body"], e["data"]])).collect();
    assert_eq!(missed, expected);
    let page = ben.get(&format!("/api/v1/transactions/{transaction}/messages")).await;
    let shown = page.expect(200)["entries"].as_array().expect("a list").clone();
    assert_eq!(shown.iter().map(|entry| entry["kind"].clone()).collect::<Vec<_>>()[3..], ["poll", "message"]);

    // Changes of members follow on it as on anything else.
    let carl = world.broker(&earlier, "Carl").await;
    ben.add(transaction, &carl).await;
    for socket in [&mut for_ana, &mut for_ben] {
        assert_eq!(entries(socket, 1).await[0][1], "member_added");
    }
}
