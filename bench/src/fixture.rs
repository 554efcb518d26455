//! The fixture file: accounts with their bearer tokens, and who is in which room.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::cli::Target;

/// Ports that one loopback source address gives to one destination, kept below the kernel's 28,232.
const SOCKETS_PER_SOURCE: usize = 20_000;

/// The server closes the twenty-first connection of one person.
const SOCKETS_PER_ACCOUNT: usize = 20;

#[derive(Debug, Deserialize)]
pub struct Fixture {
    pub accounts: Vec<FixtureAccount>,
    pub rooms: Vec<FixtureRoom>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct FixtureAccount {
    pub account: u64,
    pub token: Arc<str>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct FixtureRoom {
    pub room: u64,
    pub members: Vec<u64>,
}

/// One socket to be: where it connects, as whom, and which rooms it hears.
#[derive(Debug, Clone)]
pub struct FixtureSeat {
    pub target: Target,
    /// The number of the target.
    pub node: u8,
    /// Where to connect from, once the ports of the usual address run out.
    pub source: Option<IpAddr>,
    pub token: Arc<str>,
    pub rooms: Vec<u64>,
    /// False: it only posts.
    pub joins: bool,
    /// False: it only listens.
    pub posts: bool,
}

impl Fixture {
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("cannot read the fixture {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is not a fixture", path.display()))
    }

    /// The first `rooms` rooms, each with `members` sockets. More sockets than members go round the members again.
    /// Ordered by member first, so that whoever walks the seats in order touches all rooms in turn.
    pub fn seats(&self, targets: &[Target], rooms: Option<usize>, members: Option<usize>) -> Result<Vec<FixtureSeat>> {
        let count = rooms.unwrap_or(self.rooms.len());
        ensure!(count >= 1, "no rooms");
        let Some(chosen) = self.rooms.get(..count) else {
            anyhow::bail!("--rooms {count}, but the fixture has {}", self.rooms.len());
        };
        let tokens = self.tokens();
        let most = members.or_else(|| chosen.iter().map(|room| room.members.len()).max()).unwrap_or(0);
        let mut seats = Vec::new();
        for member in 0..most {
            for (nth, room) in chosen.iter().enumerate() {
                ensure!(!room.members.is_empty(), "room {} of the fixture has no members", room.room);
                if members.is_none() && member >= room.members.len() {
                    continue;
                }
                let account = room.members.get(member % room.members.len()).copied().unwrap_or_default();
                let token = tokens.get(&account).with_context(|| format!("account {account} has no token"))?;
                seats.push(seat(targets, seats.len(), nth + member, token, vec![room.room])?);
            }
        }
        warn_about_crowds(&seats);
        Ok(seats)
    }

    /// Only the first `senders` of each room's seats post.
    pub fn only_some_post(seats: &mut [FixtureSeat], senders: usize) {
        let mut seen: HashMap<u64, usize> = HashMap::new();
        for seat in seats {
            for room in &seat.rooms {
                let nth = seen.entry(*room).or_default();
                *nth += 1;
                seat.posts = *nth <= senders;
            }
        }
    }

    /// `sockets` seats that hear `joins` rooms each: the accounts with that many rooms, in turn.
    pub fn idle_seats(&self, targets: &[Target], sockets: usize, joins: usize) -> Result<Vec<FixtureSeat>> {
        let mut rooms_of: HashMap<u64, Vec<u64>> = HashMap::new();
        for room in &self.rooms {
            for account in &room.members {
                rooms_of.entry(*account).or_default().push(room.room);
            }
        }
        let able: Vec<(&FixtureAccount, &[u64])> = self
            .accounts
            .iter()
            .filter_map(|account| Some((account, rooms_of.get(&account.account)?.get(..joins)?)))
            .collect();
        ensure!(!able.is_empty(), "no account of the fixture is in {joins} rooms");
        let seats = able
            .iter()
            .cycle()
            .take(sockets)
            .enumerate()
            .map(|(index, (account, rooms))| seat(targets, index, index, &account.token, rooms.to_vec()))
            .collect::<Result<Vec<_>>>()?;
        warn_about_crowds(&seats);
        Ok(seats)
    }

    fn tokens(&self) -> HashMap<u64, &Arc<str>> {
        self.accounts.iter().map(|account| (account.account, &account.token)).collect()
    }
}

fn seat(targets: &[Target], index: usize, turn: usize, token: &Arc<str>, rooms: Vec<u64>) -> Result<FixtureSeat> {
    let node = turn % targets.len().max(1);
    let target = targets.get(node).context("no --url")?.clone();
    let node = u8::try_from(node).context("more nodes than can be told apart")?;
    let source = match (target.addr.is_ipv4(), u8::try_from(index / SOCKETS_PER_SOURCE)) {
        (true, Ok(nth @ 1..200)) => Some(IpAddr::V4(Ipv4Addr::new(127, 0, 0, nth + 1))),
        _ => None,
    };
    Ok(FixtureSeat { target, node, source, token: Arc::clone(token), rooms, joins: true, posts: true })
}

fn warn_about_crowds(seats: &[FixtureSeat]) {
    let mut sockets: HashMap<&str, usize> = HashMap::new();
    for seat in seats {
        *sockets.entry(&seat.token).or_default() += 1;
    }
    let most = sockets.values().max().copied().unwrap_or(0);
    if most > SOCKETS_PER_ACCOUNT {
        eprintln!("warning: {most} sockets of one account; the server's default limit is {SOCKETS_PER_ACCOUNT}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture() -> Fixture {
        serde_json::from_str(
            r#"{"accounts":[{"account":3,"token":"a"},{"account":9,"token":"b"}],
                "rooms":[{"room":7,"transaction":12,"members":[3,9]},{"room":8,"transaction":13,"members":[9]}]}"#,
        )
        .unwrap()
    }

    fn targets() -> Vec<Target> {
        ["127.0.0.1:1", "127.0.0.1:2"]
            .iter()
            .map(|addr| Target { addr: addr.parse().unwrap(), host: (*addr).to_owned() })
            .collect()
    }

    #[test]
    fn sockets_of_one_room_go_round_the_nodes_and_the_members() {
        let seats = fixture().seats(&targets(), Some(1), Some(3)).unwrap();
        let seen: Vec<_> = seats.iter().map(|seat| (&*seat.token, seat.target.addr.port())).collect();
        assert_eq!(seen, [("a", 1), ("b", 2), ("a", 1)]);
        assert_eq!(fixture().seats(&targets(), None, None).unwrap().len(), 3);
        assert!(fixture().seats(&targets(), Some(3), None).is_err());
    }

    #[test]
    fn of_each_room_only_so_many_post() {
        let mut seats = fixture().seats(&targets(), None, Some(2)).unwrap();
        Fixture::only_some_post(&mut seats, 1);
        let posting: Vec<_> = seats.iter().map(|seat| (seat.rooms[0], seat.posts)).collect();
        assert_eq!(posting, [(7, true), (8, true), (7, false), (8, false)]);
    }

    #[test]
    fn idle_sockets_take_accounts_with_enough_rooms() {
        let seats = fixture().idle_seats(&targets(), 2, 2).unwrap();
        assert!(seats.iter().all(|seat| &*seat.token == "b" && seat.rooms == [7, 8]));
        assert!(fixture().idle_seats(&targets(), 1, 3).is_err());
    }
}
