//! Everything fails, in turn and at once, in an order that nobody chose: what was promised holds all the same.
//!
//! `TEST_FAULTS_SEED` repeats a schedule, `TEST_FAULTS_MINUTES` makes it long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt, join_all};
use tokio::time::{Instant, sleep, sleep_until};

use crate::harness::{Node, PostgresServer, RedisServer};
use crate::stage::{
    Exposed, FaultKind, FaultStage, Forecast, Habits, Home, Leaver, OutageStep, Place, Plan, ScheduleRng, StageClient,
    Track, minutes, schedule,
};
use crate::support::Person;
use crate::support::proxy::Proxy;

fn seed() -> u64 {
    let random = || {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).expect("the system has randomness");
        u64::from_ne_bytes(bytes)
    };
    std::env::var("TEST_FAULTS_SEED").ok().map_or_else(random, |text| text.parse().expect("TEST_FAULTS_SEED"))
}

/// How long the outages last: some seconds, or as many minutes as somebody asks for.
fn lasts_ms(short_ms: u64) -> u64 {
    minutes().map_or(short_ms, |minutes| 60_000 * minutes)
}

/// Who is there: rooms that overlap, and in each of them people of every habit.
struct Crowd {
    clients: Vec<StageClient>,
    leavers: Vec<Leaver>,
    /// Sessions that end while somebody uses them.
    ending: Vec<Person>,
}

async fn crowd(stage: &mut FaultStage, rooms: usize, rng: &mut ScheduleRng) -> Crowd {
    let everybody: Vec<usize> = (1..stage.people.len()).collect();
    let mut members: Vec<Vec<usize>> = Vec::new();
    let mut places = Vec::new();
    for room in 0..rooms {
        // Each person in two of the rooms.
        let is_here = |person: &usize| person % rooms == room || (person + 1) % rooms == room;
        let here: Vec<usize> = everybody.iter().copied().filter(is_here).collect();
        places.push(stage.open_room(&here).await);
        members.push(here);
    }
    let (mut clients, mut leavers, mut ending) = (Vec::new(), Vec::new(), Vec::new());
    for person in everybody {
        let of = |number: &usize| members[*number].contains(&person);
        let own: Vec<Place> = (0..rooms).filter(of).map(|number| places[number]).collect();
        let devices = &stage.people[person];
        // The last device is for good; half of the people lose the others on the way.
        if person % 2 == 0 {
            ending.extend(devices[..devices.len() - 1].iter().cloned());
        }
        let habits = Habits {
            posts_every: (person % 4 != 0).then(|| rng.millis(30, 90)),
            reads_slowly: person % 3 == 0,
            gives_up: person % 5 == 0,
            races: person % 5 == 1,
        };
        let identities = stage.identities(devices);
        let name = format!("p{person}");
        clients.push(StageClient::new(&name, identities, &own, &stage.urls, habits, rng.split()));
        if person % 4 == 2 {
            // The same person once more, who only reads.
            let identities = stage.identities(&devices[devices.len() - 1..]);
            clients.push(StageClient::new(&name, identities, &own, &stage.urls, Habits::default(), rng.split()));
        }
        if person % 3 == 1 {
            leavers.push(Leaver { place: own[0], person: devices[0].clone(), is_out: false });
        }
    }
    rng.shuffle(&mut ending);
    Crowd { clients, leavers, ending }
}

/// The troubles of one place, one after the other.
fn steps_of(steps: &[OutageStep], track: Track) -> Vec<OutageStep> {
    steps.iter().copied().filter(|step| step.track == track).collect()
}

async fn during(begun: Instant, step: &OutageStep) {
    let end = begun + Duration::from_millis(step.at_ms + step.lasts_ms);
    sleep_until(end).await;
}

async fn wait_for(begun: Instant, step: &OutageStep) {
    sleep_until(begun + Duration::from_millis(step.at_ms)).await;
}

async fn node_suffers(node: &mut Node, steps: Vec<OutageStep>, begun: Instant) {
    for step in steps {
        wait_for(begun, &step).await;
        match step.trouble {
            FaultKind::Freeze => {
                node.freeze();
                during(begun, &step).await;
                node.thaw();
                continue;
            }
            FaultKind::Stop => {
                node.terminate();
                node.ended(Duration::from_secs(20)).await;
            }
            _ => node.kill(),
        }
        during(begun, &step).await;
        // What it needs may be away just now.
        while node.try_restart().await.is_err() {
            sleep(Duration::from_millis(100)).await;
        }
    }
}

async fn wire_suffers(wire: &Proxy, steps: Vec<OutageStep>, begun: Instant) {
    for step in steps {
        wait_for(begun, &step).await;
        match step.trouble {
            FaultKind::Cut => wire.cut(),
            FaultKind::Freeze => wire.freeze(),
            FaultKind::Slow => wire.slow_down(Duration::from_millis(step.lasts_ms / 10)),
            FaultKind::LoseCommits(count) => {
                for number in 1..=count {
                    wire.lose_next_commit();
                    sleep(Duration::from_millis(step.lasts_ms / (count + number))).await;
                }
            }
            _ => {}
        }
        during(begun, &step).await;
        wire.heal();
    }
}

async fn redis_suffers(redis: &mut RedisServer, steps: Vec<OutageStep>, begun: Instant) {
    for step in steps {
        wait_for(begun, &step).await;
        match step.trouble {
            FaultKind::Kill => {
                redis.kill();
                during(begun, &step).await;
                redis.restart().await;
            }
            FaultKind::Freeze => {
                redis.freeze();
                during(begun, &step).await;
                redis.thaw();
            }
            FaultKind::Flush => redis.command(&["FLUSHALL"]).await,
            _ => redis.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).await,
        }
    }
}

async fn postgres_suffers(server: &mut PostgresServer, steps: Vec<OutageStep>, begun: Instant) {
    for step in steps {
        wait_for(begun, &step).await;
        match step.trouble {
            FaultKind::Freeze => {
                server.freeze();
                during(begun, &step).await;
                server.thaw();
                continue;
            }
            FaultKind::Stop => server.stop_at_once().await,
            _ => server.kill().await,
        }
        during(begun, &step).await;
        server.restart().await;
    }
}

/// All of it; at the end everything is as it should be.
async fn rage(stage: &mut FaultStage, steps: &[OutageStep]) {
    let begun = Instant::now();
    let mut places: Vec<BoxFuture<'_, ()>> = Vec::new();
    for (number, Exposed { node, to_database, to_redis }) in stage.nodes.iter_mut().enumerate() {
        places.push(node_suffers(node, steps_of(steps, Track::Node(number)), begun).boxed());
        for (wire, track) in [(to_database, Track::ToDatabase(number)), (to_redis, Track::ToRedis(number))] {
            if let Some(wire) = wire {
                places.push(wire_suffers(wire, steps_of(steps, track), begun).boxed());
            }
        }
    }
    if let Some(redis) = &mut stage.redis {
        places.push(redis_suffers(redis, steps_of(steps, Track::Redis), begun).boxed());
    }
    if let Home::Own(server) = &mut stage.home {
        places.push(postgres_suffers(server, steps_of(steps, Track::Postgres), begun).boxed());
    }
    join_all(places).await;
}

/// Outages, a while for everybody to come back and read, and the judgement.
async fn endure(what: &str, home: Home, plan: Plan<'_>, rooms: usize, short_ms: u64) {
    let seed = seed();
    let is_exposed = matches!(home, Home::Own(_));
    let forecast = Forecast { nodes: plan.nodes, lasts_ms: lasts_ms(short_ms), wires: is_exposed };
    let steps = schedule(seed, &forecast);
    let told: Vec<String> = steps.iter().map(ToString::to_string).collect();
    eprintln!("TEST_FAULTS_SEED={seed} {what}\n{}", told.join("\n"));

    let mut rng = ScheduleRng::new(!seed);
    let mut stage = FaultStage::build(home, &plan).await;
    let Crowd { clients, leavers, ending } = crowd(&mut stage, rooms, &mut rng).await;
    let stop = Arc::new(AtomicBool::new(false));
    let coming_and_going = stage.membership_chaos().come_and_go(leavers, ending, rng.split(), stop.clone());
    let coming_and_going = tokio::spawn(coming_and_going);
    let living: Vec<_> = clients.into_iter().map(|client| tokio::spawn(client.live(stop.clone()))).collect();
    let count = living.len();

    rage(&mut stage, &steps).await;
    stage.is_ready().await;
    stop.store(true, Ordering::SeqCst);
    let leavers = coming_and_going.await.expect("the membership_chaos finishes");
    let mut clients = Vec::new();
    for client in living {
        clients.push(client.await.expect("a client finishes"));
    }
    stage.everybody_reads(clients, &leavers).await;

    let lines = stage.recorder.lines();
    let of = |words: &str| lines.iter().filter(|line| format!("{:?}", line.event).starts_with(words)).count();
    let (connections, posts) = (of("Connected"), of("Acked"));
    eprintln!("{count} clients, {connections} connections, {posts} acknowledgements");
    assert!(connections > count && posts > count, "no outage at all");
    stage.check(&format!("{what}-{seed}"), true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_promised_holds_in_any_outage() {
    let plan = Plan {
        nodes: 3,
        // More than fifty clients when there is time for them.
        people: if minutes().is_some() { 53 } else { 17 },
        devices: 2,
        settings: &[("ENTREMISE_SHUTDOWN_SECONDS", "4"), ("ENTREMISE_SESSION_QUEUE_BYTES", "65536")],
        ..Plan::default()
    };
    endure("outages", Home::Own(PostgresServer::start().await), plan, 4, 25_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_promised_holds_on_sqlite_however_often_the_node_dies() {
    let settings = &[("ENTREMISE_SHUTDOWN_SECONDS", "4")];
    let plan = Plan { nodes: 1, people: 9, devices: 2, settings, ..Plan::default() };
    endure("outages on SQLite", Home::sqlite(), plan, 2, 12_000).await;
}
