//! The report of a commit is lost, again and again, while people write over two nodes.

use std::time::Duration;

use crate::harness::eventually;
use crate::stage::{FaultStage, Fleet, Habits, Home, Plan, is_long};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_of_commits_are_lost_and_nothing_else_is() {
    const PEOPLE: usize = 6;
    let rounds = if is_long() { 200 } else { 20 };
    let mut stage = FaultStage::build(Home::shared(), &Plan { people: PEOPLE, ..Plan::default() }).await;
    let place = stage.open_room(&(1..PEOPLE).collect::<Vec<_>>()).await;
    let habits = Habits { posts_every: Some(Duration::from_millis(20)), ..Habits::default() };
    let fleet = Fleet::of(&stage, place, 0..PEOPLE, habits);
    for round in 0..rounds {
        let wire = stage.wires(round % 2).0;
        wire.lose_next_commit();
        eventually("a commit is hit", async || wire.has_lost_commit()).await;
    }
    fleet.stop_and_check(&stage, "lost reports").await;
}
