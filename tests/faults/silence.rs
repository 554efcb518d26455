//! Redis says nothing: what happens on one node comes to the other through the database, in the time that is promised.

use std::time::{Duration, Instant};

use crate::harness::eventually;
use crate::stage::{FaultStage, Home, JournalingClient, Place, Plan};

/// Before anybody has noticed (DESIGN G8), and from then on (G22); each with some air for a busy machine.
const UNNOTICED: Duration = Duration::from_secs(7);
const NOTICED: Duration = Duration::from_secs(4);

/// Nobody else says a word in this room.
struct Quiet {
    place: Place,
    ana: JournalingClient,
    ben: JournalingClient,
    stage: FaultStage,
}

async fn quiet() -> Quiet {
    let mut stage = FaultStage::build(Home::shared(), &Plan::default()).await;
    let place = stage.open_room(&[1]).await;
    let (ana, mut ben) = (stage.journaling_client(0, 0).await, stage.journaling_client(1, 1).await);
    let reference = ben.join(place.room, 0).await;
    ben.answer(reference).await;
    let mut quiet = Quiet { place, ana, ben, stage };
    quiet.crosses("with-Redis", NOTICED).await;
    quiet
}

impl Quiet {
    async fn crosses(&mut self, nonce: &str, within: Duration) {
        let reference = self.ana.post(self.place.room, nonce, "text").await;
        let seq = self.ana.answer(reference).await["seq"].as_i64().unwrap_or_else(|| panic!("{nonce} was not taken"));
        let begun = Instant::now();
        assert!(self.ben.reaches(self.place.room, seq, within).await, "{nonce} did not cross in {within:?}");
        eprintln!("{nonce} crossed in {:?}", begun.elapsed());
    }

    /// The nodes say it when the bus is gone; `times` counts from the start.
    async fn is_noticed(&self, times: usize) {
        let said = |node: usize| {
            let log = self.stage.nodes[node].node.log();
            log.iter().filter(|line| line.contains("lost the bus")).count() >= times
        };
        eventually("both nodes notice", async || said(0) && said(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_hears_nothing_looks_for_itself() {
    let mut quiet = quiet().await;
    quiet.stage.redis.as_ref().expect("there is one").freeze();
    quiet.crosses("unnoticed", UNNOTICED).await;
    quiet.is_noticed(1).await;
    for nonce in ["noticed-1", "noticed-2", "noticed-3"] {
        quiet.crosses(nonce, NOTICED).await;
    }
    quiet.stage.redis.as_ref().expect("there is one").thaw();
    for nonce in ["thawed-1", "thawed-2"] {
        quiet.crosses(nonce, UNNOTICED).await;
    }

    quiet.stage.redis.as_mut().expect("there is one").kill();
    quiet.crosses("killed", UNNOTICED).await;
    quiet.is_noticed(2).await;
    quiet.crosses("known-to-be-killed", NOTICED).await;
    quiet.stage.redis.as_mut().expect("there is one").restart().await;
    quiet.crosses("restarted", UNNOTICED).await;
    // Nothing came twice, whoever brought it.
    quiet.stage.check("a silent Redis", false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_alone_hears_nothing_looks_for_itself() {
    let mut quiet = quiet().await;
    quiet.stage.wires(1).1.freeze();
    quiet.crosses("half-open", UNNOTICED).await;
    eventually("it notices", async || quiet.stage.nodes[1].node.said("lost the bus")).await;
    quiet.crosses("noticed", NOTICED).await;
    quiet.stage.wires(1).1.heal();
    quiet.crosses("healed", UNNOTICED).await;
    quiet.stage.check("a stalled_reader node", false);
}
