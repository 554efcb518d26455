//! Where a request comes from, in one spelling, and the networks that count as one caller.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// An IP address in its canonical form: IPv4 inside IPv6 (`::ffff:192.0.2.7`, which a socket on `[::]` sees) is IPv4. So
/// one caller has one address, whichever socket it reaches and whichever proxy names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String)]
pub struct IpAddress(IpAddr);

/// Addresses that one household, company or server has for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

impl IpAddress {
    /// A /48 may do so many times as much as one of its /64s: a household has one, a provider's customer may have all 65,536.
    pub const WIDE: u8 = 4;

    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<IpAddr>().ok().map(Self::from)
    }

    /// An entry of `X-Forwarded-For`: an address, perhaps with a port, in brackets, or with a zone. `None` if it does not
    /// say an address (`unknown`, a name, nothing).
    pub fn parse_forwarded(entry: &str) -> Option<Self> {
        let entry = entry.trim();
        let address = match entry.strip_prefix('[') {
            // `[2001:db8::7]:443`; brackets alone are seen too.
            Some(rest) => {
                let (inside, port) = rest.split_once(']')?;
                let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
                without_zone(inside)?.parse::<Ipv6Addr>().ok().filter(|_| is_port)?.into()
            }
            None => match without_zone(entry)?.parse::<IpAddr>() {
                Ok(address) => address,
                Err(_) => entry.parse::<SocketAddr>().ok()?.ip(),
            },
        };
        Some(address.into())
    }

    /// The network that counts as one caller: an IPv4 address, or a /64, which one household or server has for itself.
    pub fn network(self) -> Network {
        Network::of(self.0, 64)
    }

    /// The block that holds the many networks that one customer of a provider can have: a /48. An IPv4 address has none.
    pub fn wide_network(self) -> Option<Network> {
        self.0.is_ipv6().then(|| Network::of(self.0, 48))
    }

    pub fn get(self) -> IpAddr {
        self.0
    }
}

/// `fe80::1%eth0` without what only the machine that wrote it understands. Only IPv6 has zones, and none is empty.
fn without_zone(text: &str) -> Option<&str> {
    match text.split_once('%') {
        Some((address, zone)) => (address.contains(':') && !zone.is_empty()).then_some(address),
        None => Some(text),
    }
}

impl From<IpAddr> for IpAddress {
    fn from(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }
}

impl fmt::Display for IpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for IpAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Network {
    fn of(address: IpAddr, prefix: u8) -> Self {
        match address {
            IpAddr::V4(_) => Self { first: address, prefix: 32 },
            IpAddr::V6(v6) => {
                let mask = u128::MAX.checked_shl(u32::from(128 - prefix)).unwrap_or(0);
                Self { first: Ipv6Addr::from(u128::from(v6) & mask).into(), prefix }
            }
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(entry: &str) -> Option<String> {
        IpAddress::parse_forwarded(entry).map(|address| address.to_string())
    }

    #[test]
    fn an_entry_is_read_with_its_port_its_brackets_and_its_zone() {
        for (entry, address) in [
            ("203.0.113.10", "203.0.113.10"),
            (" 203.0.113.10:5555 ", "203.0.113.10"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            ("2001:DB8:0:0::7", "2001:db8::7"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]:443", "fe80::1"),
            ("::ffff:203.0.113.10", "203.0.113.10"),
            ("[::ffff:cb00:710a]:80", "203.0.113.10"),
        ] {
            assert_eq!(forwarded(entry).as_deref(), Some(address), "{entry}");
        }
    }

    #[test]
    fn what_says_no_address_is_none() {
        for entry in [
            "",
            " ",
            "unknown",
            "_hidden",
            "proxy.example",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.4:",
            "1.2.3.4:99999",
            "1.2.3.4:x",
            "1.2.3.4%eth0",
            "fe80::1%",
            "%eth0",
            "[1.2.3.4]",
            "[2001:db8::7",
            "2001:db8::7]",
            "[2001:db8::7]443",
            "[2001:db8::7]:",
            "[2001:db8::7]:99999",
            "\"203.0.113.10\"",
            "for=203.0.113.10",
            "203.0.113.10 5555",
        ] {
            assert_eq!(forwarded(entry), None, "{entry}");
        }
    }

    #[test]
    fn a_network_is_an_address_of_ipv4_and_a_64_of_ipv6() {
        let network = |text: &str| IpAddress::parse(text).unwrap().network().to_string();
        let wide = |text: &str| IpAddress::parse(text).unwrap().wide_network().map(|network| network.to_string());
        assert_eq!(network("203.0.113.10"), "203.0.113.10/32");
        assert_eq!(network("::ffff:203.0.113.10"), "203.0.113.10/32");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(wide("2001:db8:1:2:3:4:5:6").as_deref(), Some("2001:db8:1::/48"));
        assert_eq!(wide("203.0.113.10"), None);
    }
}
