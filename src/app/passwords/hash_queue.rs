//! The order in which passwords are hashed: fair between networks, with places reserved for known devices and people. A plain
//! struct; what waits is anything that can say that it was given up.
//!
//! There are two queues, served alternately while both wait. One holds strangers, by network: each network is served once before
//! any is served twice, and when the queue is full the network with the most requests gives a place to one with fewer. A flood from
//! one network thus delays itself. The other queue holds devices that signed in before and people who are signed in; no stranger
//! can fill it.

use std::collections::{HashMap, VecDeque};

/// Requests that may wait in one queue; one more is refused and may come back later.
pub const LINE: usize = 32;

/// The asker, which decides the queue and the group within it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Seat {
    /// A signed-in person, or a device that this account signed in with before.
    Known(String),
    /// Any other asker, by their network.
    Stranger(String),
}

pub trait Waiter {
    /// Whether the request was dropped.
    fn is_gone(&self) -> bool;
}

pub struct HashQueue<W> {
    threads: usize,
    running: usize,
    known: FairQueue<W>,
    strangers: FairQueue<W>,
    /// The queue that is served next if both wait.
    known_is_next: bool,
}

/// The outcome of a request for a turn.
#[derive(Debug, PartialEq, Eq)]
pub enum QueueOutcome<W> {
    /// The request may run now; [`HashQueue::next`] is called when it ends.
    Now(W),
    Waits,
    /// The request waits, and this one, of a network with more requests, is dropped for it.
    Instead(W),
    Full(W),
}

impl<W: Waiter> HashQueue<W> {
    pub fn new(threads: usize) -> Self {
        Self { threads, running: 0, known: FairQueue::default(), strangers: FairQueue::default(), known_is_next: true }
    }

    pub fn ask(&mut self, seat: Seat, waiting: W) -> QueueOutcome<W> {
        if self.running < self.threads {
            self.running += 1;
            return QueueOutcome::Now(waiting);
        }
        match seat {
            Seat::Known(who) => self.known.push(who, waiting),
            Seat::Stranger(network) => self.strangers.push(network, waiting),
        }
    }

    /// A request has ended. Returns the one that runs in its place.
    pub fn next(&mut self) -> Option<W> {
        let (first, second) = match self.known_is_next {
            true => (&mut self.known, &mut self.strangers),
            false => (&mut self.strangers, &mut self.known),
        };
        let next = first.pop().or_else(|| second.pop());
        match next {
            Some(_) => self.known_is_next = !self.known_is_next,
            None => self.running = self.running.saturating_sub(1),
        }
        next
    }

    /// How many wait: known askers, and strangers.
    pub fn waiting(&self) -> (usize, usize) {
        (self.known.waiting, self.strangers.waiting)
    }
}

/// Groups that are served in rotation.
struct FairQueue<W> {
    groups: HashMap<String, VecDeque<W>>,
    /// Each group that waits, once.
    order: VecDeque<String>,
    waiting: usize,
}

impl<W> Default for FairQueue<W> {
    fn default() -> Self {
        Self { groups: HashMap::new(), order: VecDeque::new(), waiting: 0 }
    }
}

impl<W: Waiter> FairQueue<W> {
    fn push(&mut self, group: String, waiting: W) -> QueueOutcome<W> {
        if self.waiting >= LINE {
            self.forget_the_gone();
        }
        let mut instead = None;
        if self.waiting >= LINE {
            let own = self.groups.get(&group).map_or(0, VecDeque::len);
            let largest = self.groups.iter().max_by_key(|(_, queue)| queue.len());
            let Some(largest) = largest.filter(|(_, queue)| queue.len() > own + 1).map(|(name, _)| name.clone()) else {
                return QueueOutcome::Full(waiting);
            };
            // The newest request of the group goes; the others have waited longer.
            instead = self.groups.get_mut(&largest).and_then(VecDeque::pop_back);
            self.waiting -= 1;
        }
        let queue = self.groups.entry(group.clone()).or_default();
        if queue.is_empty() {
            self.order.push_back(group);
        }
        queue.push_back(waiting);
        self.waiting += 1;
        instead.map_or(QueueOutcome::Waits, QueueOutcome::Instead)
    }

    fn pop(&mut self) -> Option<W> {
        while let Some(group) = self.order.pop_front() {
            let Some(queue) = self.groups.get_mut(&group) else { continue };
            let next = queue.pop_front();
            if queue.is_empty() {
                self.groups.remove(&group);
            } else {
                self.order.push_back(group);
            }
            if let Some(waiting) = next {
                self.waiting -= 1;
                if !waiting.is_gone() {
                    return Some(waiting);
                }
            }
        }
        None
    }

    fn forget_the_gone(&mut self) {
        for queue in self.groups.values_mut() {
            queue.retain(|waiting| !waiting.is_gone());
        }
        self.groups.retain(|_, queue| !queue.is_empty());
        let groups = &self.groups;
        self.order.retain(|group| groups.contains_key(group));
        self.waiting = self.groups.values().map(VecDeque::len).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq)]
    struct Request(&'static str, usize, bool);

    impl Waiter for Request {
        fn is_gone(&self) -> bool {
            self.2
        }
    }

    fn stranger(network: &'static str, number: usize) -> (Seat, Request) {
        (Seat::Stranger(network.to_owned()), Request(network, number, false))
    }

    fn ask(queue: &mut HashQueue<Request>, (seat, request): (Seat, Request)) -> QueueOutcome<Request> {
        queue.ask(seat, request)
    }

    /// One request runs, and a flood of one network waits in every place.
    fn flooded() -> HashQueue<Request> {
        let mut queue = HashQueue::new(1);
        assert!(matches!(ask(&mut queue, stranger("flood", 0)), QueueOutcome::Now(_)));
        for number in 1..=LINE {
            assert_eq!(ask(&mut queue, stranger("flood", number)), QueueOutcome::Waits);
        }
        assert!(matches!(ask(&mut queue, stranger("flood", 99)), QueueOutcome::Full(_)));
        queue
    }

    #[test]
    fn another_network_takes_the_place_of_the_newest_of_the_flood_and_is_served_second() {
        let mut queue = flooded();
        assert_eq!(ask(&mut queue, stranger("owner", 1)), QueueOutcome::Instead(Request("flood", LINE, false)));
        assert_eq!(queue.waiting(), (0, LINE));
        assert_eq!(queue.next(), Some(Request("flood", 1, false)));
        assert_eq!(queue.next(), Some(Request("owner", 1, false)));
        assert_eq!(queue.next(), Some(Request("flood", 2, false)));
    }

    #[test]
    fn networks_that_have_as_many_do_not_push_each_other_out() {
        let mut queue = flooded();
        for number in 1..=LINE / 2 {
            assert!(matches!(ask(&mut queue, stranger("other", number)), QueueOutcome::Instead(_)), "{number}");
        }
        assert!(matches!(ask(&mut queue, stranger("other", 99)), QueueOutcome::Full(_)));
        assert!(matches!(ask(&mut queue, stranger("flood", 99)), QueueOutcome::Full(_)));
    }

    #[test]
    fn known_ones_have_places_of_their_own_and_every_second_turn() {
        let mut queue = flooded();
        let known = |number| (Seat::Known(format!("device {number}")), Request("known", number, false));
        for number in 1..=3 {
            assert_eq!(ask(&mut queue, known(number)), QueueOutcome::Waits);
        }
        assert_eq!(queue.waiting(), (3, LINE));
        let served: Vec<&str> = (0..6).filter_map(|_| queue.next()).map(|request| request.0).collect();
        assert_eq!(served, ["known", "flood", "known", "flood", "known", "flood"]);
    }

    #[test]
    fn who_gave_up_takes_no_place_and_no_turn() {
        let mut queue = HashQueue::new(1);
        ask(&mut queue, stranger("a", 0));
        for number in 0..LINE {
            queue.ask(Seat::Stranger("a".to_owned()), Request("a", number, true));
        }
        assert_eq!(ask(&mut queue, stranger("a", 100)), QueueOutcome::Waits);
        assert_eq!(queue.waiting(), (0, 1));
        assert_eq!(queue.next(), Some(Request("a", 100, false)));
        assert_eq!(queue.next(), None);
        assert!(matches!(ask(&mut queue, stranger("a", 101)), QueueOutcome::Now(_)), "a thread is free again");
    }
}
