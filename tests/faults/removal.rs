//! Nothing reaches a member whose removal is acknowledged, whatever their node knew of it, and whatever they ask for.

use std::time::Duration;

use crate::stage::{FaultStage, Home, Identity, JournalingClient, Place, Plan, ReceivedEntry};

const SECRETS: usize = 100;

/// Ana on one node; Ben, who is taken out, on the other; and Zoe beside them, who stays.
struct RemovalScene {
    place: Place,
    ana: JournalingClient,
    ben: JournalingClient,
    zoe: JournalingClient,
    of_ben: Identity,
    stage: FaultStage,
}

async fn scene() -> RemovalScene {
    let mut stage = FaultStage::build(Home::shared(), &Plan { people: 3, ..Plan::default() }).await;
    let place = stage.open_room(&[1, 2]).await;
    let of_ben = stage.identity(stage.person(1));
    let ben = JournalingClient::open(&of_ben, &stage.urls[1]).await;
    let mut scene = RemovalScene {
        place,
        ana: stage.journaling_client(0, 0).await,
        ben,
        zoe: stage.journaling_client(2, 1).await,
        of_ben,
        stage,
    };
    for journaling_client in [&mut scene.ana, &mut scene.ben, &mut scene.zoe] {
        let reference = journaling_client.join(place.room, 0).await;
        journaling_client.answer(reference).await;
    }
    scene
}

impl RemovalScene {
    async fn remove_ben(&self) {
        self.stage.membership_chaos().remove(self.place, self.stage.person(1)).await;
    }

    async fn tell_secrets(&mut self) {
        for number in 0..SECRETS {
            let reference = self.ana.post(self.place.room, &format!("secret{number}"), "not for Ben").await;
            assert_eq!(self.ana.answer(reference).await["t"], "posted");
        }
    }

    /// Ben asks once more for what they do not have, as if nothing had been.
    async fn ben_resumes(&mut self) {
        let cursor = self.ben.cursors[&self.place.room];
        self.ben.join(self.place.room, cursor).await;
    }

    /// Zoe, on the same node, has everything: so has whoever else was to have it. Then the journal is judged.
    async fn nothing_leaked(mut self, what: &str) {
        let head = self.stage.head(self.place.room);
        // A page that could not be read closes the connection; whoever comes back says what they have.
        while !self.zoe.reaches(self.place.room, head, Duration::from_secs(10)).await {
            let cursor = self.zoe.cursors[&self.place.room];
            self.zoe = self.stage.journaling_client(2, 1).await;
            self.zoe.join(self.place.room, cursor).await;
        }
        while let ReceivedEntry::Frame(_) = self.ben.next(Duration::from_millis(300)).await {}
        for node in [0, 1] {
            let mut again = JournalingClient::open(&self.of_ben, &self.stage.urls[node]).await;
            for after in [0, 3, head] {
                let reference = again.join(self.place.room, after).await;
                assert_eq!(again.answer(reference).await["code"], "room_unknown");
            }
            let reference = again.post(self.place.room, &format!("late-{node}"), "still here").await;
            assert_eq!(again.answer(reference).await["code"], "room_unknown");
        }
        let path = format!("/api/v1/transactions/{}/messages", self.place.transaction);
        for url in self.stage.urls.iter() {
            self.stage.person(1).at(url).get(&path).await.expect_refusal(404, "transaction_unknown");
        }
        self.stage.check(what, false);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_when_their_node_slept() {
    let mut scene = scene().await;
    scene.stage.nodes[1].node.freeze();
    scene.remove_ben().await;
    scene.ben_resumes().await;
    scene.tell_secrets().await;
    scene.ben_resumes().await;
    scene.stage.nodes[1].node.thaw();
    scene.nothing_leaked("a node that slept").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_without_redis() {
    let mut scene = scene().await;
    scene.stage.redis.as_mut().expect("there is one").kill();
    scene.remove_ben().await;
    scene.ben_resumes().await;
    scene.tell_secrets().await;
    scene.nothing_leaked("no Redis").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_when_their_node_is_cut_from_redis() {
    let mut scene = scene().await;
    scene.stage.wires(1).1.freeze();
    scene.remove_ben().await;
    scene.ben_resumes().await;
    scene.tell_secrets().await;
    scene.nothing_leaked("cut from Redis").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_when_their_node_is_cut_from_the_database() {
    let mut scene = scene().await;
    scene.stage.wires(1).0.freeze();
    // The node is asked before the removal, and gets its answer afterwards.
    scene.ben_resumes().await;
    scene.remove_ben().await;
    scene.tell_secrets().await;
    scene.stage.wires(1).0.cut();
    scene.ben_resumes().await;
    scene.stage.wires(1).0.heal();
    scene.stage.is_ready().await;
    scene.nothing_leaked("cut from the database").await;
}
