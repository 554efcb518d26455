//! Bounds the connections without a session that one network may hold. Each costs a descriptor and a little memory, and without a
//! bound a single address could take them all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{IpAddress, Network};
use crate::telemetry::metrics::{Counter, Page, Source};

pub struct Connections {
    most: usize,
    /// The networks with a connection, each /64 and its /48: at most twice as many as there are connections.
    held: Mutex<HashMap<Network, usize>>,
    refused: Counter,
}

/// One connection (or, behind a proxy, one request) that has shown no session yet.
pub struct ConnectionPermit {
    connections: Arc<Connections>,
    networks: Networks,
    given_back: AtomicBool,
}

/// The networks in which a connection counts: its /64 or IPv4 address, and its /48.
type Networks = [Option<Network>; 2];

impl Connections {
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, held: Mutex::default(), refused: Counter::default() })
    }

    /// `None` if its network holds as many as it may. A /48 may hold four times as many as one of its /64s.
    pub fn take(self: &Arc<Self>, address: IpAddress) -> Option<ConnectionPermit> {
        let networks = [Some(address.network()), address.wide_network()];
        let bounds = [self.most, self.most.saturating_mul(IpAddress::WIDE.into())];
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |(network, most): (&Option<Network>, usize)| {
            network.is_some_and(|network| held.get(&network).is_some_and(|count| *count >= most))
        };
        if networks.iter().zip(bounds).any(is_full) {
            self.refused.one();
            return None;
        }
        for network in networks.into_iter().flatten() {
            *held.entry(network).or_default() += 1;
        }
        Some(ConnectionPermit { connections: self.clone(), networks, given_back: AtomicBool::new(false) })
    }
}

impl Source for Connections {
    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        let help = "Connections without a session that were refused because their network held as many as it may.";
        page.counter("entremise_http_connections_refused_total", help, self.refused.get())
    }
}

impl ConnectionPermit {
    /// Stops counting the connection, which has shown a session.
    pub fn give_back(&self) {
        if self.given_back.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut held = self.connections.held.lock().unwrap_or_else(PoisonError::into_inner);
        for network in self.networks.into_iter().flatten() {
            if let Entry::Occupied(mut count) = held.entry(network) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_so_many_until_they_end_or_are_somebodys() {
        let connections = Connections::new(2);
        let address = |text| IpAddress::parse(text).unwrap();
        let take = |text| connections.take(address(text));
        let (first, second) = (take("2001:db8::1").unwrap(), take("2001:db8::2").unwrap());
        assert!(take("2001:db8::3").is_none(), "a /64 is one network");
        let other = take("203.0.113.1").unwrap();
        first.give_back();
        let third = take("2001:db8::3").unwrap();
        first.give_back();
        assert!(take("2001:db8::4").is_none(), "each counts once");
        drop((first, second, third, other));
        assert!(connections.held.lock().unwrap().is_empty(), "nothing is remembered");
        assert_eq!(connections.refused.get(), 2);
    }

    #[test]
    fn a_48_holds_four_times_as_many_as_one_of_its_64s() {
        let connections = Connections::new(2);
        let take = |subnet: u16, host: u8| {
            connections.take(IpAddress::parse(&format!("2001:db8:1:{subnet:x}::{host:x}")).unwrap())
        };
        let mut held: Vec<_> = (0..8).map(|subnet| take(subnet, 1).unwrap()).collect();
        assert!(take(8, 1).is_none(), "whichever of its /64s they come from");
        let other = connections.take(IpAddress::parse("2001:db8:2::1").unwrap()).unwrap();
        held.pop().unwrap().give_back();
        held.push(take(8, 1).unwrap());
        assert!(take(9, 1).is_none());
        drop((held, other));
        assert!(connections.held.lock().unwrap().is_empty(), "nothing is remembered");
        assert_eq!(connections.refused.get(), 2);
        // A refusal for the /64 does not count for the /48.
        let held: Vec<_> = (0..20).filter_map(|host| take(1, host)).collect();
        assert_eq!((held.len(), take(2, 1).is_some()), (2, true));
    }
}
