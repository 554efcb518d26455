//! People who all do the same in one room until they are told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinHandle;

use super::{FaultStage, Habits, Place, ScheduleRng, StageClient};

pub struct Fleet {
    stop: Arc<AtomicBool>,
    living: Vec<JoinHandle<StageClient>>,
}

impl Fleet {
    /// Each is at whatever node answers.
    pub fn of(stage: &FaultStage, place: Place, people: impl IntoIterator<Item = usize>, habits: Habits) -> Self {
        Self::at(stage, &stage.urls, place, people, habits)
    }

    /// Only at these nodes.
    pub fn at(
        stage: &FaultStage,
        urls: &Arc<Vec<String>>,
        place: Place,
        people: impl IntoIterator<Item = usize>,
        habits: Habits,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let live = |person: usize| {
            let identities = stage.identities(&stage.people[person]);
            let rng = ScheduleRng::new(u64::try_from(person).expect("few"));
            let client = StageClient::new(&format!("p{person}"), identities, &[place], urls, habits, rng);
            tokio::spawn(client.live(stop.clone()))
        };
        let living = people.into_iter().map(live).collect();
        Self { stop, living }
    }

    /// Everybody settles what they have begun and reads to the end; then the journal is judged.
    pub async fn stop_and_check(self, stage: &FaultStage, what: &str) {
        let clients = self.stop().await;
        stage.everybody_reads(clients, &[]).await;
        stage.check(what, true);
    }

    /// Everybody settles what they have begun.
    pub async fn stop(self) -> Vec<StageClient> {
        self.stop.store(true, Ordering::SeqCst);
        let mut clients = Vec::new();
        for client in self.living {
            clients.push(client.await.expect("a client finishes"));
        }
        clients
    }
}
