//! Addresses: the one people use to reach us, and those of other servers, which may hold a password.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use super::unencrypted;

/// Where people reach the portal: scheme, host and port, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    is_https: bool,
    is_local: bool,
}

impl PublicUrl {
    pub(super) const EXPECTED: &str = "an http:// or https:// address without a path, such as https://portal.example";

    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let is_bare = url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        let is_local = is_this_machine(&url.host()?);
        is_bare.then(|| Self { origin: url.origin().ascii_serialization(), is_https, is_local })
    }

    /// The address that a browser on this machine would use.
    pub fn localhost(port: u16) -> Self {
        Self { origin: format!("http://localhost:{port}"), is_https: false, is_local: true }
    }

    /// As browsers write it in the `Origin` header: no slash at the end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The port, if it is not the one that the scheme has by itself.
    pub fn unusual_port(&self) -> Option<u16> {
        Url::parse(&self.origin).ok()?.port()
    }

    /// The full address of a path that begins with a slash.
    pub fn with_path(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// Only this machine can use it.
    pub fn is_local(&self) -> bool {
        self.is_local
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

/// The address of another server. Its `Debug` shows neither user, nor password, nor parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(Url);

impl SecretUrl {
    /// One of these schemes, and a host.
    pub(super) fn parse(text: &str, schemes: &[&str]) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let has_host = url.host_str().is_some_and(|host| !host.is_empty());
        (has_host && schemes.contains(&url.scheme())).then_some(Self(url))
    }

    /// Readable by whoever sees the network between here and there.
    pub(super) fn is_readable_on_the_way(&self) -> bool {
        unencrypted::redis(self.0.scheme(), self.0.host_str().unwrap_or_default())
    }

    /// The whole of it, for the library that connects.
    pub fn reveal(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        self.0.port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
    }
}

/// A host as it stands in the address of a server, where `url` takes a number for a name.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    match bare.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => is_this_machine(&Host::Domain(&bare)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        let url = PublicUrl::parse("https://Portal.Example:443/").unwrap();
        assert_eq!(url.origin(), "https://portal.example");
        assert_eq!(url.with_path("/sign-in"), "https://portal.example/sign-in");
        assert!(url.is_https() && !url.is_local());
        assert!(PublicUrl::parse("http://127.0.0.1:8080").unwrap().is_local());
        for bad in [
            "portal.example",
            "ftp://portal.example",
            "https://portal.example/app",
            "https://a:b@portal.example",
            "https://portal.example?x=1",
            "https://portal.example/#x",
            "https://",
        ] {
            assert_eq!(PublicUrl::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_secret_url_shows_where_and_nothing_more() {
        let url = SecretUrl::parse("rediss://user:hunter2@cache.example:6380/3?token=s3cret", &["rediss"]).unwrap();
        assert_eq!(format!("{url:?}"), "rediss://cache.example:6380");
        assert!(url.reveal().contains("hunter2"));
        assert_eq!(SecretUrl::parse("redis://", &["redis"]), None);
        assert_eq!(SecretUrl::parse("redis:///3", &["redis"]), None);
    }
}
