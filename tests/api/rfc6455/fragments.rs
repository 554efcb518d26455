//! Section 5: messages in fragments, with control frames between them.

use super::case::{app_ping, app_ping_of};
use super::wire::{BINARY, CONTINUATION, PING, PONG, in_fragments};
use super::*;

/// How the frames of a case are written.
#[derive(Clone, Copy)]
enum Writes {
    Whole,
    FrameWise,
    ByteWise,
}

impl Writes {
    fn of(self, case: Case, frames: Vec<RawFrame>) -> Case {
        match self {
            Self::Whole => case.send(frames),
            Self::FrameWise => case.send_one_by_one(frames),
            Self::ByteWise => case.send_chopped(frames, 1),
        }
    }

    /// Autobahn gives three numbers in a row to these.
    fn in_a_row(first: u32) -> impl Iterator<Item = (String, Self)> {
        let writes = [Self::Whole, Self::FrameWise, Self::ByteWise];
        (first..).zip(writes).map(|(number, writes)| (format!("5.{number}"), writes))
    }
}

/// A message of ours in two fragments.
fn two(reference: u64) -> Vec<RawFrame> {
    let text = app_ping(reference);
    let (first, second) = text.split_at(9);
    vec![RawFrame::text(first).unfinished(), RawFrame::new(CONTINUATION, second)]
}

/// The same with a ping between.
fn two_around_a_ping(reference: u64) -> Vec<RawFrame> {
    let mut frames = two(reference);
    frames.insert(1, RawFrame::ping("ping payload"));
    frames
}

fn nothing_to_continue(is_last: bool) -> RawFrame {
    let frame = RawFrame::new(CONTINUATION, "non-continuation payload");
    if is_last { frame } else { frame.unfinished() }
}

#[tokio::test]
async fn section_5_1_to_5_8_control_frames_and_two_fragments() {
    let halves =
        |opcode: u8| [RawFrame::new(opcode, "fragment1").unfinished(), RawFrame::new(CONTINUATION, "fragment2")];
    let mut cases =
        vec![Case::new("5.1").send(halves(PING)).closed(&[1002]), Case::new("5.2").send(halves(PONG)).closed(&[1002])];
    for (id, writes) in Writes::in_a_row(3) {
        cases.push(writes.of(Case::new(id), two(1)).app_pong(1));
    }
    for (id, writes) in Writes::in_a_row(6) {
        cases.push(writes.of(Case::new(id), two_around_a_ping(1)).pong("ping payload").app_pong(1));
    }
    run(cases).await;
}

#[tokio::test]
async fn section_5_9_to_5_18_continuations_of_nothing_and_messages_within_messages() {
    let mut cases = Vec::new();
    for (first, is_last) in [(9, true), (12, false)] {
        for (id, writes) in Writes::in_a_row(first) {
            let frames = vec![nothing_to_continue(is_last), RawFrame::text(app_ping(1))];
            cases.push(writes.of(Case::new(id), frames).closed(&[1002]));
        }
    }
    let whole = [two(1), vec![nothing_to_continue(false), RawFrame::text(app_ping(2))]].concat();
    cases.push(Case::new("5.15").send(whole).app_pong(1).closed(&[1002]));
    for (number, is_last) in [(16, false), (17, true)] {
        let twice = [vec![nothing_to_continue(is_last)], two(1), vec![nothing_to_continue(is_last)], two(2)].concat();
        cases.push(Case::new(format!("5.{number}")).send(twice).closed(&[1002]));
    }
    let both_begin = [RawFrame::text("fragment1").unfinished(), RawFrame::text("fragment2")];
    cases.push(Case::new("5.18").send(both_begin).closed(&[1002]));
    let other_kind = [RawFrame::text("fragment1").unfinished(), RawFrame::new(BINARY, "fragment2")];
    cases.push(Case::new("5.18 (binary within text)").send(other_kind).closed(&[1002]));
    run(cases).await;
}

#[tokio::test]
async fn section_5_19_and_5_20_pings_within_five_fragments() {
    let text = app_ping_of(1, 50);
    let fragments = in_fragments(super::wire::TEXT, &text, 10);
    let with_pings = |mut frames: Vec<RawFrame>| {
        frames.insert(5, RawFrame::ping("pongme 2!"));
        frames.insert(4, RawFrame::ping("pongme 2!"));
        frames.insert(2, RawFrame::ping("pongme 1!"));
        frames
    };
    let frames = with_pings(fragments);
    let (early, late) = frames.split_at(3);
    let halves = |id: &str, chop: usize| {
        let case = Case::new(id).send_chopped(early.to_vec(), chop).pong("pongme 1!").receive();
        case.send_chopped(late.to_vec(), chop).pong("pongme 2!").app_pong(1).pong("pongme 2!")
    };
    let at_once = Case::new("5.20 (at once)").send(frames.clone());
    run(vec![
        halves("5.19", usize::MAX),
        halves("5.20", 1),
        at_once.pong("pongme 1!").pong("pongme 2!").app_pong(1).pong("pongme 2!"),
        // Binary messages are refused once, and whole messages follow.
        Case::new("5.20 (binary)")
            .send([RawFrame::new(BINARY, "a").unfinished(), RawFrame::ping("p"), RawFrame::new(CONTINUATION, "b")])
            .send([RawFrame::text(app_ping(7))])
            .malformed()
            .pong("p")
            .app_pong(7),
    ])
    .await;
}
