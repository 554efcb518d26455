//! Section 9: sizes and numbers of messages. A message of ours has at most 128 KiB, in however many frames; one more byte
//! closes with 1009. Section 10: messages that the client fragments by itself.

use super::case::{app_ping, app_ping_of};
use super::wire::{BINARY, CONTINUATION, Length, TEXT, in_fragments};
use super::*;

const MAX: usize = 131_072;
const TOO_BIG: &[u16] = &[1009];

/// Lengths up to the bound, then over it.
const WITHIN: [usize; 4] = [16_384, 32_768, MAX - 1, MAX];
const OVER: [usize; 4] = [MAX + 1, 2 * MAX, 1 << 20, 4 << 20];

fn sized(section: &str, kind: u8) -> Vec<Case> {
    let mut cases = Vec::new();
    let message = |length: usize| if kind == TEXT { app_ping_of(1, length) } else { vec![0xfe; length] };
    for (number, length) in (1..).zip(WITHIN.into_iter().chain(OVER)) {
        let case = Case::new(format!("{section}.{number}")).send([RawFrame::new(kind, message(length))]);
        cases.push(match (length, kind) {
            (0..=MAX, TEXT) => case.app_pong(1),
            (0..=MAX, _) => case.malformed(),
            _ => case.closed(TOO_BIG),
        });
    }
    cases
}

#[tokio::test]
async fn section_9_1_and_9_2_sizes_of_whole_messages() {
    run([sized("9.1", TEXT), sized("9.2", BINARY)].concat()).await;
}

/// Fragments of 64, 256, … bytes, of a message that just fits and of one that is a byte too long.
#[tokio::test]
async fn section_9_3_and_9_4_sizes_of_fragmented_messages() {
    let mut cases = Vec::new();
    for (number, size) in (1..).zip([64, 256, 1024, 4096, 16_384, MAX]) {
        let fits = in_fragments(TEXT, &app_ping_of(1, MAX), size);
        cases.push(Case::new(format!("9.3.{number}")).send(fits).app_pong(1));
        let over = in_fragments(TEXT, &app_ping_of(1, MAX + 1), size);
        cases.push(Case::new(format!("9.3.{number} (a byte too long)")).send(over).closed(TOO_BIG));
        // Binary is refused at its beginning, and none of it is kept.
        let binary = |length: usize| in_fragments(BINARY, &vec![0xfe; length], size);
        cases.push(Case::new(format!("9.4.{number}")).send(binary(MAX)).malformed());
        let over = Case::new(format!("9.4.{number} (a byte too long)")).send(binary(MAX + 1));
        cases.push(over.malformed().closed(TOO_BIG));
    }
    run(cases).await;
}

#[tokio::test]
async fn section_9_5_and_9_6_messages_in_small_writes() {
    let mut cases = Vec::new();
    for (number, chop) in (1..).zip([64, 128, 256, 512, 1024, 2048]) {
        let text = RawFrame::text(app_ping_of(1, MAX));
        cases.push(Case::new(format!("9.5.{number}")).send_chopped([text], chop).app_pong(1));
        let binary = RawFrame::new(BINARY, vec![0xfe; MAX]);
        cases.push(Case::new(format!("9.6.{number}")).send_chopped([binary], chop).malformed());
    }
    let slowly = RawFrame::text(app_ping_of(1, 4096));
    cases.push(Case::new("9.5 (byte by byte)").send_chopped([slowly], 1).app_pong(1));
    run(cases).await;
}

#[tokio::test]
async fn section_9_7_a_thousand_messages() {
    let mut cases = Vec::new();
    for (number, length) in (1..).zip([24, 64, 256, 1024, 4096]) {
        let frames = (0..1000).map(|reference| RawFrame::text(app_ping_of(reference, length)));
        let case = Case::new(format!("9.7.{number}")).send(frames);
        cases.push((0..1000).fold(case, Case::app_pong));
    }
    // Of binary ones, nine are forgiven.
    let nine = || (0..9).map(|_| RawFrame::new(BINARY, [0xfe; 64]));
    let refused = |case: Case, count: u32| (0..count).fold(case, |case, _| case.malformed());
    cases.push(refused(Case::new("9.8.1").send(nine()), 9));
    cases.push(refused(Case::new("9.8.2").send(nine().chain(nine())), 10).closed(&[4104]));
    run(cases).await;
}

/// A frame that says it is too long is refused when it says so: nothing of it is waited for, nothing kept.
#[tokio::test]
async fn section_9_a_claim_is_enough() {
    let claims = |length: u64| RawFrame::text("").with_length(Length::Claimed(length));
    run(vec![
        Case::new("9.1 (128 KiB + 1, of which none comes)").send([claims(131_073)]).closed(TOO_BIG),
        Case::new("9.1 (1 GiB, of which none comes)").send([claims(1 << 30)]).closed(TOO_BIG),
        Case::new("9.1 (2^63 - 1, of which none comes)").send([claims((1 << 63) - 1)]).closed(TOO_BIG),
        Case::new("9.1 (after a good one)")
            .send([RawFrame::text(app_ping(1)), claims(1 << 30)])
            .app_pong(1)
            .closed(TOO_BIG),
        Case::new("9.3 (the second fragment)")
            .send([
                RawFrame::text("{").unfinished(),
                RawFrame::new(CONTINUATION, "").with_length(Length::Claimed(131_072)),
            ])
            .closed(TOO_BIG),
    ])
    .await;
}

#[tokio::test]
async fn section_10_fragments_made_by_the_client() {
    run(vec![Case::new("10.1.1").send(in_fragments(TEXT, &app_ping_of(1, MAX), 1300)).app_pong(1)]).await;
}
