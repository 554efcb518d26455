use super::*;
use crate::domain::{Entry, EntryKind, RoomId, Seq, Timestamp};

fn from(author: i64, seq: i64) -> Vec<Run> {
    let (room, kind, author) = (RoomId(1), EntryKind::Message, Some(AccountId(author)));
    let (nonce, body, data) = (None, None, None);
    Run::of(&[Entry { room, seq: Seq(seq), kind, author, nonce, body, data, at: Timestamp(0), acl_version: 1 }])
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn us(us: u64) -> Duration {
    Duration::from_micros(us)
}

fn seqs(runs: &[Run]) -> Vec<i64> {
    runs.iter().flat_map(Run::entries).map(|entry| entry.seq.0).collect()
}

/// A room in which ten people speak in turn, one every so many microseconds, whose fan-outs cost so much; timers fire when
/// they are due. How long each entry of the second half waited, in microseconds, and how many fan-outs there were in it.
fn talk(every_us: u64, cost_us: u64) -> (Vec<u128>, usize) {
    let (mut pace, mut tells, mut waits) = (Pace::default(), 0, Vec::new());
    let (mut through, mut timer): (Option<u64>, Option<u64>) = (None, None);
    let mut due: Vec<u64> = Vec::new();
    let end = every_us * 400;
    for now in (0..end).step_by(10) {
        let mut turns = Vec::new();
        if through.is_some_and(|at| at <= now) {
            through = None;
            turns.push(pace.is_through(us(now)));
        }
        if timer.is_some_and(|at| at <= now) {
            timer = None;
            turns.push(pace.came_back(us(now)));
        }
        if now % every_us == 0 {
            due.push(now);
            let seq = i64::try_from(now / every_us).unwrap();
            turns.push(pace.hold(from(seq % 10, seq), us(now)));
        }
        for turn in turns {
            match turn {
                Turn::Tell if pace.is_holding() => {
                    pace.take(us(now));
                    through = through.or(Some(now + cost_us));
                    let late = now >= end / 2;
                    tells += usize::from(late);
                    waits.extend(due.drain(..).filter(|_| late).map(|at| u128::from(now - at)));
                }
                Turn::Later(wait) => timer = Some(now + u64::try_from(wait.as_micros()).unwrap()),
                Turn::Tell | Turn::Arranged | Turn::Nothing => {}
            }
        }
    }
    (waits, tells)
}

#[test]
fn where_people_talk_nothing_waits_however_large_the_room() {
    for (every_us, cost_us) in [(10_000, 50), (10_000, 1_500), (1_000, 50), (2_000, 200), (300, 20)] {
        let (waits, tells) = talk(every_us, cost_us);
        assert_eq!(waits.iter().max(), Some(&0), "one every {every_us} µs that costs {cost_us}");
        assert_eq!(tells, waits.len());
    }
}

#[test]
fn the_more_of_its_thread_a_room_would_take_the_less_often_it_speaks_up_to_a_bound() {
    // Entries to a fan-out.
    let [calm, busy, busiest] = [3_000, 1_800, 1_000].map(|every_us| {
        let (waits, tells) = talk(every_us, 700);
        assert!(waits.iter().all(|wait| *wait <= LONGEST_GAP.as_micros()), "{waits:?}");
        waits.len() / tells
    });
    assert!(calm < 3 && busy <= busiest && busiest >= 8, "{calm} {busy} {busiest}");
}

#[test]
fn nothing_goes_out_while_the_thread_is_not_through_with_the_last_and_then_it_goes_at_once() {
    let mut pace = Pace::default();
    assert_eq!(pace.hold(from(1, 1), ms(100)), Turn::Tell);
    assert_eq!(seqs(&pace.take(ms(100))), [1]);
    assert_eq!(pace.hold(from(2, 2), ms(101)), Turn::Arranged);
    assert_eq!(pace.hold(from(3, 3), ms(104)), Turn::Arranged);
    assert_eq!(pace.came_back(ms(105)), Turn::Arranged);
    assert_eq!(pace.is_through(ms(130)), Turn::Tell);
    assert_eq!(seqs(&pace.take(ms(130))), [2, 3]);
    assert_eq!(pace.is_through(ms(131)), Turn::Nothing);
}

/// A room that is to wait: its fan-outs are dear and come one after the other, of two authors each.
fn busy() -> Pace {
    let mut pace = Pace::default();
    for (at, seq) in (0..40).zip(1..) {
        pace.hold(from(1, 2 * seq), ms(2 * at));
        pace.hold(from(2, 2 * seq + 1), ms(2 * at));
        pace.take(ms(2 * at));
        pace.is_through(ms(2 * at + 1));
        pace.came_back(ms(2 * at + 1));
    }
    pace
}

#[test]
fn in_a_busy_room_entries_wait_for_each_other_and_one_timer_is_enough() {
    let mut pace = busy();
    assert_eq!(pace.hold(from(1, 100), ms(80)), Turn::Later(ms(10)), "the last fan-out began at 78");
    assert_eq!(pace.hold(from(1, 101), ms(81)), Turn::Arranged);
    assert_eq!(pace.came_back(ms(90)), Turn::Tell);
    assert_eq!(seqs(&pace.take(ms(90))), [100, 101]);
    assert_eq!(pace.came_back(ms(91)), Turn::Arranged, "the fan-out is under way");
}

#[test]
fn waiting_ends_when_everybody_who_spoke_last_has_spoken_again() {
    let mut pace = busy();
    assert_eq!(pace.hold(from(1, 100), ms(79)), Turn::Later(ms(11)));
    assert_eq!(pace.hold(from(3, 101), ms(79)), Turn::Arranged, "the second of the two is still to speak");
    assert_eq!(pace.hold(from(2, 102), ms(80)), Turn::Tell);
    assert_eq!(seqs(&pace.take(ms(80))), [100, 101, 102]);
}

#[test]
fn waiting_ends_when_what_is_held_is_worth_a_fan_out() {
    let mut pace = busy();
    let turns: Vec<Turn> = (0..30).map(|nth| pace.hold(from(1, 100 + nth), ms(79))).collect();
    let told = turns.iter().position(|turn| *turn == Turn::Tell);
    assert_eq!(told, Some(24), "25 entries of 40 µs each are the 1 ms of a fan-out");
}

#[test]
fn a_flood_does_not_wait_for_the_thread() {
    let mut pace = Pace::default();
    pace.hold(from(1, 1), ms(0));
    pace.take(ms(0));
    let flood = (2..504).flat_map(|seq| from(1, seq)).collect();
    assert_eq!(pace.hold(flood, ms(0)), Turn::Tell);
    pace.take(ms(0));
    let long = |seq| {
        from(1, seq).iter().flat_map(Run::entries).map(|e| Entry { body: Some("x".repeat(9_000)), ..e }).collect()
    };
    let long: Vec<Entry> = (504..524).flat_map::<Vec<Entry>, _>(long).collect();
    assert_eq!(pace.hold(Run::of(&long), ms(0)), Turn::Tell, "more would not fit into the queues of the sessions");
}

#[test]
fn taking_nothing_does_not_put_off_what_comes_next() {
    let mut pace = Pace::default();
    assert!(pace.take(ms(5)).is_empty());
    assert_eq!(pace.hold(from(1, 1), ms(5)), Turn::Tell);
}
