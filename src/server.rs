//! Assembly: builds a running server from a configuration, and stops it within the time given.

mod listening;
mod nodes;
mod parts;

pub use parts::open_store;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::dev::{Server, ServerHandle};
use actix_web::{rt, web};

use crate::app::{App, renew_bus_keys};
use crate::config::Config;
use crate::domain::{Clock, NodeId};
use crate::http::{Connections, HttpMetrics, HttpState, routes};
use crate::jobs::{KINDS, Worker};
use crate::realtime::Realtime;
use crate::realtime::hub::{CountSessions, Shutdown};

use listening::{listen, serve, serve_metrics};
use nodes::KeyRenewal;
use parts::{operations, site, start_actors};

/// A server that is bound and ready to run.
pub struct Application {
    pub app: Arc<App>,
    server: Server,
    metrics: Option<MetricsServer>,
    state: web::Data<HttpState>,
    realtime: Realtime,
    port: u16,
    shutdown: Duration,
    renewal: Option<KeyRenewal>,
}

struct MetricsServer {
    server: Server,
    port: u16,
}

/// The reason why a server did not start, in words for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

impl StartError {
    fn of(what: &str) -> impl Fn(String) -> Self + '_ {
        move |why| Self(format!("{what}: {why}"))
    }
}

impl Application {
    /// Opens the store, joins the bus, starts the actors and binds the address. Needs a running actix system.
    /// `demo` shows the mailbox to anyone.
    pub fn build(config: &Config, clock: Clock, demo: bool) -> Result<Self, StartError> {
        let (listener, port) = listen(config.http.bind)?;
        let for_metrics = config.telemetry.metrics_bind.map(listen).transpose()?;
        let public_url = config.http.public_url(port);
        let node = new_node();

        let (operations, renewal) = operations(config, clock, node, public_url.origin(), demo)?;
        let app = Arc::new(operations);
        let realtime = start_actors(config, app.clone(), node);
        let state = web::Data::new(HttpState {
            app: app.clone(),
            realtime: realtime.clone(),
            site: site(config, port, &public_url),
            metrics: Arc::new(HttpMetrics::of(routes())),
            connections: Connections::new(config.limits.connections_per_network),
            stopping: AtomicBool::new(false),
            unready_logged: AtomicBool::new(false),
        });
        let server = serve(config, listener, state.clone()).map_err(|e| StartError(e.to_string()))?;
        let metrics = for_metrics
            .map(|(listener, port)| Ok(MetricsServer { server: serve_metrics(listener, state.clone())?, port }))
            .transpose()
            .map_err(|e: std::io::Error| StartError(e.to_string()))?;
        Ok(Self { app, server, metrics, state, realtime, port, shutdown: config.limits.shutdown, renewal })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port of `/metrics`, if it has one.
    pub fn metrics_port(&self) -> Option<u16> {
        self.metrics.as_ref().map(|metrics| metrics.port)
    }

    /// Runs until the process gets SIGTERM or SIGINT, or `stop` resolves.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> std::io::Result<()> {
        let handle = self.server.handle();
        let worker = Worker::start(self.app.clone(), KINDS);
        let renewing = self
            .renewal
            .map(|KeyRenewal { keys, every }| rt::spawn(renew_bus_keys(self.app.store.clone(), keys, every)));
        // The metrics are served until the end, so that the stop is visible too.
        let serving = self.metrics.map(|metrics| (metrics.server.handle(), rt::spawn(metrics.server)));
        let running = rt::spawn(self.server);
        tokio::pin!(running);
        tokio::select! {
            result = &mut running => return result.map_err(std::io::Error::other)?,
            () = stop => {}
        }
        self.state.stopping.store(true, Ordering::Relaxed);
        let finishing = finishing(self.shutdown);
        let finished = tokio::time::timeout(finishing, shut_down(&handle, &self.realtime, worker)).await;
        if finished.is_err() {
            tracing::warn!("not everything was finished in time, stopping all the same");
        }
        if let Some(renewing) = renewing {
            renewing.abort();
        }
        // Waits for the graceful stop before it, which may hang on a request whose body never comes.
        let _ = tokio::time::timeout(Duration::from_millis(200), handle.stop(false)).await;
        if let Some((serving, _)) = serving {
            let _ = tokio::time::timeout(Duration::from_millis(200), serving.stop(false)).await;
        }
        self.realtime.stop();
        Ok(())
    }
}

/// The operations without a server, for a command that runs beside the nodes or instead of them. Needs a running actix system.
pub fn commands_app(config: &Config, clock: Clock) -> Result<App, StartError> {
    // A command sends only mails that were written before, so it needs no public address.
    let public_url = config.http.public_url(config.http.bind.port());
    // With one connection none is being opened while the process exits: the TLS library is torn down under such a thread.
    let mut config = config.clone();
    config.database.pool_size = 1;
    Ok(operations(&config, clock, new_node(), public_url.origin(), false)?.0)
}

/// The part of the stop's time for work under way; the rest is for a database that hangs.
fn finishing(shutdown: Duration) -> Duration {
    shutdown.mul_f32(0.75)
}

/// Refuses new sockets and closes the connected ones with `restart`; requests and posts under way finish.
async fn shut_down(handle: &ServerHandle, realtime: &Realtime, worker: Worker) {
    tracing::info!("stopping");
    let _ = realtime.hub.send(Shutdown).await;
    let stopped = handle.stop(true);
    while realtime.hub.send(CountSessions).await.is_ok_and(|count| count > 0) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::join!(stopped, worker.stop());
    tracing::info!("stopped");
}

fn new_node() -> NodeId {
    let mut bytes = [0; 8];
    let _ = getrandom::fill(&mut bytes);
    NodeId(u64::from_be_bytes(bytes))
}

/// The clock of a real server.
pub fn system_clock() -> Clock {
    Clock::from_fn(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// Resolves when the process is asked to stop. From the call on, not from the first poll, a signal is heard and ends nothing by
/// itself. Needs a running actix system.
pub fn stop_signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        match signals {
            (Ok(mut terminate), Ok(mut interrupt)) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
            // Without signals the process can still be killed.
            _ => std::future::pending().await,
        }
    }
}
