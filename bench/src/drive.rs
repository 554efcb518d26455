//! The parts that the three modes share: starting the sockets of a thread, waiting for them, and letting a run end.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::runtime::{Builder, LocalOptions};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::shard::Shard;
use crate::socket::{self, Conn};

const LOOK: Duration = Duration::from_millis(5);

/// After everything has arrived: long enough for a duplicate to arrive as well.
const SETTLE: Duration = Duration::from_millis(300);

pub fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
        .context("cannot start the runtime")?;
    runtime.block_on(work)
}

pub fn start(shard: &Rc<Shard>, conns: &[Rc<Conn>]) -> Vec<JoinHandle<()>> {
    conns.iter().map(|conn| tokio::task::spawn_local(socket::run(Rc::clone(shard), Rc::clone(conn)))).collect()
}

/// Waits until every socket has heard `live` for all its rooms.
pub async fn wait_live(shard: &Shard, conns: &[Rc<Conn>], limit: Duration) -> Result<()> {
    let begin = Instant::now();
    loop {
        let live = conns.iter().filter(|conn| conn.live()).count();
        if live == conns.len() {
            return Ok(());
        }
        let dead = conns.iter().filter(|conn| conn.dead.get()).count();
        if dead > 0 || begin.elapsed() > limit {
            let trouble = shard.trouble.borrow();
            let trouble = trouble.as_deref().unwrap_or("no fault was seen");
            bail!("{live} of {} sockets live, {dead} refused for good; last: {trouble}", conns.len());
        }
        sleep(LOOK).await;
    }
}

/// Waits, but not for ever, until every post has its answer and every socket has every entry. Then counts what is missing.
pub async fn drain(shard: &Shard, limit: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < limit && (shard.open.get() > 0 || shard.missing() > 0) {
        sleep(LOOK * 4).await;
    }
    sleep(SETTLE).await;
    shard.stats.borrow_mut().findings.missing = shard.missing();
}
