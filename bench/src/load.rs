//! Mode `load`: posts for a while, in a closed loop or at a rate.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::cli::LoadArgs;
use crate::drive;
use crate::fixture::{Fixture, FixtureSeat};
use crate::letter::Letters;
use crate::process;
use crate::report::{self, InMs, Printed, Stats, Usage, rounded};
use crate::shard::{Settings, Shard};
use crate::verify::Findings;

/// Posting at a rate into a server that does not answer must not fill the memory.
const MOST_OPEN: usize = 100_000;

/// From the last thread being ready to the first post.
const LEAD: Duration = Duration::from_millis(20);

#[derive(Debug, Serialize)]
pub struct LoadReport {
    mode: &'static str,
    rooms: usize,
    members: usize,
    pub sockets: usize,
    threads: usize,
    in_flight: Option<usize>,
    rate: Option<f64>,
    body_bytes: usize,
    warmup: f64,
    seconds: f64,
    pub posted: u64,
    #[serde(serialize_with = "rounded")]
    posted_per_s: f64,
    pub delivered: u64,
    #[serde(serialize_with = "rounded")]
    delivered_per_s: f64,
    ack_ms: InMs,
    pub delivery_ms: InMs,
    /// Only with several nodes: deliveries on another node than the one that was posted through.
    across_ms: Option<InMs>,
    /// Only when posting at a rate.
    send_lag_ms: Option<InMs>,
    not_sent: u64,
    pub refused: BTreeMap<String, u64>,
    pub closed: BTreeMap<String, u64>,
    pub verified_posts: u64,
    pub verified_deliveries: u64,
    #[serde(flatten)]
    pub findings: Findings,
    pub unanswered: usize,
    #[serde(flatten)]
    usage: Usage,
}

impl LoadReport {
    pub fn passed(&self) -> bool {
        self.findings.none() && self.unanswered == 0 && self.verified_posts > 0
    }

    pub fn print(&self) -> Result<Printed> {
        report::print(self, self.passed())
    }
}

#[derive(Debug, Clone, Copy)]
enum SendRate {
    InFlight(usize),
    Rate(f64),
}

/// Moments of a run, in microseconds of its clock.
#[derive(Debug, Clone, Copy)]
struct LoadSchedule {
    start_us: u64,
    from_us: u64,
    to_us: u64,
}

struct LoadOutcome {
    stats: Stats,
    unanswered: usize,
}

/// One thread and what it needs.
struct LoadWork {
    settings: Settings,
    seats: Vec<FixtureSeat>,
    pace: SendRate,
    connect_timeout: Duration,
    drain: Duration,
}

pub fn run(args: &LoadArgs) -> Result<LoadReport> {
    args.check()?;
    let targets = args.common.targets()?;
    let fixture = Fixture::read(&args.common.fixture)?;
    let mut seats = match args.joins {
        Some(joins) => fixture.idle_seats(&targets, fixture.accounts.len(), joins)?,
        None => fixture.seats(&targets, args.rooms, args.members)?,
    };
    if let Some(senders) = args.senders {
        Fixture::only_some_post(&mut seats, senders);
    }
    let sockets = seats.len();
    process::allow_sockets(sockets)?;
    let watched = args.common.watched();
    let base = watched.sample()?;
    let epoch = Instant::now();
    let shares = share(seats, args.threads);
    let (rooms, threads) = (shares.iter().map(|share| rooms_of(share)).sum(), shares.len());
    let works = shares.into_iter().enumerate().map(|(nth, seats)| LoadWork {
        settings: Settings {
            epoch,
            letters: Letters::new(args.body_bytes),
            retries: args.rate.is_none(),
            until_heard: args.until_heard,
            connecting: args.common.connecting,
        },
        seats,
        pace: pace(args, nth, threads),
        connect_timeout: args.common.connect_timeout(),
        drain: args.common.drain(),
    });
    let works: Vec<LoadWork> = works.collect();

    eprintln!("opening {sockets} sockets in {rooms} rooms");
    let (outcomes, used) = thread::scope(|scope| {
        let (ready, readiness) = mpsc::sync_channel(threads.max(1));
        let mut running = Vec::new();
        let mut starters = Vec::new();
        for work in works {
            let (starter, go) = oneshot::channel();
            starters.push(starter);
            let ready = ready.clone();
            running.push(scope.spawn(move || drive::block_on(one_thread(work, ready, go))));
        }
        drop(ready);
        for _ in 0..running.len() {
            // If a thread could not start, it has said so in its result, which `join` below would give as well.
            if readiness.recv().is_err() {
                drop(std::mem::take(&mut starters));
                collect(std::mem::take(&mut running))?;
                bail!("a thread ended before it was ready");
            }
        }
        eprintln!("all live after {:.2} s; posting", epoch.elapsed().as_secs_f64());
        let start = epoch.elapsed() + LEAD;
        let from = start + Duration::from_secs_f64(args.warmup);
        let to = from + Duration::from_secs_f64(args.seconds);
        let schedule = LoadSchedule { start_us: micros(start), from_us: micros(from), to_us: micros(to) };
        for starter in starters {
            // A thread that is not there to hear it has failed, which `collect` tells.
            let _ = starter.send(schedule);
        }
        thread::sleep(from.saturating_sub(epoch.elapsed()));
        let before = watched.sample()?;
        thread::sleep(to.saturating_sub(epoch.elapsed()));
        let used = watched.sample()?.since(before);
        eprintln!("posting has ended; waiting for what is on its way");
        Ok::<_, anyhow::Error>((collect(running)?, used))
    })?;

    let mut stats = Stats::new()?;
    let mut unanswered = 0;
    for outcome in &outcomes {
        stats.add(&outcome.stats)?;
        unanswered += outcome.unanswered;
    }
    Ok(LoadReport {
        mode: "load",
        rooms,
        members: (sockets * args.joins.unwrap_or(1)).div_ceil(rooms.max(1)),
        sockets,
        threads,
        in_flight: args.in_flight,
        rate: args.rate,
        body_bytes: args.body_bytes,
        warmup: args.warmup,
        seconds: args.seconds,
        posted: stats.posted,
        posted_per_s: stats.posted as f64 / args.seconds,
        delivered: stats.delivered,
        delivered_per_s: stats.delivered as f64 / args.seconds,
        ack_ms: stats.ack.in_ms(),
        delivery_ms: stats.delivery.in_ms(),
        across_ms: (targets.len() > 1).then(|| stats.across.in_ms()),
        send_lag_ms: args.rate.map(|_| stats.send_lag.in_ms()),
        not_sent: stats.not_sent,
        refused: stats.refused,
        closed: stats.closed,
        verified_posts: stats.posted_total,
        verified_deliveries: stats.delivered_total,
        findings: stats.findings,
        unanswered,
        usage: Usage::new(base, used, stats.delivered, sockets),
    })
}

/// Whole rooms to each thread, in turn.
fn share(seats: Vec<FixtureSeat>, threads: usize) -> Vec<Vec<FixtureSeat>> {
    let mut thread_of: BTreeMap<Option<u64>, usize> = BTreeMap::new();
    let mut shares: Vec<Vec<FixtureSeat>> = Vec::new();
    for seat in seats {
        let next = thread_of.len() % threads.max(1);
        let thread = *thread_of.entry(seat.rooms.first().copied()).or_insert(next);
        if thread >= shares.len() {
            shares.resize_with(thread + 1, Vec::new);
        }
        if let Some(share) = shares.get_mut(thread) {
            share.push(seat);
        }
    }
    shares
}

fn rooms_of(seats: &[FixtureSeat]) -> usize {
    seats.iter().flat_map(|seat| &seat.rooms).collect::<std::collections::BTreeSet<_>>().len()
}

fn pace(args: &LoadArgs, nth: usize, threads: usize) -> SendRate {
    match (args.rate, args.in_flight) {
        (Some(rate), _) => SendRate::Rate(rate / threads as f64),
        (None, count) => {
            let count = count.unwrap_or(1);
            SendRate::InFlight(count / threads + usize::from(nth < count % threads))
        }
    }
}

fn collect(running: Vec<ScopedJoinHandle<'_, Result<LoadOutcome>>>) -> Result<Vec<LoadOutcome>> {
    running.into_iter().map(|thread| thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?).collect()
}

async fn one_thread(
    work: LoadWork,
    ready: mpsc::SyncSender<()>,
    go: oneshot::Receiver<LoadSchedule>,
) -> Result<LoadOutcome> {
    let shard = Shard::new(work.settings, work.seats)?;
    drive::start(&shard, &shard.conns);
    drive::wait_live(&shard, &shard.conns, work.connect_timeout).await?;
    ready.send(()).context("the run was given up")?;
    drop(ready);
    let schedule = go.await.context("another thread could not start")?;
    shard.measure(schedule.from_us..schedule.to_us);
    sleep(until(&shard, schedule.start_us)).await;
    match work.pace {
        SendRate::InFlight(count) => {
            shard.stop_us.set(schedule.to_us);
            shard.all_post.set(count >= shard.senders());
            for _ in 0..count {
                ensure!(shard.post_next(), "no socket is left");
            }
            sleep(until(&shard, schedule.to_us)).await;
        }
        SendRate::Rate(rate) => at_rate(&shard, rate, schedule).await,
    }
    drive::drain(&shard, work.drain).await;
    let unanswered = shard.open.get();
    let stats = std::mem::replace(&mut *shard.stats.borrow_mut(), Stats::new()?);
    Ok(LoadOutcome { stats, unanswered })
}

/// Every millisecond what is due by then. Latencies count from the real sending; how late that was is told apart.
async fn at_rate(shard: &Rc<Shard>, rate: f64, schedule: LoadSchedule) {
    let mut tick = interval(Duration::from_millis(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut sent = 0_u64;
    while shard.now_us() < schedule.to_us {
        tick.tick().await;
        let elapsed_us = shard.now_us().saturating_sub(schedule.start_us);
        let due = (elapsed_us as f64 * rate / 1e6) as u64 + 1;
        while sent < due {
            let due_us = schedule.start_us + (sent as f64 * 1e6 / rate) as u64;
            sent += 1;
            if shard.open.get() >= MOST_OPEN || !shard.post_next() {
                shard.stats.borrow_mut().not_sent += 1;
                continue;
            }
            let now_us = shard.now_us();
            if shard.measures(now_us) {
                shard.stats.borrow_mut().send_lag.record(now_us.saturating_sub(due_us));
            }
        }
    }
}

fn until(shard: &Shard, moment_us: u64) -> Duration {
    Duration::from_micros(moment_us.saturating_sub(shard.now_us()))
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
