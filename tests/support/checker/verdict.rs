//! The whole trial: the journals of all clients against the logs of all rooms. The promises of one room are in `checker`, what
//! rights promise in `rights`.

use std::collections::{BTreeMap, BTreeSet};

use super::rights::{Absence, absences, breaches};
use super::{Connection, Journal, LogRow, Outcome, Post, violations};
use crate::support::journal::{JournalEvent, JournalLine};

/// A room as the database has it.
#[derive(Debug, Clone, Default)]
pub struct StoredLog {
    pub rows: Vec<LogRow>,
    pub changes: Vec<Change>,
}

/// An entry that changes who is a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub seq: i64,
    pub account: i64,
    pub added: bool,
}

pub type Logs = BTreeMap<i64, StoredLog>;

/// Refusals that an outage can cause.
const PASSING: &[&str] = &["unavailable", "outcome_unknown", "log_full", "too_many_posts", "too_many_requests"];

/// Every promise that was broken. `complete`: the outages are over and everybody has had the time to read all that is theirs.
pub fn judge(lines: &[JournalLine], logs: &Logs, complete: bool) -> Vec<String> {
    let mut found = Vec::new();
    let absences = absences(lines, logs, &mut found);
    for (room, log) in logs {
        let mut journals = readers(lines, *room, &mut found);
        if complete {
            found.extend(unread(*room, log, &journals, &absences));
        }
        journals.extend(authors(lines, *room, &mut found));
        found.extend(violations(&log.rows, &journals, false).into_iter().map(|what| format!("room {room}: {what}")));
        found.extend(unwritten(lines, *room, log));
    }
    found.extend(breaches(lines, logs, &absences));
    found.extend(refusals(lines, &absences));
    found
}

/// The entries of the room that each client saw: a stretch for each join.
fn readers(lines: &[JournalLine], room: i64, found: &mut Vec<String>) -> Vec<Journal> {
    let mut journals: BTreeMap<u32, Journal> = BTreeMap::new();
    // The connection whose join is the client's latest, until it is told that the room is no longer theirs.
    let mut open: BTreeMap<u32, u64> = BTreeMap::new();
    for line in lines {
        match &line.event {
            JournalEvent::Joined { connection, room: of, after } if *of == room => {
                let journal = journals.entry(line.client).or_insert_with(|| empty(line.account));
                journal.connections.push(Connection { cursor: *after, seen: Vec::new() });
                open.insert(line.client, *connection);
            }
            // A client that never got in is to have read everything too.
            JournalEvent::NotJoined { room: of, code, .. } if *of == room && PASSING.contains(&code.as_str()) => {
                journals.entry(line.client).or_insert_with(|| empty(line.account));
            }
            JournalEvent::Removed { connection, room: of }
                if *of == room && open.get(&line.client) == Some(connection) =>
            {
                open.remove(&line.client);
            }
            JournalEvent::Received { connection, room: of, seq, author, nonce, body } if *of == room => {
                let journal = journals.get_mut(&line.client).filter(|_| open.get(&line.client) == Some(connection));
                let row = LogRow { seq: *seq, author: *author, nonce: nonce.clone(), body: body.clone() };
                match journal.and_then(|journal| journal.connections.last_mut()) {
                    Some(stretch) => stretch.seen.push(row),
                    None => found.push(format!("room {room}: {} got {seq} unasked", line.account)),
                }
            }
            _ => {}
        }
    }
    journals.into_values().collect()
}

fn empty(account: i64) -> Journal {
    Journal { account, ..Journal::default() }
}

/// The outcome of each message, by all that its author was told of it, over all connections.
fn authors(lines: &[JournalLine], room: i64, found: &mut Vec<String>) -> Vec<Journal> {
    #[derive(Default)]
    struct ToldMessage {
        body: String,
        attempts: usize,
        refused: usize,
        seqs: BTreeSet<i64>,
    }
    let mut told: BTreeMap<(i64, &str), ToldMessage> = BTreeMap::new();
    for line in lines {
        match &line.event {
            JournalEvent::Sent { room: of, nonce, body, .. } if *of == room => {
                let told = told.entry((line.account, nonce)).or_default();
                told.attempts += 1;
                told.body.clone_from(body);
            }
            JournalEvent::Acked { room: of, nonce, seq, .. } if *of == room => {
                told.entry((line.account, nonce)).or_default().seqs.insert(*seq);
            }
            JournalEvent::Refused { room: of, nonce, code, .. } if *of == room && code != "outcome_unknown" => {
                told.entry((line.account, nonce)).or_default().refused += 1;
            }
            _ => {}
        }
    }
    let mut journals: BTreeMap<i64, Journal> = BTreeMap::new();
    for ((account, nonce), told) in told {
        if told.seqs.len() > 1 {
            found.push(format!("room {room}: {account}/{nonce} was acknowledged at {:?}", told.seqs));
        }
        let outcome = match told.seqs.first() {
            Some(seq) => Outcome::Acked(*seq),
            None if told.refused == told.attempts => Outcome::Refused,
            None => Outcome::Unknown,
        };
        let journal = journals.entry(account).or_insert_with(|| empty(account));
        journal.posts.push(Post { nonce: nonce.to_owned(), body: told.body, outcome });
    }
    journals.into_values().collect()
}

/// Messages of the log that nobody has sent.
fn unwritten(lines: &[JournalLine], room: i64, log: &StoredLog) -> Vec<String> {
    let sent: BTreeSet<(i64, &str)> = lines
        .iter()
        .filter_map(|line| match &line.event {
            JournalEvent::Sent { room: of, nonce, .. } if *of == room => Some((line.account, nonce.as_str())),
            _ => None,
        })
        .collect();
    log.rows
        .iter()
        .filter_map(|row| Some((row, row.author?, row.nonce.as_deref()?)))
        .filter(|(_, author, nonce)| !sent.contains(&(*author, *nonce)))
        .map(|(row, author, nonce)| format!("room {room}: {author}/{nonce} at {} was never sent", row.seq))
        .collect()
}

/// Members at the end have read the whole log.
fn unread(room: i64, log: &StoredLog, journals: &[Journal], absences: &[Absence]) -> Vec<String> {
    let head = log.rows.last().map_or(0, |row| row.seq);
    let is_away = |account: i64| absences.iter().any(|a| a.is_of(room, account) && a.until.is_none());
    journals
        .iter()
        .filter(|journal| !is_away(journal.account))
        .map(|journal| {
            let last = |stretch: &Connection| stretch.seen.last().map_or(stretch.cursor, |row| row.seq);
            (journal.account, journal.connections.iter().map(last).max().unwrap_or(0))
        })
        .filter(|(_, reached)| *reached != head)
        .map(|(account, reached)| format!("room {room}: {account} has read up to {reached} of {head}"))
        .collect()
}

/// A member may be refused for a while, and for nothing but an outage.
fn refusals(lines: &[JournalLine], absences: &[Absence]) -> Vec<String> {
    let mut found = Vec::new();
    let (mut sessions, mut ended) = (BTreeMap::new(), BTreeSet::new());
    for line in lines {
        let (connection, room, code, asked, what) = match &line.event {
            JournalEvent::Connected { connection, session } => {
                sessions.insert(*connection, *session);
                continue;
            }
            JournalEvent::EndAsked { session } => {
                ended.insert(*session);
                continue;
            }
            JournalEvent::Refused { connection, room, code, asked, nonce } => {
                (connection, *room, code, *asked, nonce.as_str())
            }
            JournalEvent::NotJoined { connection, room, code, asked } => (connection, *room, code, *asked, "a join"),
            _ => continue,
        };
        let may_be_out = || absences.iter().any(|a| a.is_of(room, line.account) && a.may_touch(asked, line.at));
        let may_have_ended = || sessions.get(connection).is_some_and(|session| ended.contains(session));
        let is_fair = match code.as_str() {
            "room_unknown" => may_be_out(),
            "session_ended" => may_have_ended(),
            code => PASSING.contains(&code),
        };
        if !is_fair {
            found.push(format!("room {room}: {}/{what} was refused with {code}", line.account));
        }
    }
    found
}
