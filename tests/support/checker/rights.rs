//! The rights of people over time: nothing reaches somebody from the moment at which they are out, nothing of theirs is
//! stored, and a session that has ended posts nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::verdict::Logs;
use crate::support::journal::{JournalEvent, JournalLine};

/// A time in which somebody was no member, by the log of the room and by the clock of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    pub room: i64,
    pub account: i64,
    /// The entry that took them out.
    pub from: i64,
    /// The entry that brought them back.
    pub until: Option<i64>,
    pub removal_asked: u64,
    pub return_asked: Option<u64>,
    pub return_acked: Option<u64>,
}

impl Absence {
    pub fn is_of(&self, room: i64, account: i64) -> bool {
        self.room == room && self.account == account
    }

    /// Could they have been out at some moment between these two?
    pub fn may_touch(&self, from: u64, to: u64) -> bool {
        self.removal_asked < to && self.return_acked.is_none_or(|acked| from < acked)
    }

    fn holds(&self, seq: i64) -> bool {
        seq > self.from && self.until.is_none_or(|until| seq < until)
    }
}

/// When somebody was asked for and told.
#[derive(Default)]
struct Times {
    removals: Vec<u64>,
    returns: Vec<(u64, Option<u64>)>,
}

/// Only one asks at a time for a member of a room, so the changes of the log and of the journal stand in the same order.
pub fn absences(lines: &[JournalLine], logs: &Logs, found: &mut Vec<String>) -> Vec<Absence> {
    let mut times: BTreeMap<(i64, i64), Times> = BTreeMap::new();
    for line in lines {
        match line.event {
            JournalEvent::RemovalAsked { room, member } => {
                times.entry((room, member)).or_default().removals.push(line.at);
            }
            JournalEvent::ReturnAsked { room, member } => {
                times.entry((room, member)).or_default().returns.push((line.at, None));
            }
            JournalEvent::ReturnAcked { room, member } => {
                if let Some(last) = times.entry((room, member)).or_default().returns.last_mut() {
                    last.1 = Some(line.at);
                }
            }
            _ => {}
        }
    }
    let mut absences = Vec::new();
    for (room, log) in logs {
        let mut open: BTreeMap<i64, Absence> = BTreeMap::new();
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        for change in &log.changes {
            let account = change.account;
            let number = counts.entry(account).or_default();
            let asked = times.get(&(*room, account));
            if !change.added {
                let Some(removal_asked) = asked.and_then(|times| times.removals.get(*number).copied()) else {
                    found.push(format!("room {room}: {account} was removed at {}, which nobody asked for", change.seq));
                    continue;
                };
                let absence = Absence {
                    room: *room,
                    account,
                    from: change.seq,
                    until: None,
                    removal_asked,
                    return_asked: None,
                    return_acked: None,
                };
                open.insert(account, absence);
            } else if let Some(absence) = open.remove(&account) {
                let back = asked.and_then(|times| times.returns.get(*number).copied());
                *number += 1;
                absences.push(Absence {
                    until: Some(change.seq),
                    return_asked: back.map(|(asked, _)| asked),
                    return_acked: back.and_then(|(_, acked)| acked),
                    ..absence
                });
            }
        }
        absences.extend(open.into_values());
    }
    absences
}

pub fn breaches(lines: &[JournalLine], logs: &Logs, absences: &[Absence]) -> Vec<String> {
    let mut found = Vec::new();
    for line in lines {
        if let JournalEvent::Received { room, seq, .. } = line.event {
            // The entry did not exist before they were out, and they had it before anybody could have let them in again.
            let leak = |a: &&Absence| {
                a.is_of(room, line.account) && seq >= a.from && a.return_asked.is_none_or(|asked| line.at < asked)
            };
            if let Some(absence) = absences.iter().find(leak) {
                found.push(format!("room {room}: {} was out from {} and got {seq}", line.account, absence.from));
            }
        }
    }
    for absence in absences {
        let rows = logs.get(&absence.room).map_or(&[][..], |log| log.rows.as_slice());
        let own = rows.iter().filter(|row| row.author == Some(absence.account) && row.nonce.is_some());
        for row in own.filter(|row| absence.holds(row.seq)) {
            let (room, from) = (absence.room, absence.from);
            found.push(format!("room {room}: {} was out from {from} and posted {}", absence.account, row.seq));
        }
    }
    found.extend(posted_after_the_end(lines, logs));
    found
}

/// Posts that were acknowledged to a session that had ended, and posts that are stored although every attempt came after its end: the
/// answer to that is lost with the socket.
fn posted_after_the_end(lines: &[JournalLine], logs: &Logs) -> BTreeSet<String> {
    let (mut sessions, mut ended) = (BTreeMap::new(), BTreeMap::new());
    for line in lines {
        match line.event {
            JournalEvent::Connected { connection, session } => drop(sessions.insert(connection, session)),
            JournalEvent::EndAcked { session } => drop(ended.insert(session, line.at)),
            _ => {}
        }
    }
    let has_ended = |connection: &u64, asked: u64| {
        sessions.get(connection).and_then(|session| ended.get(session)).is_some_and(|at| *at < asked)
    };
    let stored = |room: i64, account: i64, nonce: &str, seq: i64| {
        format!("room {room}: {account}/{nonce} was stored at {seq} after the session ended")
    };
    let mut found = BTreeSet::new();
    let mut tried: BTreeMap<(i64, i64, &str), bool> = BTreeMap::new();
    for line in lines {
        match &line.event {
            JournalEvent::Acked { connection, room, nonce, seq, asked } if has_ended(connection, *asked) => {
                found.insert(stored(*room, line.account, nonce, *seq));
            }
            JournalEvent::Sent { connection, room, nonce, .. } => {
                *tried.entry((*room, line.account, nonce)).or_insert(true) &= has_ended(connection, line.at);
            }
            _ => {}
        }
    }
    for ((room, account, nonce), _) in tried.into_iter().filter(|(_, only_afterwards)| *only_afterwards) {
        let rows = logs.get(&room).map_or(&[][..], |log| log.rows.as_slice());
        let own = rows.iter().filter(|row| row.author == Some(account) && row.nonce.as_deref() == Some(nonce));
        found.extend(own.map(|row| stored(room, account, nonce, row.seq)));
    }
    found
}
