//! The state that handlers share, and what they read from a request: the caller, the network, the language.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest};

use super::connections::Connections;
use super::metrics::HttpMetrics;
use crate::app::{App, Arrival};
use crate::domain::{Caller, IpAddress, Language, Origin, Secret};
use crate::realtime::Realtime;

pub struct HttpState {
    pub app: Arc<App>,
    pub realtime: Realtime,
    pub site: SiteSettings,
    pub metrics: Arc<HttpMetrics>,
    pub connections: Arc<Connections>,
    /// Set when the node begins to stop; from then on it is not ready.
    pub stopping: AtomicBool,
    /// Whether the log says already why the node is not ready.
    pub unready_logged: AtomicBool,
}

/// The addresses of this installation.
pub struct SiteSettings {
    /// The values of `Origin` that a browser may send: the public address, and on a local installation every name of this machine.
    pub origins: Vec<String>,
    pub is_https: bool,
    pub max_body_bytes: usize,
    /// How long a client may take to send a body.
    pub body_timeout: std::time::Duration,
    /// The name of the cookie that holds the session.
    pub cookie: String,
    /// Whether this peer is a proxy whose `X-Forwarded-For` is trusted.
    pub trusts: Box<dyn Fn(IpAddr) -> bool + Send + Sync>,
}

impl SiteSettings {
    pub fn session_cookie(&self) -> &str {
        &self.cookie
    }

    /// `__Host-` binds the cookie to this host and to https; plain http cannot have it. No cookie is bound to a port, so another
    /// installation of the same host name needs another name: the port is part of it, unless it is the usual one.
    pub fn cookie_name(is_https: bool, port: Option<u16>) -> String {
        let name = if is_https { "__Host-entremise" } else { "entremise" };
        port.map_or_else(|| name.to_owned(), |port| format!("{name}-{port}"))
    }

    /// Whether the peer's word on the origin of a request is trusted.
    pub fn is_proxy(&self, peer: IpAddress) -> bool {
        (self.trusts)(peer.get())
    }

    /// The cookie that identifies a browser to the accounts that signed in on it; it outlasts sessions.
    pub fn device_cookie(&self) -> String {
        format!("{}-device", self.session_cookie())
    }

    pub fn is_own_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|own| own == origin)
    }

    /// The address of the peer, or what a trusted proxy says of it: the last entry of `X-Forwarded-For` that no trusted
    /// proxy added. An entry that cannot be read ends the search, because what stands before it may be anybody's invention:
    /// then the peer counts.
    pub fn origin_of(&self, request: &HttpRequest) -> Origin {
        let peer = request.peer_addr().map(|addr| IpAddress::from(addr.ip()));
        let trusted = |address: IpAddress| self.is_proxy(address);
        let ip = match peer {
            Some(peer) if trusted(peer) => forwarded(request)
                .take_while(Option::is_some)
                .flatten()
                .find(|address| !trusted(*address))
                .or(Some(peer)),
            peer => peer,
        };
        let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let device = request.cookie(&self.device_cookie()).map(|cookie| cookie.value().chars().take(500).collect());
        Origin { ip, user_agent: user_agent.map(|text| text.chars().take(300).collect()), device }
    }

    /// The origin of a sign-in, and the session that it replaces, if the browser has one. A program manages its tokens itself.
    pub fn arrival_of(&self, request: &HttpRequest) -> Arrival {
        let cookie = request.cookie(self.session_cookie());
        let replaces = cookie.and_then(|cookie| Secret::parse(cookie.value()));
        Arrival { origin: self.origin_of(request), replaces }
    }
}

/// The entries of `X-Forwarded-For`, the last one first; `None` for what is no address. All the headers of that name are one
/// list: a proxy may append a header of its own instead of an entry.
fn forwarded(request: &HttpRequest) -> impl Iterator<Item = Option<IpAddress>> {
    let headers: Vec<_> = request.headers().get_all("x-forwarded-for").collect();
    headers.into_iter().rev().flat_map(|list| match list.to_str() {
        Ok(list) => list.rsplit(',').map(IpAddress::parse_forwarded).collect(),
        Err(_) => vec![None],
    })
}

/// The token of a request, and whether it came in the cookie.
pub fn token_of(request: &HttpRequest, site: &SiteSettings) -> Option<(String, bool)> {
    let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) = bearer.and_then(|value| value.strip_prefix("Bearer ")) {
        return Some((token.to_owned(), false));
    }
    request.cookie(site.session_cookie()).map(|cookie| (cookie.value().to_owned(), true))
}

/// Their account's language, else the one they chose on this device, else the browser's, else French.
pub fn language_of(request: &HttpRequest) -> Language {
    if let Some(caller) = request.extensions().get::<Caller>() {
        return caller.language;
    }
    let chosen = request.cookie("lang").and_then(|cookie| Language::parse(cookie.value()));
    let browser = || {
        let header = request.headers().get(header::ACCEPT_LANGUAGE)?;
        Language::from_accept_language(header.to_str().ok()?)
    };
    chosen.or_else(browser).unwrap_or_default()
}
