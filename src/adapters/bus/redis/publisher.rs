//! Publishes the waiting events to the other nodes.

use std::sync::atomic::Ordering;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::super::metrics::Dropped;
use super::super::publish_pacer::PublishPacer;
use super::{CONNECT_TIMEOUT, RETRY, RedisShared};

/// Events that travel in one pipeline.
const PIPELINE: usize = 128;

pub(super) async fn publish_for_ever(
    client: &redis::Client,
    mut outbox: mpsc::Receiver<(String, Vec<u8>)>,
    shared: &RedisShared,
) {
    let mut connection: Option<redis::aio::MultiplexedConnection> = None;
    let mut batch = Vec::with_capacity(PIPELINE);
    let mut signed = Vec::new();
    let mut pacer = PublishPacer::new();
    loop {
        batch.clear();
        if outbox.recv_many(&mut batch, PIPELINE).await == 0 {
            // The bus was dropped: this ends its thread.
            return;
        }
        shared.outbox_bytes.fetch_sub(batch.iter().map(|(_, bytes)| bytes.len()).sum(), Ordering::Relaxed);
        if connection.is_none() {
            connection = match timeout(CONNECT_TIMEOUT, client.get_multiplexed_async_connection()).await {
                Ok(Ok(connection)) => Some(connection),
                // Events that wait meanwhile are old news by the time Redis is back; the batch in hand is dropped with them.
                _ => {
                    shared.metrics.dropped.add(Dropped::Broken, batch.len());
                    sleep(RETRY).await;
                    None
                }
            };
        }
        if let Some(speaking) = &mut connection {
            let mut pipeline = redis::pipe();
            for (channel, bytes) in &batch {
                shared.sign(channel, bytes, &mut signed);
                pipeline.cmd("PUBLISH").arg(channel).arg(signed.as_slice()).ignore();
            }
            let spoken = timeout(CONNECT_TIMEOUT, pipeline.query_async::<()>(speaking)).await;
            if matches!(spoken, Ok(Ok(()))) {
                shared.metrics.sent.add(batch.len());
                let rest = pacer.said(batch.len(), Instant::now().into_std());
                // A node with more events than one pipeline takes is behind.
                if batch.len() < PIPELINE && !rest.is_zero() {
                    sleep(rest).await;
                }
            } else {
                shared.metrics.dropped.add(Dropped::Broken, batch.len());
                connection = None;
            }
        }
    }
}
