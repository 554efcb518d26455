//! Redis pub/sub between nodes: a thread with two connections, one subscribes, one publishes.
//!
//! Anyone who reaches Redis can publish there, so nodes sign their messages and accept no others; a message that is not accepted is
//! in the database. The thread of the bus signs and verifies.
//!
//! Redis may die, hang or lose messages. A connection that looks alive and carries nothing is found by a probe that this
//! node sends to itself; after each reconnection everything followed is checked against the database, because what was
//! published meanwhile is gone.

mod publisher;
mod subscriber;

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::{Notify, mpsc};

use super::keys::BusKeys;
use super::metrics::{BusMetrics, Dropped, write_state};
use super::peer_activity::PeerActivity;
use super::signed::{Signer, milliseconds};
use super::verify::{Rejection, Verifier, sender_of};
use super::wire::{self, Decoded};
use super::{Bus, BusHealth, Listener};
use crate::domain::{Event, NodeId, RoomEvent, RoomId};
use crate::telemetry::metrics::{Label, Page, Queue, Source};

/// Events that may wait to be published. One more is dropped: other nodes find it in the database.
const OUTBOX: usize = 4096;
/// The most that they may take together: an event can hold a whole batch of long messages.
const OUTBOX_BYTES: usize = 16 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const RETRY: Duration = Duration::from_millis(300);
/// The log says once in this time that something was refused, however much there is.
const COMPLAIN_EVERY: Duration = Duration::from_secs(60);
/// Between the prefix and the number of a room.
const ROOM: &str = ":room:";

pub struct RedisBus {
    shared: Arc<RedisShared>,
    outbox: mpsc::Sender<(String, Vec<u8>)>,
}

struct RedisShared {
    node: NodeId,
    /// The prefix of all our channels' names.
    prefix: String,
    listener: OnceLock<Arc<dyn Listener>>,
    followed: Mutex<HashSet<RoomId>>,
    changed: Notify,
    connected: AtomicBool,
    peer_activity: PeerActivity,
    keys: BusKeys,
    signer: Signer,
    verifier: Verifier,
    complained: Mutex<Option<Instant>>,
    metrics: BusMetrics,
    /// Bytes of the events that wait to be published.
    outbox_bytes: AtomicUsize,
}

impl RedisBus {
    /// `url` as the `redis` crate reads it. An unreachable server is no error: the bus keeps trying. Only buses with the same
    /// `prefix` hear each other.
    pub fn start(url: &str, prefix: &str, node: NodeId, keys: BusKeys) -> Result<Self, String> {
        let client = redis::Client::open(url).map_err(|error| error.to_string())?;
        let (outbox, spoken) = mpsc::channel(OUTBOX);
        let shared = Arc::new(RedisShared {
            node,
            prefix: prefix.to_owned(),
            listener: OnceLock::new(),
            followed: Mutex::default(),
            changed: Notify::new(),
            connected: AtomicBool::new(false),
            peer_activity: PeerActivity::new(),
            signer: Signer::new(node, keys.clone()),
            verifier: Verifier::new(keys.clone()),
            keys,
            complained: Mutex::default(),
            metrics: BusMetrics::new(),
            outbox_bytes: AtomicUsize::new(0),
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        let for_thread = shared.clone();
        std::thread::Builder::new()
            .name("bus".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = subscriber::subscribe_for_ever(&client, &for_thread) => {}
                        () = publisher::publish_for_ever(&client, spoken, &for_thread) => {}
                    }
                });
            })
            .map_err(|e| e.to_string())?;
        Ok(Self { shared, outbox })
    }
}

impl RedisBus {
    fn speak(&self, channel: String, bytes: Vec<u8>) {
        let (waiting, length) = (&self.shared.outbox_bytes, bytes.len());
        let fits = waiting.fetch_add(length, Ordering::Relaxed) + length <= OUTBOX_BYTES;
        if !fits || self.outbox.try_send((channel, bytes)).is_err() {
            waiting.fetch_sub(length, Ordering::Relaxed);
            self.shared.metrics.dropped.one(Dropped::QueueFull);
        }
    }
}

impl Bus for RedisBus {
    fn listen(&self, listener: Arc<dyn Listener>) {
        let _ = self.shared.listener.set(listener);
    }

    fn publish(&self, event: Event) {
        let channel = match &event {
            Event::Room(room, _) => self.shared.room_channel(*room),
            Event::Account(..) => self.shared.accounts_channel(),
        };
        let encoded = wire::encode(self.shared.node, &event);
        // This node receives the event first, whatever Redis does.
        if let Some(listener) = self.shared.listener.get() {
            listener.on_event(event);
        }
        if let Some(bytes) = encoded {
            self.speak(channel, bytes);
        }
    }

    fn follow(&self, room: RoomId) {
        self.shared.followed().insert(room);
        self.shared.changed.notify_one();
    }

    fn unfollow(&self, room: RoomId) {
        self.shared.followed().remove(&room);
        self.shared.changed.notify_one();
    }

    fn is_shared(&self) -> bool {
        self.shared.peer_activity.is_posting(Instant::now())
    }

    fn health(&self) -> BusHealth {
        if self.shared.connected.load(Ordering::Relaxed) { BusHealth::Connected } else { BusHealth::Broken }
    }
}

impl Source for RedisBus {
    fn queues(&self) -> Vec<Queue> {
        let bytes = self.shared.outbox_bytes.load(Ordering::Relaxed);
        vec![
            Queue::new("bus", OUTBOX.saturating_sub(self.outbox.capacity()), OUTBOX),
            Queue::new("bus_bytes", bytes, OUTBOX_BYTES),
        ]
    }

    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        write_state(page, self.health())?;
        let keys = self.shared.keys.now().count(milliseconds(now_us()));
        page.gauge(
            "entremise_bus_keys",
            "Keys that are accepted: two or more while one takes the place of another.",
            u64::try_from(keys).unwrap_or(u64::MAX),
        )?;
        self.shared.metrics.write(page)
    }
}

impl RedisShared {
    fn followed(&self) -> std::sync::MutexGuard<'_, HashSet<RoomId>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, room: Option<RoomId>) {
        if let Some(listener) = self.listener.get() {
            listener.check(room);
        }
    }

    fn on_event(&self, message: &redis::Msg) {
        let Some(listener) = self.listener.get() else { return };
        let (channel, message) = (message.get_channel_name(), message.get_payload_bytes());
        // This node ignores its own messages, whoever repeats them.
        if sender_of(message) == Some(self.node) {
            return;
        }
        let said = match self.verified(channel, message) {
            Ok(said) => said,
            Err(Rejection::Repeated) => return,
            Err(_) => return self.on_undecodable(channel),
        };
        match wire::decode(self.node, said) {
            Decoded::Event(event) => {
                self.metrics.heard.one();
                if let Event::Room(_, RoomEvent::Committed(batch)) = &event {
                    self.peer_activity.posted(batch.len(), Instant::now());
                }
                listener.on_event(event);
            }
            Decoded::Echo => {}
            Decoded::Unknown => {
                self.metrics.not_understood.one();
                self.on_undecodable(channel);
            }
        }
    }

    /// The room looks into the database when there is time: it may have been a node of another version.
    fn on_undecodable(&self, channel: &str) {
        if let (Some(listener), Some(room)) = (self.listener.get(), self.room_of(channel)) {
            listener.on_undecodable(room);
        }
    }

    fn sign(&self, channel: &str, said: &[u8], message: &mut Vec<u8>) {
        self.signer.sign(channel, said, now_us(), message);
    }

    fn verified<'m>(&self, channel: &str, message: &'m [u8]) -> Result<&'m [u8], Rejection> {
        self.verifier.open(channel, message, now_us()).inspect_err(|reason| {
            self.metrics.refused.one(*reason);
            let mut complained = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
            if complained.is_none_or(|last| last.elapsed() >= COMPLAIN_EVERY) {
                *complained = Some(Instant::now());
                tracing::warn!(reason = reason.text(), "refused a message on the bus; the metrics count them");
            }
        })
    }

    fn accounts_channel(&self) -> String {
        format!("{}:accounts", self.prefix)
    }

    fn room_channel(&self, room: RoomId) -> String {
        format!("{}{ROOM}{room}", self.prefix)
    }

    fn room_of(&self, channel: &str) -> Option<RoomId> {
        channel.strip_prefix(self.prefix.as_str())?.strip_prefix(ROOM)?.parse().ok().map(RoomId)
    }

    fn probe_channel(&self) -> String {
        format!("{}:probe:{}", self.prefix, self.node.0)
    }
}

/// Microseconds by the clock of this machine.
fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::bus::keys::Keyring;
    use crate::domain::BusSecret;
    use crate::domain::{AccountEvent, AccountId, Entry, EntryBatch, EntryBody, Seq, Timestamp};

    fn long_message(seq: i64) -> Event {
        let entry = Entry {
            room: RoomId(7),
            seq: Seq(seq),
            author: Some(AccountId(1)),
            nonce: Some("n".to_owned()),
            body: EntryBody::message("x".repeat(36_000)),
            at: Timestamp(0),
            acl_version: 1,
        };
        Event::Room(RoomId(7), RoomEvent::Committed(EntryBatch::of([&entry]).remove(0)))
    }

    #[test]
    fn what_waits_for_a_redis_that_hangs_is_bounded_in_events_and_bytes() {
        // It takes connections and says nothing.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let keys = BusKeys::new(Keyring::configured(&[BusSecret::new(*b"a key")]).unwrap());
        let bus = RedisBus::start(&format!("redis://{address}"), "test", NodeId(1), keys).unwrap();
        for seq in 0..1_000 {
            bus.publish(long_message(seq));
        }
        let waiting = bus.shared.outbox_bytes.load(Ordering::Relaxed);
        assert!((OUTBOX_BYTES / 2..=OUTBOX_BYTES).contains(&waiting), "{waiting}");
        assert!(bus.outbox.capacity() > OUTBOX / 2);
        for account in 0..10_000 {
            bus.publish(Event::Account(
                AccountId(account),
                AccountEvent::Added {
                    room: RoomId(7),
                    subject: crate::domain::RoomSubject::Conversation(crate::domain::TransactionId(7)),
                    version: Some(1),
                },
            ));
        }
        assert!(bus.shared.outbox_bytes.load(Ordering::Relaxed) <= OUTBOX_BYTES);
    }
}
