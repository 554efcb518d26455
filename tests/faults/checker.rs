//! The checker finds what was planted: it is worth nothing if it cannot fail.

use crate::support::checker::{Connection, Journal, LogRow, Outcome, Post, violations};

const ANA: i64 = 1;

fn row(seq: i64) -> LogRow {
    LogRow { seq, author: Some(ANA), nonce: Some(format!("n{seq}")), body: Some(format!("text {seq}")) }
}

fn post(seq: i64) -> Post {
    Post { nonce: format!("n{seq}"), body: format!("text {seq}"), outcome: Outcome::Acked(seq) }
}

/// Four messages of one member, over two connections, without a fault.
fn sound() -> (Vec<LogRow>, Journal) {
    let connections = vec![
        Connection { cursor: 0, seen: vec![row(1), row(2)] },
        Connection { cursor: 2, seen: vec![row(3), row(4)] },
    ];
    let journal = Journal { account: ANA, posts: (1..=4).map(post).collect(), connections };
    ((1..=4).map(row).collect(), journal)
}

fn found(plant: impl FnOnce(&mut Vec<LogRow>, &mut Journal)) -> String {
    let (mut log, mut journal) = sound();
    plant(&mut log, &mut journal);
    violations(&log, &[journal], true).join("; ")
}

#[test]
fn what_is_sound_passes() {
    assert_eq!(found(|_, _| {}), "");
}

#[test]
fn a_lost_message_is_found() {
    let report = found(|log, journal| {
        log.pop();
        journal.connections[1].seen.pop();
    });
    assert!(report.contains("1/n4 was told Acked(4) and is stored at []"), "{report}");
}

#[test]
fn a_doubled_message_is_found() {
    let report = found(|log, journal| {
        let doubled = LogRow { seq: 5, ..row(4) };
        log.push(doubled.clone());
        journal.connections[1].seen.push(doubled);
    });
    assert!(report.contains("stored at [4, 5]"), "{report}");
}

#[test]
fn an_acknowledgement_with_another_place_is_found() {
    let report = found(|_, journal| journal.posts[0].outcome = Outcome::Acked(2));
    assert!(report.contains("1/n1 was told Acked(2) and is stored at [1]"), "{report}");
}

#[test]
fn a_refused_message_that_is_stored_is_found() {
    let report = found(|_, journal| journal.posts[2].outcome = Outcome::Refused);
    assert!(report.contains("1/n3 was told Refused"), "{report}");
    assert_eq!(found(|_, journal| journal.posts[2].outcome = Outcome::Unknown), "");
}

#[test]
fn a_hole_in_the_log_is_found() {
    let report = found(|log, _| log.retain(|row| row.seq != 2));
    assert!(report.contains("row 3 stands at 2"), "{report}");
}

#[test]
fn a_gap_a_repeat_and_a_wrong_order_on_a_connection_are_found() {
    let gap = found(|_, journal| drop(journal.connections[0].seen.remove(0)));
    assert!(gap.contains("1 got 2 where 1 was next"), "{gap}");
    let repeat = found(|_, journal| journal.connections[1].seen.push(row(4)));
    assert!(repeat.contains("1 got 4 where 5 was next"), "{repeat}");
    let order = found(|_, journal| journal.connections[1].seen.swap(0, 1));
    assert!(order.contains("1 got 4 where 3 was next"), "{order}");
}

#[test]
fn an_altered_message_is_found() {
    let stored = found(|log, _| log[0].body = Some("other".to_owned()));
    assert!(stored.contains("1/n1 is stored with another text"), "{stored}");
    let delivered = found(|_, journal| journal.connections[0].seen[0].body = None);
    assert!(delivered.contains("the log has"), "{delivered}");
}

#[test]
fn a_member_who_did_not_get_everything_is_found() {
    let report = found(|_, journal| drop(journal.connections[1].seen.pop()));
    assert!(report.contains("has read up to 3 of 4"), "{report}");
}
