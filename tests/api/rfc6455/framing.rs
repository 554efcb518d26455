//! Section 1: frames of every length, as text and as binary. Section 0.2: the same length written otherwise, masks.

use super::case::{app_ping, app_ping_of};
use super::wire::{BINARY, Length, PING, TEXT};
use super::*;

/// Autobahn's lengths: where the form of a frame's head changes.
const LENGTHS: [usize; 7] = [0, 125, 126, 127, 128, 65_535, 65_536];

#[tokio::test]
async fn section_1_1_text_messages_of_every_length() {
    let mut cases = Vec::new();
    for (number, length) in (1..).zip(LENGTHS) {
        let case = Case::new(format!("1.1.{number}"));
        cases.push(match length {
            // Text, though no frame of ours.
            0 => case.send([RawFrame::text("")]).malformed(),
            _ => case.send([RawFrame::text(app_ping_of(number, length))]).app_pong(number),
        });
    }
    let chopped = Case::new("1.1.8").send_chopped([RawFrame::text(app_ping_of(8, 65_536))], 997).app_pong(8);
    cases.push(chopped);
    run(cases).await;
}

#[tokio::test]
async fn section_1_2_binary_messages_of_every_length() {
    let mut cases = Vec::new();
    for (number, length) in (1..).zip(LENGTHS) {
        let frame = RawFrame::new(BINARY, vec![0xfe; length]);
        cases.push(Case::new(format!("1.2.{number}")).send([frame]).malformed());
    }
    let frame = RawFrame::new(BINARY, vec![0xfe; 65_536]);
    cases.push(Case::new("1.2.8").send_chopped([frame], 997).malformed());
    run(cases).await;
}

/// A length must be written in as few bytes as possible, and in 63 bits.
#[tokio::test]
async fn section_0_2_lengths_that_are_written_wrongly() {
    let text = |length: Length| RawFrame::text(app_ping(1)).with_length(length);
    let ping = |length: Length| RawFrame::new(PING, "x").with_length(length);
    run(vec![
        Case::new("0.2.1").send([text(Length::In16)]).closed(&[1002]),
        Case::new("0.2.2").send([text(Length::In64)]).closed(&[1002]),
        Case::new("0.2.3").send([ping(Length::In16)]).closed(&[1002]),
        Case::new("0.2.4").send([RawFrame::text(app_ping_of(1, 65_535)).with_length(Length::In64)]).closed(&[1002]),
        Case::new("0.2.5").send([text(Length::Claimed(1 << 63))]).closed(&[1002]),
        Case::new("0.2.6").send([text(Length::Claimed(u64::MAX))]).closed(&[1002]),
        // What stands before a bad frame is a frame.
        Case::new("0.2.7").send([RawFrame::text(app_ping(1)), text(Length::In64)]).app_pong(1).closed(&[1002]),
        Case::new("0.2.8")
            .send_chopped([RawFrame::text(app_ping(1)), text(Length::In64)], 1)
            .app_pong(1)
            .closed(&[1002]),
    ])
    .await;
}

/// A client's frames are masked, with any mask; what is not ends the connection.
#[tokio::test]
async fn section_0_3_masks() {
    let ping = || RawFrame::text(app_ping(1));
    run(vec![
        Case::new("0.3.1").send([ping().masked_with(None)]).closed(&[1002]),
        Case::new("0.3.2").send([RawFrame::ping("").masked_with(None)]).closed(&[1002]),
        Case::new("0.3.3").send([RawFrame::close(1000, "").masked_with(None)]).closed(&[1002]),
        Case::new("0.3.4").send([RawFrame::new(BINARY, "x").masked_with(None)]).closed(&[1002]),
        Case::new("0.3.5").send([ping(), ping().masked_with(None)]).app_pong(1).closed(&[1002]),
        Case::new("0.3.6").send([ping().masked_with(Some([0; 4]))]).app_pong(1),
        Case::new("0.3.7").send([ping().masked_with(Some([0xff; 4]))]).app_pong(1),
        Case::new("0.3.8").send_chopped([ping().masked_with(Some([1, 2, 3, 4]))], 3).app_pong(1),
    ])
    .await;
}

/// Every length around the places where the head changes or a chop ends, byte by byte right.
#[tokio::test]
async fn section_0_4_every_small_length() {
    let mut cases = Vec::new();
    for length in (24..140).step_by(4) {
        let reference = 10;
        let frames = [RawFrame::text(app_ping_of(reference, length)), RawFrame::new(TEXT, app_ping_of(11, length + 1))];
        let case = Case::new(format!("0.4.{length}")).send_chopped(frames, 7);
        cases.push(case.app_pong(reference).app_pong(11));
    }
    run(cases).await;
}
