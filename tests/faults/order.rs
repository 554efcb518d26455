//! One order of a room, the same for all and without a hole, whoever writes where.

use std::time::Duration;

use futures_util::future::join_all;

use crate::stage::{FaultStage, Home, JournalingClient, Plan};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_with_twenty_writers_each_make_one_order() {
    const WRITERS: usize = 40;
    const EACH: usize = 25;
    let plan = Plan { people: WRITERS, ..Plan::default() };
    let mut stage = FaultStage::build(Home::shared(), &plan).await;
    let place = stage.open_room(&(1..WRITERS).collect::<Vec<_>>()).await;
    let writers = (0..WRITERS).map(|person| {
        let stage = &stage;
        async move {
            let mut writer = stage.journaling_client(person, person % 2).await;
            let joined = writer.join(place.room, 0).await;
            writer.answer(joined).await;
            for number in 0..EACH {
                let nonce = format!("{}-{number}", writer.account());
                let reference = writer.post(place.room, &nonce, &format!("text {nonce}")).await;
                assert_eq!(writer.answer(reference).await["t"], "posted");
            }
            writer
        }
    });
    let mut writers: Vec<JournalingClient> = join_all(writers).await;
    let log = &stage.logs()[&place.room];
    let head = log.rows.last().expect("a log").seq;
    assert_eq!(log.rows.iter().filter(|row| row.nonce.is_some()).count(), WRITERS * EACH);
    for writer in &mut writers {
        assert!(writer.reaches(place.room, head, Duration::from_secs(10)).await, "somebody is left behind");
    }
    // Everybody saw one run of entries, from the first to the last, over one connection.
    stage.check("one order", true);
}
