use super::*;
use crate::domain::{Entry, EntryBody, RoomId, Seq, Timestamp};

fn from(author: i64, seq: i64) -> Vec<EntryBatch> {
    let (room, author, body) = (RoomId(1), Some(AccountId(author)), EntryBody::message(""));
    EntryBatch::of(&[Entry { room, seq: Seq(seq), author, nonce: None, body, at: Timestamp(0), acl_version: 1 }])
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn us(us: u64) -> Duration {
    Duration::from_micros(us)
}

fn seqs(batches: &[EntryBatch]) -> Vec<i64> {
    batches.iter().flat_map(EntryBatch::entries).map(|entry| entry.seq.0).collect()
}

const LISTENERS: usize = 200;

/// So many rooms on one thread, in each of which ten people speak in turn, one every so many microseconds, and a fan-out keeps
/// the thread for so long; timers fire when they are due. How long each entry of the second half waited, in microseconds, and how
/// many fan-outs there were in it.
fn talk(rooms: u64, every_us: u64, cost_us: u64) -> (Vec<u128>, usize) {
    struct SimulatedRoom {
        fanout: FanoutBuffer,
        through: Option<u64>,
        timer: Option<u64>,
        due: Vec<u64>,
    }
    let (load, mut free_at, mut fanouts, mut waits) = (Load::default(), 0, 0, Vec::new());
    let room =
        || SimulatedRoom { fanout: FanoutBuffer::new(load.clone()), through: None, timer: None, due: Vec::new() };
    let mut rooms: Vec<SimulatedRoom> = (0..rooms).map(|_| room()).collect();
    let end = every_us * 400;
    let is_due = |at: &mut Option<u64>, now| at.take_if(|at| *at <= now).is_some();
    for now in (0..end).step_by(10) {
        let count = u64::try_from(rooms.len()).unwrap();
        for (nth, room) in (0..).zip(&mut rooms) {
            let mut decisions = Vec::new();
            if is_due(&mut room.through, now) {
                decisions.push(room.fanout.fanout_done(us(now)));
            }
            if is_due(&mut room.timer, now) {
                decisions.push(room.fanout.on_timer(us(now)));
            }
            // Not all rooms at the same moment.
            let at = now + nth * every_us / count / 10 * 10;
            if at.is_multiple_of(every_us) {
                room.due.push(now);
                let seq = i64::try_from(at / every_us).unwrap();
                decisions.push(room.fanout.hold(from(seq % 10, seq), us(now)));
            }
            for decision in decisions {
                match decision {
                    FlushDecision::Flush if room.fanout.is_holding() => {
                        room.fanout.take(us(now), LISTENERS);
                        free_at = free_at.max(now) + cost_us;
                        room.through = room.through.or(Some(free_at));
                        let late = now >= end / 2;
                        fanouts += usize::from(late);
                        waits.extend(room.due.drain(..).filter(|_| late).map(|at| u128::from(now - at)));
                    }
                    FlushDecision::After(wait) => room.timer = Some(now + u64::try_from(wait.as_micros()).unwrap()),
                    FlushDecision::Flush | FlushDecision::Scheduled | FlushDecision::Nothing => {}
                }
            }
        }
    }
    (waits, fanouts)
}

#[test]
fn where_people_talk_nothing_waits_however_large_the_room() {
    for (every_us, cost_us) in [(10_000, 50), (10_000, 1_500), (1_000, 50), (2_000, 200), (300, 20)] {
        let (waits, fanouts) = talk(1, every_us, cost_us);
        assert_eq!(waits.iter().max(), Some(&0), "one every {every_us} µs that costs {cost_us}");
        assert_eq!(fanouts, waits.len());
    }
}

#[test]
fn the_more_of_its_thread_a_room_would_take_the_less_often_it_speaks_up_to_a_bound() {
    // Entries to a fan-out.
    let [calm, busy, busiest] = [3_000, 1_800, 1_000].map(|every_us| {
        let (waits, fanouts) = talk(1, every_us, 700);
        assert!(waits.iter().all(|wait| *wait <= GAP.as_micros()), "{waits:?}");
        waits.len() / fanouts
    });
    assert!(calm < 3 && busy <= busiest && busiest >= 14, "{calm} {busy} {busiest}");
}

#[test]
fn rooms_that_together_would_keep_their_thread_busy_wait_though_none_would_alone() {
    let (waits, fanouts) = talk(1, 6_000, 1_000);
    assert_eq!(fanouts, waits.len(), "alone");
    let (waits, fanouts) = talk(4, 6_000, 1_000);
    assert!(waits.len() >= 2 * fanouts, "{} in {fanouts}", waits.len());
    assert!(waits.iter().all(|wait| *wait <= LONGEST_GAP.as_micros()), "{waits:?}");
}

#[test]
fn a_room_that_costs_little_does_not_wait_for_the_others_of_its_thread() {
    let load = Load::default();
    let (mut busy, mut small) = (FanoutBuffer::new(load.clone()), FanoutBuffer::new(load.clone()));
    for at in 0..400 {
        busy.hold(from(1, 2 * at), ms(at.unsigned_abs()));
        busy.take(ms(at.unsigned_abs()), LISTENERS);
        busy.fanout_done(us(at.unsigned_abs() * 1000 + 700));
        if at % 10 == 0 {
            assert_eq!(small.hold(from(2, at), ms(at.unsigned_abs())), FlushDecision::Flush);
            small.take(ms(at.unsigned_abs()), LISTENERS);
            small.fanout_done(us(at.unsigned_abs() * 1000 + 100));
        }
    }
    assert!(load.parts(ms(400)).wanted > 0.6);
}

#[test]
fn where_fan_outs_fill_their_thread_in_spite_of_their_gaps_the_gaps_grow() {
    let to_a_fan_out = |rooms| {
        let (waits, fanouts) = talk(rooms, 1_000, 2_500);
        waits.len() / fanouts
    };
    let (alone, many) = (to_a_fan_out(1), to_a_fan_out(6));
    assert!(alone <= 17 && many >= 24, "{alone} {many}");
}

#[test]
fn nothing_goes_out_while_the_thread_is_not_through_with_the_last_and_then_it_goes_at_once() {
    let mut fanout = FanoutBuffer::default();
    assert_eq!(fanout.hold(from(1, 1), ms(100)), FlushDecision::Flush);
    assert_eq!(seqs(&fanout.take(ms(100), LISTENERS)), [1]);
    assert_eq!(fanout.hold(from(2, 2), ms(101)), FlushDecision::Scheduled);
    assert_eq!(fanout.hold(from(3, 3), ms(104)), FlushDecision::Scheduled);
    assert_eq!(fanout.on_timer(ms(105)), FlushDecision::Scheduled);
    assert_eq!(fanout.fanout_done(ms(130)), FlushDecision::Flush);
    assert_eq!(seqs(&fanout.take(ms(130), LISTENERS)), [2, 3]);
    assert_eq!(fanout.fanout_done(ms(131)), FlushDecision::Nothing);
}

/// A room that is to wait: its fan-outs are dear and come one after the other, of two authors each.
fn busy() -> FanoutBuffer {
    let mut fanout = FanoutBuffer::default();
    for (at, seq) in (0..40).zip(1..) {
        fanout.hold(from(1, 2 * seq), ms(2 * at));
        fanout.hold(from(2, 2 * seq + 1), ms(2 * at));
        fanout.take(ms(2 * at), LISTENERS);
        fanout.fanout_done(ms(2 * at + 1));
        fanout.on_timer(ms(2 * at + 1));
    }
    fanout
}

#[test]
fn in_a_busy_room_entries_wait_for_each_other_and_one_timer_is_enough() {
    let mut fanout = busy();
    assert_eq!(fanout.hold(from(1, 100), ms(80)), FlushDecision::After(ms(14)), "the last fan-out began at 78");
    assert_eq!(fanout.hold(from(1, 101), ms(81)), FlushDecision::Scheduled);
    assert_eq!(fanout.on_timer(ms(94)), FlushDecision::Flush);
    assert_eq!(seqs(&fanout.take(ms(94), LISTENERS)), [100, 101]);
    assert_eq!(fanout.on_timer(ms(95)), FlushDecision::Scheduled, "the fan-out is under way");
}

#[test]
fn waiting_ends_when_everybody_who_spoke_last_has_spoken_again() {
    let mut fanout = busy();
    assert_eq!(fanout.hold(from(1, 100), ms(79)), FlushDecision::After(ms(15)));
    assert_eq!(fanout.hold(from(3, 101), ms(79)), FlushDecision::Scheduled, "the second of the two is still to speak");
    assert_eq!(fanout.hold(from(2, 102), ms(80)), FlushDecision::Flush);
    assert_eq!(seqs(&fanout.take(ms(80), LISTENERS)), [100, 101, 102]);
}

#[test]
fn at_a_steady_rate_everybody_has_spoken_again_some_time_and_that_ends_nothing() {
    let mut fanout = busy();
    assert_eq!(fanout.hold(from(1, 100), ms(79)), FlushDecision::After(ms(15)));
    assert_eq!(fanout.hold(from(2, 101), ms(85)), FlushDecision::Scheduled, "7 ms after a fan-out that cost 1");
    // Where each commit takes long those who waited come late, but together.
    let mut fanout = busy();
    assert_eq!(fanout.hold(from(1, 100), ms(86)), FlushDecision::After(ms(8)));
    assert_eq!(fanout.hold(from(2, 101), ms(87)), FlushDecision::Flush);
}

#[test]
fn a_fan_out_to_few_after_a_silence_is_not_measured() {
    let mut fanout = FanoutBuffer::default();
    fanout.hold(from(1, 1), ms(100));
    fanout.take(ms(100), FEW_LISTENERS);
    assert!(!fanout.is_under_way());
    assert_eq!(fanout.hold(from(1, 2), ms(103)), FlushDecision::Flush);
    fanout.take(ms(103), FEW_LISTENERS);
    assert!(fanout.is_under_way(), "another so soon");
    fanout.fanout_done(ms(104));
    fanout.hold(from(1, 3), ms(200));
    fanout.take(ms(200), LISTENERS);
    assert!(fanout.is_under_way(), "so many");
}

#[test]
fn waiting_ends_when_what_is_held_is_worth_a_fan_out() {
    let mut fanout = busy();
    let decisions: Vec<FlushDecision> = (0..30).map(|nth| fanout.hold(from(1, 100 + nth), ms(79))).collect();
    let flushed = decisions.iter().position(|decision| *decision == FlushDecision::Flush);
    assert_eq!(flushed, Some(24), "25 entries of 40 µs each are the 1 ms of a fan-out");
}

#[test]
fn a_flood_does_not_wait_for_the_thread() {
    let mut fanout = FanoutBuffer::default();
    fanout.hold(from(1, 1), ms(0));
    fanout.take(ms(0), LISTENERS);
    let flood = (2..504).flat_map(|seq| from(1, seq)).collect();
    assert_eq!(fanout.hold(flood, ms(0)), FlushDecision::Flush);
    fanout.take(ms(0), LISTENERS);
    let long = |seq| {
        from(1, seq)
            .iter()
            .flat_map(EntryBatch::entries)
            .map(|e| Entry { body: EntryBody::message("x".repeat(9_000)), ..e })
            .collect()
    };
    let long: Vec<Entry> = (504..524).flat_map::<Vec<Entry>, _>(long).collect();
    assert_eq!(
        fanout.hold(EntryBatch::of(&long), ms(0)),
        FlushDecision::Flush,
        "more would not fit into the queues of the sessions"
    );
}

#[test]
fn taking_nothing_does_not_put_off_what_comes_next() {
    let mut fanout = FanoutBuffer::default();
    assert!(fanout.take(ms(5), LISTENERS).is_empty());
    assert_eq!(fanout.hold(from(1, 1), ms(5)), FlushDecision::Flush);
}
