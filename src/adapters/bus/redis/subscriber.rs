//! Receives the events of followed rooms, and this node's own probe.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::{Instant, interval, sleep, timeout};

use super::{CONNECT_TIMEOUT, RETRY, RedisShared};
use crate::domain::RoomId;

const PROBE_EVERY: Duration = Duration::from_secs(1);
/// Silence of the own probe after which the connection counts as dead.
const PROBE_LATE: Duration = Duration::from_secs(3);

pub(super) async fn subscribe_for_ever(client: &redis::Client, shared: &RedisShared) {
    let mut first = true;
    loop {
        let Err(error) = subscribe(client, shared).await;
        if shared.connected.swap(false, Ordering::Relaxed) {
            tracing::warn!(error = %error, "lost the bus, going on through the database");
        } else if first {
            tracing::warn!(error = %error, "cannot reach the bus, going on through the database");
        }
        first = false;
        sleep(RETRY).await;
    }
}

/// Receives events until the connection fails.
async fn subscribe(client: &redis::Client, shared: &RedisShared) -> Result<Infallible, redis::RedisError> {
    let connecting = timeout(CONNECT_TIMEOUT, async {
        let probe = client.get_multiplexed_async_connection().await?;
        Ok::<_, redis::RedisError>((client.get_async_pubsub().await?, probe))
    });
    let (pubsub, mut probe) = connecting.await.map_err(|_| timed_out())??;
    let (mut subscriptions, mut messages) = pubsub.split();
    let probe_channel = shared.probe_channel();
    timeout(CONNECT_TIMEOUT, subscriptions.subscribe(&[shared.accounts_channel(), probe_channel.clone()]))
        .await
        .map_err(|_| timed_out())??;

    let mut subscribed: HashSet<RoomId> = HashSet::new();
    shared.metrics.connections.one();
    let mut probes = interval(PROBE_EVERY);
    let mut heard_probe = Instant::now();
    let mut first = true;
    let mut changed = true;
    loop {
        let (new, gone) =
            if std::mem::take(&mut changed) { difference(&shared.followed(), &subscribed) } else { Default::default() };
        for rooms in new.chunks(256) {
            let channels: Vec<String> = rooms.iter().map(|room| shared.room_channel(*room)).collect();
            timeout(CONNECT_TIMEOUT, subscriptions.subscribe(&channels)).await.map_err(|_| timed_out())??;
            subscribed.extend(rooms);
            if !first {
                // Events may have been published between the room's first read and this subscription.
                rooms.iter().for_each(|room| shared.check(Some(*room)));
            }
        }
        for rooms in gone.chunks(256) {
            let channels: Vec<String> = rooms.iter().map(|room| shared.room_channel(*room)).collect();
            timeout(CONNECT_TIMEOUT, subscriptions.unsubscribe(&channels)).await.map_err(|_| timed_out())??;
            rooms.iter().for_each(|room| {
                subscribed.remove(room);
            });
        }
        if std::mem::take(&mut first) {
            if !shared.connected.swap(true, Ordering::Relaxed) {
                tracing::info!(rooms = subscribed.len(), "connected to the bus");
            }
            shared.check(None);
        }
        tokio::select! {
            message = messages.next() => {
                let Some(message) = message else { return Err(closed()) };
                if message.get_channel_name() == probe_channel {
                    // Only this node's own probe shows that the connection carries anything.
                    if let Some(sent) = sent_at(shared, &probe_channel, message.get_payload_bytes()) {
                        heard_probe = Instant::now();
                        shared.metrics.probe_came_back(sent);
                    }
                } else {
                    shared.on_event(&message);
                }
            }
            () = shared.changed.notified() => changed = true,
            _ = probes.tick() => {
                if heard_probe.elapsed() > PROBE_LATE {
                    return Err(timed_out());
                }
                let mut signed = Vec::new();
                shared.sign(&probe_channel, shared.metrics.probe().to_string().as_bytes(), &mut signed);
                let mut publish = redis::cmd("PUBLISH");
                publish.arg(&probe_channel).arg(signed);
                // Not awaited longer than a probe may take: a hanging server must not stop the hearing.
                timeout(PROBE_EVERY, publish.query_async::<i64>(&mut probe)).await.map_err(|_| timed_out())??;
            }
        }
    }
}

/// When this probe was sent, if it is one.
fn sent_at(shared: &RedisShared, channel: &str, message: &[u8]) -> Option<u64> {
    let said = shared.verified(channel, message).ok()?;
    std::str::from_utf8(said).ok()?.parse().ok()
}

fn difference(wanted: &HashSet<RoomId>, have: &HashSet<RoomId>) -> (Vec<RoomId>, Vec<RoomId>) {
    (wanted.difference(have).copied().collect(), have.difference(wanted).copied().collect())
}

fn timed_out() -> redis::RedisError {
    redis::RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))
}

fn closed() -> redis::RedisError {
    redis::RedisError::from(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
}
