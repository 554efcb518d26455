//! Everything fails, in turn and at once, in an order that nobody chose: what was promised holds all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::harness::{Node, World, Writer, settle};
use crate::support::proxy::Proxy;

const LASTS: Duration = Duration::from_secs(12);
const WRITERS: usize = 6;

/// Small, and the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn seed() -> u64 {
    let random = || {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).expect("the system has randomness");
        u64::from_ne_bytes(bytes)
    };
    std::env::var("TEST_WEATHER_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(random).max(1)
}

struct Exposed {
    node: Node,
    to_database: Proxy,
    to_redis: Proxy,
    is_down: bool,
}

impl Exposed {
    async fn new(world: &World) -> Self {
        let (node, to_database, to_redis) = world.node_on_wires().await;
        Self { node, to_database, to_redis, is_down: false }
    }

    async fn suffer(&mut self, what: u64) {
        match what {
            0 => self.to_database.cut(),
            1 => self.to_database.freeze(),
            2 => self.to_database.lose_next_commit(),
            3 => self.to_redis.cut(),
            4 => self.to_redis.freeze(),
            5 | 6 if !self.is_down => self.node.freeze(),
            7 | 8 => {
                self.node.kill();
                self.is_down = true;
            }
            _ => self.recover().await,
        }
    }

    async fn recover(&mut self) {
        self.to_database.heal();
        self.to_redis.heal();
        if self.is_down {
            self.node.restart().await;
            self.is_down = false;
        }
        self.node.thaw();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_promised_holds_in_any_weather() {
    let seed = seed();
    eprintln!("TEST_WEATHER_SEED={seed}");
    let mut dice = Dice(seed);
    let mut world = World::new().await;
    let mut nodes = [Exposed::new(&world).await, Exposed::new(&world).await];
    let ana = world.broker(&nodes[0].node, "Ana").await;
    let (transaction, room) = ana.open_transaction("House").await;
    let urls = Arc::new(nodes.each_ref().map(|exposed| exposed.node.url.clone()).to_vec());
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = Vec::new();
    for number in 0..WRITERS {
        let name = format!("Writer{number}");
        let person = world.broker(&nodes[0].node, &name).await;
        ana.add(transaction, &person).await;
        let (writer, stop) = (Writer::new(&name, person, room, &urls, number), stop.clone());
        tasks.push(tokio::spawn(writer.write(move |_| stop.load(Ordering::SeqCst))));
    }

    nodes[0].suffer(7).await;
    let until = Instant::now() + LASTS;
    while Instant::now() < until {
        let node = usize::try_from(dice.roll(2)).expect("small");
        match dice.roll(16) {
            0 => world.redis.restart().await,
            1 => world.redis.freeze(),
            2 => world.redis.thaw(),
            what => nodes[node].suffer(what - 3).await,
        }
        // The weather's own pace, waited for by nobody.
        tokio::time::sleep(Duration::from_millis(100 + dice.roll(400))).await;
    }
    for exposed in &mut nodes {
        exposed.recover().await;
    }
    world.redis.restart().await;
    stop.store(true, Ordering::SeqCst);
    let mut writers = Vec::new();
    for task in tasks {
        writers.push(task.await.expect("a writer finishes"));
    }
    let posted: usize = writers.iter().map(|writer| writer.journal.posts.len()).sum();
    let connections: usize = writers.iter().map(|writer| writer.journal.connections.len()).sum();
    eprintln!("{posted} messages over {connections} connections");
    assert!(connections > WRITERS, "no weather at all");
    settle(&world, room, writers).await;
}
