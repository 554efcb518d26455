//! `10.0.0.0/8`, or one address.

use std::fmt;
use std::net::IpAddr;

use super::kind::SettingKind;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpRange {
    address: IpAddr,
    prefix: u32,
}

impl IpRange {
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix: u32 = match prefix {
            Some(prefix) => prefix.trim().parse().ok().filter(|prefix| *prefix <= bits)?,
            None => bits,
        };
        // `::ffff:10.0.0.0/104` is 10.0.0.0/8: callers are compared in their canonical form, so ranges must have it too.
        match (address.to_canonical(), address) {
            (IpAddr::V4(v4), IpAddr::V6(_)) if prefix >= 96 => Some(Self { address: v4.into(), prefix: prefix - 96 }),
            _ => Some(Self { address, prefix }),
        }
    }

    /// A socket that listens on IPv6 sees IPv4 peers as `::ffff:a.b.c.d`; they count as what they are.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let difference = u32::from(ours) ^ u32::from(theirs);
                difference.checked_shr(32 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let difference = u128::from(ours) ^ u128::from(theirs);
                difference.checked_shr(128 - self.prefix).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

pub(super) fn list() -> SettingKind<Vec<IpRange>> {
    SettingKind::shown_by(
        "IP addresses or ranges separated by commas, such as 127.0.0.1,10.0.0.0/8",
        |text| text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(IpRange::parse).collect(),
        |ranges| ranges.iter().map(IpRange::to_string).collect::<Vec<_>>().join(","),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(range: &str, address: &str) -> bool {
        IpRange::parse(range).unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn contains_what_shares_its_first_bits() {
        assert!(contains("10.0.0.0/8", "10.255.1.2") && !contains("10.0.0.0/8", "11.0.0.0"));
        assert!(contains("192.168.1.7", "192.168.1.7") && !contains("192.168.1.7", "192.168.1.6"));
        assert!(contains("0.0.0.0/0", "203.0.113.9") && !contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("2001:db8::/32", "2001:db8:1::9") && !contains("2001:db8::/32", "2001:db9::"));
        assert!(contains("::/0", "2001:db8::1") && contains("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(contains("::ffff:10.1.2.3", "10.1.2.3") && contains("::ffff:10.0.0.0/104", "10.1.2.3"));
        assert!(!contains("::ffff:10.0.0.0/104", "11.1.2.3"));
    }

    #[test]
    fn refuses_what_is_no_range() {
        for bad in ["", "10.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "proxy.example", "10.0.0.0/"] {
            assert_eq!(IpRange::parse(bad), None, "{bad}");
        }
    }
}
