//! Assembly: from a configuration to a running server, and back to silence within the time given.

mod nodes;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::dev::ServerHandle;
use actix_web::{App as ActixApp, HttpServer, middleware, rt, web};
use socket2::SockRef;
use tokio::sync::OnceCell;

use crate::adapters::mail::{DemoMailer, MailQueue, Mailer, Sender, SmtpMailer};
use crate::adapters::texts::Texts;
use crate::app::{App, LatelyRefused, MailLimits, Passwords, PostRates, Settings, renew_bus_keys};
use crate::config::{Config, MailTransport, PublicUrl};
use crate::domain::{Clock, NodeId};
use crate::http::{self, Connections, HttpMetrics, HttpState, Site};
use crate::realtime::Realtime;
use crate::realtime::hub::{CountSessions, HubOptions, Shutdown};
use crate::realtime::room::RoomTimes;
use crate::realtime::session::{Cutter, SessionOptions};
use crate::store::Store;
use crate::store::log::{Log, LogOptions};
use crate::telemetry::metrics::Process;

use nodes::{KeyRenewal, Nodes};

/// How long an expired session may keep a silent socket.
const TIDY_UP_EVERY: Duration = Duration::from_secs(60);
/// What the system holds for a peer that does not read. By itself it takes up to 4 MiB each, and keeps a slow reader from
/// being noticed for as long.
const SEND_BUFFER: usize = 256 * 1024;

/// A server that is bound and ready to run.
pub struct Application {
    pub app: Arc<App>,
    server: actix_web::dev::Server,
    metrics: Option<MetricsServer>,
    state: web::Data<HttpState>,
    realtime: Realtime,
    port: u16,
    shutdown: Duration,
    renewal: Option<KeyRenewal>,
}

struct MetricsServer {
    server: actix_web::dev::Server,
    port: u16,
}

/// Whatever kept a server from starting, in words for the operator.
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
            metrics: Arc::new(HttpMetrics::default()),
            connections: Connections::new(config.limits.connections_per_network),
            stopping: AtomicBool::new(false),
            ailing: AtomicBool::new(false),
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

    /// Where `/metrics` is answered, if it is.
    pub fn metrics_port(&self) -> Option<u16> {
        self.metrics.as_ref().map(|metrics| metrics.port)
    }

    /// Runs until the process is told to stop (SIGTERM, SIGINT) or `stop` resolves.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> std::io::Result<()> {
        let handle = self.server.handle();
        let tidying = rt::spawn(tidy_up_for_ever(self.app.clone()));
        let renewing = self
            .renewal
            .map(|KeyRenewal { keys, every }| rt::spawn(renew_bus_keys(self.app.store.clone(), keys, every)));
        // Until the end: how a node stops is worth seeing too.
        let telling = self.metrics.map(|metrics| (metrics.server.handle(), rt::spawn(metrics.server)));
        let running = rt::spawn(self.server);
        tokio::pin!(running);
        tokio::select! {
            result = &mut running => return result.map_err(std::io::Error::other)?,
            () = stop => {}
        }
        self.state.stopping.store(true, Ordering::Relaxed);
        let finishing = finishing(self.shutdown);
        let finished = tokio::time::timeout(finishing, shut_down(&handle, &self.realtime, &self.app)).await;
        if finished.is_err() {
            tracing::warn!("not everything was finished in time, stopping all the same");
        }
        tidying.abort();
        if let Some(renewing) = renewing {
            renewing.abort();
        }
        // Waits for the graceful stop before it, which may hang on a request whose body never comes.
        let _ = tokio::time::timeout(Duration::from_millis(200), handle.stop(false)).await;
        if let Some((telling, _)) = telling {
            let _ = tokio::time::timeout(Duration::from_millis(200), telling.stop(false)).await;
        }
        self.realtime.stop();
        Ok(())
    }
}

async fn tidy_up_for_ever(app: Arc<App>) {
    let mut rounds = tokio::time::interval(TIDY_UP_EVERY);
    loop {
        rounds.tick().await;
        if let Err(error) = app.tidy_up().await {
            tracing::debug!(code = error.first().code.as_str(), "could not tidy up, trying again later");
        }
    }
}

/// The part of the time to stop in which everything may still be finished; the rest is for a database that hangs.
fn finishing(shutdown: Duration) -> Duration {
    shutdown.mul_f32(0.75)
}

/// New sockets are refused, connected ones told to go elsewhere; requests and posts under way finish.
async fn shut_down(handle: &ServerHandle, realtime: &Realtime, app: &App) {
    tracing::info!("stopping");
    let _ = realtime.hub.send(Shutdown).await;
    let stopped = handle.stop(true);
    while realtime.hub.send(CountSessions).await.is_ok_and(|count| count > 0) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::join!(stopped, app.mail.stop());
    tracing::info!("stopped");
}

fn operations(
    config: &Config,
    clock: Clock,
    node: NodeId,
    public_url: &str,
    demo: bool,
) -> Result<(App, Option<KeyRenewal>), StartError> {
    let store =
        Store::open(&config.database.url, &config.database.store_options()).map_err(|e| StartError(e.to_string()))?;
    let (bus, renewal) = nodes::bus(&config.bus, &store, node)?;
    let limits = &config.limits;
    let log_options = LogOptions {
        lanes: config.database.log_lanes,
        queue: limits.log_queue,
        queue_bytes: limits.log_queue_bytes,
        batch: limits.log_batch,
    };
    let log = Log::start(&store, &log_options, &clock, Arc::new(Nodes { bus: bus.clone() }))
        .map_err(|e| StartError(e.to_string()))?;
    let mail = MailQueue::start(store.clone(), mailer(config, &store, &clock)?, clock.clone());
    let settings = Settings {
        public_url: public_url.to_owned(),
        brand: config.brand.clone(),
        sign_in_per_address: limits.sign_in_per_address,
        sign_in_per_account: limits.sign_in_per_account,
        secret_key: config.secret_key.clone(),
        sign_in_longest_wait_ms: whole_ms(limits.sign_in_longest_wait),
        mails: MailLimits {
            sender: limits.mails_per_sender,
            sender_day: limits.mails_per_sender_day,
            pair: limits.mails_per_pair,
            recipient: limits.mails_per_recipient,
            resend_after_ms: whole_ms(limits.resend_after),
        },
        copied_links: limits.copied_links,
        invitation_days: limits.invitation_days,
        page: limits.page,
        max_page: limits.max_page,
        demo,
    };
    let passwords = Passwords::new(limits.password_hash_threads).map_err(StartError::of("password hashing"))?;
    let (attempts, hash_key) = (Arc::default(), OnceCell::new());
    let posts = PostRates::new(limits.posts_per_second, limits.post_burst);
    let app = App {
        store,
        log,
        bus,
        passwords,
        posts,
        reads: Arc::default(),
        renames: Arc::default(),
        clock,
        texts: Texts::calling(settings.brand.broker_label).in_zone(config.time_zone.clone()),
        mail,
        attempts,
        settings,
        hash_key,
        resets: LatelyRefused::default(),
        mails: LatelyRefused::default(),
    };
    Ok((app, renewal))
}

fn mailer(config: &Config, store: &Store, clock: &Clock) -> Result<Arc<dyn Mailer>, StartError> {
    match &config.mail {
        MailTransport::DemoMailbox => Ok(Arc::new(DemoMailer::new(store.clone(), clock.clone()))),
        MailTransport::Smtp { url, from } => {
            let sender = Sender { address: from.clone(), name: config.brand.name.clone() };
            let mailer = SmtpMailer::new(url.clone(), sender).map_err(StartError::of("SMTP_URL"))?;
            Ok(Arc::new(mailer))
        }
    }
}

fn start_actors(config: &Config, app: Arc<App>, node: NodeId) -> Realtime {
    let limits = &config.limits;
    let hub = HubOptions {
        node,
        sockets_per_account: limits.sockets_per_account,
        head_poll: limits.head_poll,
        revocation_poll: limits.revocation_poll,
        silence: limits.ping + limits.pong + Duration::from_secs(5),
        room_times: RoomTimes {
            typing_ms: whole_ms(limits.typing),
            presence_lease_ms: whole_ms(limits.presence_lease),
            presence_refresh_ms: whole_ms(limits.presence_refresh),
        },
    };
    let session = SessionOptions {
        max_frame_bytes: limits.max_frame_bytes,
        queue_bytes: limits.session_queue_bytes,
        ping: limits.ping,
        pong: limits.pong,
        rooms: limits.rooms_per_socket,
        pending_frames: limits.max_pending_frames,
    };
    Realtime::start(app, hub, session)
}

fn whole_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn site(config: &Config, port: u16, public_url: &PublicUrl) -> Site {
    let is_https = public_url.is_https();
    let mut origins = vec![public_url.origin().to_owned()];
    if config.http.configured_public_url.is_none() {
        // A local installation is reached by any name of this machine.
        origins.extend(["localhost", "127.0.0.1", "[::1]"].map(|host| format!("http://{host}:{port}")));
    }
    let http = config.http.clone();
    Site {
        origins,
        is_https,
        max_body_bytes: config.limits.max_body_bytes,
        body_timeout: config.limits.body_timeout,
        cookie: Site::cookie_name(is_https, public_url.unusual_port()),
        trusts: Box::new(move |peer| http.trusts(peer)),
    }
}

fn listen(address: SocketAddr) -> Result<(TcpListener, u16), StartError> {
    let listener = TcpListener::bind(address).map_err(|e| StartError(format!("cannot listen on {address}: {e}")))?;
    let port = listener.local_addr().map_err(|e| StartError(e.to_string()))?.port();
    Ok((listener, port))
}

/// An address of its own: what it tells is for the operator, and nothing else of this server is reached there.
fn serve_metrics(listener: TcpListener, state: web::Data<HttpState>) -> std::io::Result<actix_web::dev::Server> {
    let process = web::Data::new(Process::started_now());
    let server = HttpServer::new(move || {
        ActixApp::new().app_data(state.clone()).app_data(process.clone()).configure(http::configure_metrics)
    });
    Ok(server.workers(1).shutdown_timeout(0).disable_signals().listen(listener)?.run())
}

fn serve(
    config: &Config,
    listener: TcpListener,
    state: web::Data<HttpState>,
) -> std::io::Result<actix_web::dev::Server> {
    let dead_peer = config.limits.ping + config.limits.pong;
    let counting = state.clone();
    let server = HttpServer::new(move || {
        // Runs once on each worker's own thread.
        state.realtime.host_rooms_here();
        ActixApp::new().app_data(state.clone()).wrap(middleware::from_fn(http::guard)).configure(http::configure)
    })
    .workers(config.http.workers)
    .tcp_nodelay(true)
    .client_request_timeout(config.limits.client_request_timeout)
    .on_connect(move |io, extensions| {
        if let Some(stream) = io.downcast_ref::<rt::net::TcpStream>() {
            // A peer that vanished, or never reads, is given up by the kernel too.
            let _ = SockRef::from(stream).set_tcp_user_timeout(Some(dead_peer));
            let _ = SockRef::from(stream).set_send_buffer_size(SEND_BUFFER);
            let cutter = Cutter::of(stream);
            // Behind a trusted proxy requests are counted, not connections.
            if let Ok(peer) = stream.peer_addr()
                && !counting.site.is_proxy(peer.ip().into())
            {
                match counting.connections.take(peer.ip().into()) {
                    Some(place) => {
                        extensions.insert(place);
                    }
                    None => cutter.cut(),
                }
            }
            extensions.insert(Arc::new(cutter));
        }
    })
    .shutdown_timeout(finishing(config.limits.shutdown).as_secs().max(1))
    .disable_signals()
    .listen(listener)?;
    Ok(server.run())
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
