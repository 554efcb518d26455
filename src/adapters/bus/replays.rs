//! The replay window of each node: no message is accepted twice. This module does no I/O.
//!
//! A node's counter follows its clock in microseconds, and one connection carries what it says, so its messages come in order; 64
//! may come late. Of a node that was never heard nothing is known but the time: its counter must be near this node's clock.

use std::collections::{HashMap, VecDeque};

use super::verify::Rejection;
use crate::domain::NodeId;

/// Messages of a node that may be overtaken by a later one.
const WINDOW: usize = 64;
/// Nodes that are kept in mind. Each start of a process makes one.
const NODES: usize = 1024;
/// How far the counter of an unknown node may be from this node's clock, in microseconds.
const NEAR: u64 = 5 * 60 * 1_000_000;

#[derive(Debug, Default)]
pub(super) struct Replays {
    nodes: HashMap<NodeId, Window>,
    /// The highest counter of the nodes that were forgotten: what an unknown node says must be newer.
    floor: u64,
}

#[derive(Debug)]
struct Window {
    /// In order, the highest at the back.
    heard: VecDeque<u64>,
    /// Nothing up to here is taken any more.
    below: u64,
}

impl Replays {
    /// Notes a genuine message, or says why it must not be heard.
    pub(super) fn note(&mut self, node: NodeId, counter: u64, now_us: u64) -> Result<(), Rejection> {
        if let Some(window) = self.nodes.get_mut(&node) {
            return window.note(counter);
        }
        if counter.abs_diff(now_us) > NEAR {
            return Err(Rejection::Clock);
        }
        if counter <= self.floor {
            return Err(Rejection::TooOld);
        }
        if self.nodes.len() >= NODES {
            self.forget_one();
        }
        // Nothing that it said before is taken: it may have been heard by a process that was here before this one.
        let window = Window { heard: VecDeque::from([counter]), below: counter.saturating_sub(1) };
        self.nodes.insert(node, window);
        Ok(())
    }

    /// The one that has been silent for the longest.
    fn forget_one(&mut self) {
        let oldest = self.nodes.iter().min_by_key(|(_, window)| window.highest()).map(|(node, _)| *node);
        if let Some(window) = oldest.and_then(|node| self.nodes.remove(&node)) {
            self.floor = self.floor.max(window.highest());
        }
    }
}

impl Window {
    fn highest(&self) -> u64 {
        self.heard.back().copied().unwrap_or(self.below)
    }

    fn note(&mut self, counter: u64) -> Result<(), Rejection> {
        let place = match self.heard.binary_search(&counter) {
            Ok(_) => return Err(Rejection::Repeated),
            Err(_) if counter <= self.below => return Err(Rejection::TooOld),
            Err(place) => place,
        };
        self.heard.insert(place, counter);
        if self.heard.len() > WINDOW
            && let Some(lowest) = self.heard.pop_front()
        {
            self.below = lowest;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000_000;
    const A: NodeId = NodeId(1);

    #[test]
    fn nothing_is_heard_twice_and_what_comes_late_is_heard_once() {
        let mut replays = Replays::default();
        for counter in [NOW, NOW + 10, NOW + 30] {
            assert_eq!(replays.note(A, counter, NOW), Ok(()));
            assert_eq!(replays.note(A, counter, NOW), Err(Rejection::Repeated));
        }
        assert_eq!(replays.note(A, NOW + 20, NOW), Ok(()), "overtaken by one");
        assert_eq!(replays.note(A, NOW + 20, NOW), Err(Rejection::Repeated));
        assert_eq!(replays.note(A, NOW - 1, NOW), Err(Rejection::TooOld), "before the first that was heard");
    }

    #[test]
    fn sixty_four_may_come_late_and_no_more() {
        let mut replays = Replays::default();
        let at = |n: u64| NOW + 1_000 * n;
        replays.note(A, at(0), NOW).unwrap();
        // Every second one, then all between them, the newest first.
        for n in 1..=100 {
            replays.note(A, at(2 * n), NOW).unwrap();
        }
        let late: Vec<bool> = (1..=100).rev().map(|n| replays.note(A, at(2 * n - 1), NOW).is_ok()).collect();
        let taken = late.iter().take_while(|taken| **taken).count();
        assert!((31..=WINDOW).contains(&taken) && late[taken..].iter().all(|taken| !taken), "{late:?}");
        for n in 0..=200 {
            assert!(replays.note(A, at(n), NOW).is_err(), "{n} is heard again");
        }
    }

    #[test]
    fn a_node_that_was_never_heard_must_be_of_this_time_and_one_that_was_need_not() {
        let mut replays = Replays::default();
        for wrong in [NOW - NEAR - 1, NOW + NEAR + 1, 0, u64::MAX] {
            assert_eq!(replays.note(A, wrong, NOW), Err(Rejection::Clock));
        }
        assert_eq!(replays.note(A, NOW - NEAR, NOW), Ok(()));
        assert_eq!(replays.note(A, NOW + 3 * NEAR, NOW), Ok(()), "its clock, or this one, was set");
        assert_eq!(replays.note(A, NOW + 3 * NEAR + 1, 0), Ok(()));
    }

    #[test]
    fn who_was_forgotten_cannot_be_played_again() {
        let mut replays = Replays::default();
        let nodes = u64::try_from(NODES).unwrap();
        for node in 0..nodes + 10 {
            replays.note(NodeId(node), NOW + node, NOW).unwrap();
        }
        assert_eq!(replays.nodes.len(), NODES);
        for node in 0..10 {
            assert_eq!(replays.note(NodeId(node), NOW + node, NOW), Err(Rejection::TooOld), "{node}");
        }
        assert_eq!(replays.note(NodeId(0), NOW + 2 * nodes, NOW), Ok(()), "what it says now is heard");
        assert_eq!(replays.note(NodeId(nodes), NOW + nodes, NOW), Err(Rejection::Repeated));
    }
}
