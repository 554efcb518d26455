//! The sockets of a server, and what serves them.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::{App as ActixApp, HttpServer, rt, web};
use socket2::SockRef;

use super::{StartError, finishing};
use crate::config::Config;
use crate::http::{self, HttpState};
use crate::realtime::links::Cutter;
use crate::telemetry::metrics::ProcessMetrics;

/// The bytes that the kernel buffers for a peer that does not read. Its default is up to 4 MiB, which hides a slow reader for as
/// long.
const SEND_BUFFER: usize = 256 * 1024;

pub(super) fn listen(address: SocketAddr) -> Result<(TcpListener, u16), StartError> {
    let listener = TcpListener::bind(address).map_err(|e| StartError(format!("cannot listen on {address}: {e}")))?;
    let port = listener.local_addr().map_err(|e| StartError(e.to_string()))?.port();
    Ok((listener, port))
}

/// The metrics have an address of their own: they are for the operator, and nothing else is served there.
pub(super) fn serve_metrics(listener: TcpListener, state: web::Data<HttpState>) -> std::io::Result<Server> {
    let process = web::Data::new(ProcessMetrics::started_now());
    let server = HttpServer::new(move || {
        ActixApp::new().app_data(state.clone()).app_data(process.clone()).configure(http::configure_metrics)
    });
    Ok(server.workers(1).shutdown_timeout(0).disable_signals().listen(listener)?.run())
}

pub(super) fn serve(config: &Config, listener: TcpListener, state: web::Data<HttpState>) -> std::io::Result<Server> {
    let dead_peer = config.limits.ping + config.limits.pong;
    let counting = state.clone();
    let server = HttpServer::new(move || {
        // Runs once on each worker's own thread.
        state.realtime.host_rooms_here();
        http::application(state.clone())
    })
    .workers(config.http.workers)
    .tcp_nodelay(true)
    .client_request_timeout(config.limits.client_request_timeout)
    .on_connect(move |io, extensions| {
        if let Some(stream) = io.downcast_ref::<rt::net::TcpStream>() {
            // The kernel drops a peer that vanished or never reads.
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
