//! How many connections without a session one network may hold. Who is nobody yet costs a descriptor and a little memory each;
//! without a bound a single address could take them all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{IpAddress, Network};
use crate::telemetry::metrics::{Counter, Page, Source};

pub struct Connections {
    most: usize,
    /// Networks that hold one at least: never more than there are connections.
    held: Mutex<HashMap<Network, usize>>,
    refused: Counter,
}

/// One connection (or, behind a proxy, one request) that has shown no session yet.
pub struct Place {
    connections: Arc<Connections>,
    network: Network,
    given_back: AtomicBool,
}

impl Connections {
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, held: Mutex::default(), refused: Counter::default() })
    }

    /// `None` if the network holds as many as it may.
    pub fn take(self: &Arc<Self>, address: IpAddress) -> Option<Place> {
        let network = address.network();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(network).or_default();
        if *count >= self.most {
            self.refused.one();
            return None;
        }
        *count += 1;
        Some(Place { connections: self.clone(), network, given_back: AtomicBool::new(false) })
    }
}

impl Source for Connections {
    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        let help = "Connections without a session that were refused because their network held as many as it may.";
        page.counter("entremise_http_connections_refused_total", help, self.refused.get())
    }
}

impl Place {
    /// It is somebody's now, and counts no more.
    pub fn give_back(&self) {
        if self.given_back.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut held = self.connections.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = held.entry(self.network) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

impl Drop for Place {
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
}
