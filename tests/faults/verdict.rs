//! The judgement of a whole run finds what was planted into its journal or its tables.

use crate::support::checker::LogRow;
use crate::support::checker::verdict::{Change, Logs, StoredLog, judge};
use crate::support::journal::{JournalEvent, JournalLine, Recorder};

const ROOM: i64 = 7;
const ANA: (u32, i64) = (1, 11);
const BEN: (u32, i64) = (2, 12);

/// Ana and Ben in a room: Ana posts 2, Ben is taken out at 3, Ana posts 4, Ben comes back at 5, posts 6 and leaves no doubt.
fn sound() -> (Vec<JournalLine>, StoredLog) {
    let mut story = Story::default();
    story.tell(ANA, connected(1));
    story.tell(ANA, joined(1, 0));
    story.tell(BEN, connected(2));
    story.tell(BEN, joined(2, 0));
    story.hears(&[(ANA, 1), (BEN, 2)], 1);
    story.posts(ANA, 1, 2);
    story.hears(&[(ANA, 1), (BEN, 2)], 2);
    story.tell(ANA, JournalEvent::RemovalAsked { room: ROOM, member: BEN.1 });
    story.tell(BEN, JournalEvent::Removed { connection: 2, room: ROOM });
    story.tell(ANA, JournalEvent::RemovalAcked { room: ROOM, member: BEN.1 });
    story.hears(&[(ANA, 1)], 3);
    story.posts(ANA, 1, 4);
    story.hears(&[(ANA, 1)], 4);
    story.tell(
        BEN,
        JournalEvent::NotJoined { connection: 2, room: ROOM, code: "room_unknown".to_owned(), asked: story.at },
    );
    story.tell(ANA, JournalEvent::ReturnAsked { room: ROOM, member: BEN.1 });
    story.tell(ANA, JournalEvent::ReturnAcked { room: ROOM, member: BEN.1 });
    story.tell(BEN, joined(2, 2));
    story.hears(&[(BEN, 2)], 3);
    story.hears(&[(BEN, 2)], 4);
    story.hears(&[(ANA, 1), (BEN, 2)], 5);
    story.posts(BEN, 2, 6);
    story.hears(&[(ANA, 1), (BEN, 2)], 6);
    let changes = vec![
        Change { seq: 1, account: BEN.1, added: true },
        Change { seq: 3, account: BEN.1, added: false },
        Change { seq: 5, account: BEN.1, added: true },
    ];
    (story.lines, StoredLog { rows: (1..=6).map(row).collect(), changes })
}

#[derive(Default)]
struct Story {
    at: u64,
    lines: Vec<JournalLine>,
}

impl Story {
    fn tell(&mut self, (client, account): (u32, i64), event: JournalEvent) {
        self.at += 10;
        self.lines.push(JournalLine { at: self.at, client, account, event });
    }

    fn hears(&mut self, who: &[((u32, i64), u64)], seq: i64) {
        for (who, connection) in who {
            let LogRow { seq, author, nonce, body } = row(seq);
            self.tell(*who, JournalEvent::Received { connection: *connection, room: ROOM, seq, author, nonce, body });
        }
    }

    fn posts(&mut self, who: (u32, i64), connection: u64, seq: i64) {
        let (nonce, body) = (format!("n{seq}"), format!("text {seq}"));
        self.tell(who, JournalEvent::Sent { connection, room: ROOM, nonce: nonce.clone(), body });
        let asked = self.at;
        self.tell(who, JournalEvent::Acked { connection, room: ROOM, nonce, seq, asked });
    }
}

fn connected(connection: u64) -> JournalEvent {
    JournalEvent::Connected { connection, session: 100 + i64::try_from(connection).unwrap() }
}

fn joined(connection: u64, after: i64) -> JournalEvent {
    JournalEvent::Joined { connection, room: ROOM, after }
}

fn row(seq: i64) -> LogRow {
    let (author, is_message) = if seq == 6 { (BEN.1, true) } else { (ANA.1, seq % 2 == 0) };
    let text = |word: &str| is_message.then(|| format!("{word}{seq}"));
    LogRow { seq, author: Some(author), nonce: text("n"), body: text("text ") }
}

fn found(plant: impl FnOnce(&mut Vec<JournalLine>, &mut StoredLog)) -> String {
    let (mut lines, mut log) = sound();
    plant(&mut lines, &mut log);
    judge(&lines, &Logs::from([(ROOM, log)]), true).join("; ")
}

/// The place of the first line that fits.
fn place(lines: &[JournalLine], fits: impl Fn(&JournalLine) -> bool) -> usize {
    lines.iter().position(fits).expect("there is such a line")
}

fn heard_by(who: (u32, i64), seq: i64) -> impl Fn(&JournalLine) -> bool {
    move |line| line.client == who.0 && matches!(line.event, JournalEvent::Received { seq: heard, .. } if heard == seq)
}

#[test]
fn what_is_sound_passes() {
    assert_eq!(found(|_, _| {}), "");
}

#[test]
fn an_entry_that_somebody_did_not_get_is_found() {
    let report = found(|lines, _| drop(lines.remove(place(lines, heard_by(BEN, 6)))));
    assert_eq!(report, "room 7: 12 has read up to 5 of 6");
    let report = found(|lines, _| drop(lines.remove(place(lines, heard_by(ANA, 5)))));
    assert_eq!(report, "room 7: 11 got 6 where 5 was next");
}

#[test]
fn who_is_out_at_the_end_need_not_have_read_to_the_end() {
    let report = found(|lines, log| {
        lines.truncate(place(lines, |line| matches!(line.event, JournalEvent::ReturnAsked { .. })));
        log.rows.truncate(4);
        log.changes.truncate(2);
    });
    assert_eq!(report, "");
}

#[test]
fn an_entry_that_reaches_somebody_who_is_out_is_found() {
    let report = found(|lines, _| {
        let before_return = place(lines, |line| matches!(line.event, JournalEvent::ReturnAsked { .. }));
        let mut early = lines[place(lines, heard_by(BEN, 3))].clone();
        early.at = lines[before_return].at - 1;
        lines.insert(before_return, early);
    });
    assert!(report.contains("room 7: 12 was out from 3 and got 3"), "{report}");
    assert!(report.contains("room 7: 12 got 3 unasked"), "{report}");
}

#[test]
fn a_message_of_somebody_who_is_out_is_found() {
    let report = found(|_, log| log.rows[3].author = Some(BEN.1));
    assert!(report.contains("room 7: 12 was out from 3 and posted 4"), "{report}");
    assert!(report.contains("room 7: 12/n4 at 4 was never sent"), "{report}");
}

#[test]
fn a_post_after_the_end_of_its_session_is_found() {
    let report = found(|lines, _| {
        let sent = place(lines, |line| line.client == BEN.0 && matches!(line.event, JournalEvent::Sent { .. }));
        let at = lines[sent].at - 5;
        let line = |event| JournalLine { at, client: ANA.0, account: ANA.1, event };
        lines.insert(sent, line(JournalEvent::EndAcked { session: 102 }));
        lines.insert(sent, line(JournalEvent::EndAsked { session: 102 }));
    });
    assert_eq!(report, "room 7: 12/n6 was stored at 6 after the session ended");
}

#[test]
fn a_post_after_the_end_of_its_session_is_found_when_its_answer_was_lost_too() {
    let ends_before_it = |lines: &mut Vec<JournalLine>, live_attempt: bool| {
        lines.retain(|line| !(line.client == BEN.0 && matches!(line.event, JournalEvent::Acked { .. })));
        let sent = place(lines, |line| line.client == BEN.0 && matches!(line.event, JournalEvent::Sent { .. }));
        let at = lines[sent].at - 5;
        let attempt = JournalLine { at: at - 1, ..lines[sent].clone() };
        lines.insert(
            sent,
            JournalLine { at, client: ANA.0, account: ANA.1, event: JournalEvent::EndAcked { session: 102 } },
        );
        if live_attempt {
            lines.insert(sent, attempt);
        }
    };
    let report = found(|lines, _| ends_before_it(lines, false));
    assert_eq!(report, "room 7: 12/n6 was stored at 6 after the session ended");
    assert_eq!(found(|lines, _| ends_before_it(lines, true)), "", "it may have been stored while the session lived");
}

#[test]
fn who_never_gets_in_is_found() {
    let report = found(|lines, _| {
        lines.retain(|line| {
            line.client != BEN.0 || matches!(line.event, JournalEvent::Sent { .. } | JournalEvent::Acked { .. })
        });
        let (code, event_at) = ("unavailable".to_owned(), 10_000);
        let event = JournalEvent::NotJoined { connection: 2, room: ROOM, code, asked: 1 };
        lines.push(JournalLine { at: event_at, client: BEN.0, account: BEN.1, event });
    });
    assert_eq!(report, "room 7: 12 has read up to 0 of 6");
}

#[test]
fn two_answers_to_one_nonce_are_found() {
    let report = found(|lines, _| {
        let acked = place(lines, |line| matches!(line.event, JournalEvent::Acked { .. }));
        let mut other = lines[acked].clone();
        if let JournalEvent::Acked { seq, .. } = &mut other.event {
            *seq = 4;
        }
        lines.push(other);
    });
    assert_eq!(report, "room 7: 11/n2 was acknowledged at {2, 4}");
}

#[test]
fn what_was_refused_every_time_must_be_absent_and_what_is_unknown_need_not_be() {
    let refused = |code: &'static str| {
        move |lines: &mut Vec<JournalLine>, _: &mut StoredLog| {
            let acked = place(lines, |line| matches!(line.event, JournalEvent::Acked { .. }));
            if let JournalEvent::Acked { connection, room, nonce, asked, .. } = lines[acked].event.clone() {
                lines[acked].event = JournalEvent::Refused { connection, room, nonce, code: code.to_owned(), asked };
            }
        }
    };
    assert_eq!(found(refused("unavailable")), "room 7: 11/n2 was told Refused and is stored at [2]");
    assert_eq!(found(refused("outcome_unknown")), "");
    let report = found(|lines, log| {
        refused("unavailable")(lines, log);
        let again = lines[place(lines, |line| matches!(line.event, JournalEvent::Sent { .. }))].clone();
        lines.push(again);
    });
    assert_eq!(report, "", "one of two attempts was left without an answer");
}

#[test]
fn a_refusal_that_nothing_explains_is_found() {
    for code in ["internal", "room_unknown", "session_ended"] {
        let report = found(|lines, _| {
            let event = JournalEvent::NotJoined { connection: 1, room: ROOM, code: code.to_owned(), asked: 1 };
            lines.push(JournalLine { at: 10_000, client: ANA.0, account: ANA.1, event });
        });
        assert_eq!(report, format!("room 7: 11/a join was refused with {code}"));
    }
    let report = found(|lines, _| {
        let refused = place(lines, |line| matches!(line.event, JournalEvent::NotJoined { .. }));
        lines[refused].at = 10_000;
        if let JournalEvent::NotJoined { asked, .. } = &mut lines[refused].event {
            *asked = 9_000;
        }
    });
    assert_eq!(report, "room 7: 12/a join was refused with room_unknown", "they were back by then");
}

#[test]
fn a_removal_that_nobody_asked_for_is_found() {
    let report = found(|lines, _| lines.retain(|line| !matches!(line.event, JournalEvent::RemovalAsked { .. })));
    assert!(report.contains("room 7: 12 was removed at 3, which nobody asked for"), "{report}");
}

#[test]
fn a_journal_reads_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::create(&folder.path().join("journal.jsonl"));
    let (lines, _) = sound();
    for line in &lines {
        recorder.note(line.client, line.account, line.event.clone());
    }
    let read = recorder.lines();
    assert!(read.windows(2).all(|two| two[0].at <= two[1].at), "time runs forward");
    let events = |lines: &[JournalLine]| lines.iter().map(|line| (line.client, line.event.clone())).collect::<Vec<_>>();
    assert_eq!(events(&read), events(&lines));
}
