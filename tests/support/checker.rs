//! Compares what clients have written down with the log in the database. Says every promise that was broken. What is here
//! judges one room; `verdict` judges a whole run from its journal.

pub mod rights;
pub mod verdict;

use std::collections::{BTreeMap, HashMap};

/// One entry of a room's log as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    pub seq: i64,
    pub author: Option<i64>,
    pub nonce: Option<String>,
    pub body: Option<String>,
}

/// The entries of one room that one member saw, over all their connections.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    pub account: i64,
    pub posts: Vec<Post>,
    pub connections: Vec<Connection>,
}

/// A message that the member wanted to post, under one nonce however often it was repeated.
#[derive(Debug, Clone)]
pub struct Post {
    pub nonce: String,
    pub body: String,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Acked(i64),
    /// Every answer said that it was not stored.
    Refused,
    /// No answer, or one that left it open.
    Unknown,
}

/// The entries that came over one connection after a join with this cursor, in the order in which they came.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    pub cursor: i64,
    pub seen: Vec<LogRow>,
}

/// `complete`: every member has read up to the head.
pub fn violations(log: &[LogRow], journals: &[Journal], complete: bool) -> Vec<String> {
    let mut found = holes(log);
    let by_seq: HashMap<i64, &LogRow> = log.iter().map(|row| (row.seq, row)).collect();
    let mut by_nonce: BTreeMap<(i64, &str), Vec<&LogRow>> = BTreeMap::new();
    for row in log {
        if let (Some(author), Some(nonce)) = (row.author, row.nonce.as_deref()) {
            by_nonce.entry((author, nonce)).or_default().push(row);
        }
    }
    for journal in journals {
        for post in &journal.posts {
            let rows = by_nonce.get(&(journal.account, post.nonce.as_str())).map_or(&[][..], Vec::as_slice);
            found.extend(broken_promise(journal.account, post, rows));
        }
        for connection in &journal.connections {
            found.extend(out_of_line(journal.account, connection, &by_seq));
        }
        let reached = journal.connections.iter().filter_map(|c| c.seen.last()).map(|row| row.seq).max().unwrap_or(0);
        let head = log.last().map_or(0, |row| row.seq);
        if complete && reached != head {
            found.push(format!("{} has read up to {reached} of {head}", journal.account));
        }
    }
    found
}

/// Panics with every violation.
#[track_caller]
pub fn check(log: &[LogRow], journals: &[Journal], complete: bool) {
    let found = violations(log, journals, complete);
    assert!(found.is_empty(), "{} promises broken: {:#?}", found.len(), &found[..found.len().min(10)]);
}

fn holes(log: &[LogRow]) -> Vec<String> {
    (1..)
        .zip(log)
        .filter(|(seq, row)| *seq != row.seq)
        .map(|(seq, row)| format!("row {} stands at {seq}", row.seq))
        .collect()
}

fn broken_promise(account: i64, post: &Post, rows: &[&LogRow]) -> Option<String> {
    let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
    let kept = match post.outcome {
        Outcome::Acked(seq) => seqs == [seq],
        Outcome::Refused => seqs.is_empty(),
        Outcome::Unknown => seqs.len() <= 1,
    };
    if !kept {
        return Some(format!("{account}/{} was told {:?} and is stored at {seqs:?}", post.nonce, post.outcome));
    }
    let altered = rows.iter().any(|row| row.body.as_deref() != Some(&post.body));
    altered.then(|| format!("{account}/{} is stored with another text", post.nonce))
}

/// Everything after the cursor, once each, in order, and as the database has it.
fn out_of_line(account: i64, connection: &Connection, log: &HashMap<i64, &LogRow>) -> Option<String> {
    let wrong = (connection.cursor + 1..).zip(&connection.seen).find(|(seq, row)| *seq != row.seq);
    if let Some((seq, row)) = wrong {
        return Some(format!("{account} got {} where {seq} was next", row.seq));
    }
    let untrue = connection.seen.iter().find(|row| log.get(&row.seq) != Some(row))?;
    Some(format!("{account} got {untrue:?}, the log has {:?}", log.get(&untrue.seq)))
}
