//! A wire that can be cut, frozen or slowed down, between a node and its database or Redis.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub struct Proxy {
    port: u16,
    wire: watch::Sender<ProxyWire>,
    breaks: Arc<Breaks>,
    task: JoinHandle<()>,
}

/// The connection breaks in place of the next one of these.
#[derive(Default)]
struct Breaks {
    /// PostgreSQL's report of a commit.
    at_report: AtomicBool,
    /// A client's request to commit.
    at_commit: AtomicBool,
}

#[derive(Debug, Clone, Copy, Default)]
struct ProxyWire {
    /// Connections are taken and stay; nothing passes.
    frozen: bool,
    /// New connections are ended at once.
    refusing: bool,
    /// A connection made before the last cut is dead.
    cuts: u64,
    /// The delay of everything that either side sends.
    delay: Duration,
}

impl Proxy {
    /// To the local server that this address leads to. Needs a tokio runtime, on which it runs until it is dropped.
    pub async fn to(address: &str) -> Self {
        let port = url::Url::parse(address).expect("an address").port().expect("a port");
        let target = SocketAddr::from(([127, 0, 0, 1], port));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (wire, state) = watch::channel(ProxyWire::default());
        let breaks = Arc::new(Breaks::default());
        let for_task = breaks.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target, state.clone(), for_task.clone()));
            }
        });
        Self { port, wire, breaks, task }
    }

    /// The same address by way of the wire.
    pub fn redirect(&self, address: &str) -> String {
        let mut url = url::Url::parse(address).expect("an address");
        url.set_host(Some("127.0.0.1")).expect("a host");
        url.set_port(Some(self.port)).expect("a port");
        url.into()
    }

    /// Connections break, new ones are refused.
    pub fn cut(&self) {
        self.wire.send_modify(|wire| {
            wire.cuts += 1;
            wire.refusing = true;
        });
    }

    /// Everything hangs, without a word.
    pub fn freeze(&self) {
        self.wire.send_modify(|wire| wire.frozen = true);
    }

    /// Delays everything that either side sends, until the wire is healed.
    pub fn slow_down(&self, delay: Duration) {
        self.wire.send_modify(|wire| wire.delay = delay);
    }

    /// As if nothing had been; what was held back by [`Proxy::freeze`] arrives now.
    pub fn heal(&self) {
        self.wire.send_modify(|wire| {
            wire.frozen = false;
            wire.refusing = false;
            wire.delay = Duration::ZERO;
        });
    }

    /// The connection over which a client next asks PostgreSQL to commit breaks in place of the request.
    pub fn break_next_commit(&self) {
        self.breaks.at_commit.store(true, Ordering::SeqCst);
    }

    /// Has the request been broken?
    pub fn has_broken_commit(&self) -> bool {
        !self.breaks.at_commit.load(Ordering::SeqCst)
    }

    /// The connection over which PostgreSQL next reports a commit breaks in place of the report.
    pub fn lose_next_commit(&self) {
        self.breaks.at_report.store(true, Ordering::SeqCst);
    }

    /// Has the report been lost?
    pub fn has_lost_commit(&self) -> bool {
        !self.breaks.at_report.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.cut();
    }
}

async fn carry(client: TcpStream, target: SocketAddr, mut wire: watch::Receiver<ProxyWire>, breaks: Arc<Breaks>) {
    let made = *wire.borrow();
    if made.refusing || wire.wait_for(|now| !now.frozen || now.cuts != made.cuts).await.is_err() {
        return;
    }
    let Ok(server) = TcpStream::connect(target).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let until_cut = wire.clone();
    tokio::select! {
        () = pump(from_client, to_server, wire.clone(), COMMIT, &breaks.at_commit) => {}
        () = pump(from_server, to_client, wire, COMMITTED, &breaks.at_report) => {}
        () = cut_after(until_cut, made.cuts) => {}
    }
}

async fn cut_after(mut wire: watch::Receiver<ProxyWire>, cuts: u64) {
    let _ = wire.wait_for(|now| now.cuts != cuts).await;
}

/// How a client asks for it.
const COMMIT: &[&[u8]] = &[b"COMMIT\0"];
/// The bytes that PostgreSQL sends when a batch of posts is committed: the CommandComplete of a COMMIT, or the columns that the functions
/// `append_entries` and `append_entry` give, which leave the server with the end of its transaction.
const COMMITTED: &[&[u8]] = &[b"C\0\0\0\x0bCOMMIT\0", b"base_seq\0", b"new_seq\0"];

/// Carries one direction; ends in place of `marked` bytes if it is told to.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut wire: watch::Receiver<ProxyWire>,
    marked: &[&[u8]],
    breaks: &AtomicBool,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = match from.read(&mut buffer).await {
            Ok(length) if length > 0 => length,
            _ => return,
        };
        let later = wire.borrow().delay;
        if !later.is_zero() {
            tokio::time::sleep(later).await;
        }
        if wire.wait_for(|now| !now.frozen).await.is_err() {
            return;
        }
        let contains = |words: &&[u8]| buffer[..length].windows(words.len()).any(|bytes| bytes == *words);
        if breaks.load(Ordering::SeqCst) && marked.iter().any(contains) && breaks.swap(false, Ordering::SeqCst) {
            return;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
