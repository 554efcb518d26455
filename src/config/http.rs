//! The addresses of the server: where it listens, and where people reach it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::kind::{self, SettingKind};
use super::reader::{Area, SettingReader};
use super::{IpRange, PublicUrl, ip_range};

#[derive(Debug, Clone)]
pub struct Http {
    pub bind: SocketAddr,
    /// As set; ask [`Http::public_url`] for the one to use.
    pub configured_public_url: Option<PublicUrl>,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpRange>,
    pub workers: usize,
}

impl Http {
    pub(super) fn read(reader: &mut SettingReader<'_>) -> Self {
        reader.area(Area { title: "HTTP", table: "http", prefix: "ENTREMISE_" });
        Self {
            bind: reader.setting(
                "bind",
                kind::socket_address(),
                SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
                "Where the server listens. Port 0 takes any free one.",
            ),
            configured_public_url: reader.optional(
                "public_url",
                SettingKind::new(PublicUrl::EXPECTED, PublicUrl::parse),
                "http://localhost and the port listened on",
                "The address people use. Links in mails begin with it, and browsers may call from no other.",
            ),
            trusted_proxies: reader.setting(
                "trusted_proxies",
                ip_range::list(),
                vec![],
                "Reverse proxies in front of this server: only what they say about a caller's address is believed.",
            ),
            workers: reader
                .optional("workers", kind::whole(1..=256), "one per processor", "Threads that serve requests.")
                .unwrap_or_else(processors),
        }
    }

    /// `bound_port` is the port really listened on.
    pub fn public_url(&self, bound_port: u16) -> PublicUrl {
        self.configured_public_url.clone().unwrap_or_else(|| PublicUrl::localhost(bound_port))
    }

    /// Whether the caller is a trusted proxy.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|range| range.contains(peer))
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let is_public = !self.bind.ip().to_canonical().is_loopback();
        match &self.configured_public_url {
            None if is_public => warnings.push(format!(
                "ENTREMISE_BIND lets other machines in, and ENTREMISE_PUBLIC_URL is not set: links in mails will lead to \
                 {}",
                PublicUrl::localhost(self.bind.port())
            )),
            Some(url) if !url.is_https() && !url.is_local() => warnings.push(format!(
                "ENTREMISE_PUBLIC_URL is {url}: without https, passwords and messages cross the network readable"
            )),
            Some(url) if url.is_https() && self.trusted_proxies.is_empty() => warnings.push(
                "ENTREMISE_PUBLIC_URL is https, so a proxy stands in front, and ENTREMISE_TRUSTED_PROXIES is empty: every \
                 caller will seem to have the proxy's address, and share its limits"
                    .to_owned(),
            ),
            _ => {}
        }
        warnings
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
