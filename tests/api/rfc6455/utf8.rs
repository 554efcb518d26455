//! Section 6: text is UTF-8, whole, in fragments and byte by byte. What is text comes back as it was sent; what is not
//! closes the connection with 1007.

use super::case::{app_ping, post};
use super::utf8_table::{KOSME, bytes_of, sequences};
use super::wire::{CONTINUATION, TEXT, in_fragments};
use super::*;

const NOT_TEXT: &[u16] = &[1007];

#[tokio::test]
async fn section_6_1_empty_messages() {
    let empty = || RawFrame::new(CONTINUATION, "");
    run(vec![
        Case::new("6.1.1").send([RawFrame::text("")]).malformed(),
        Case::new("6.1.2").send([RawFrame::text("").unfinished(), empty().unfinished(), empty()]).malformed(),
        Case::new("6.1.3")
            .send([RawFrame::text("").unfinished(), RawFrame::new(CONTINUATION, app_ping(1)).unfinished(), empty()])
            .app_pong(1),
    ])
    .await;
}

#[tokio::test]
async fn section_6_2_text_in_fragments() {
    let hello = "Hello-µ@ßöäüàá-UTF-8!!";
    let middle = post("6.2.2", hello.as_bytes()).len() - 10;
    let fragments = |nonce: &str, text: &str, size: usize| in_fragments(TEXT, &post(nonce, text.as_bytes()), size);
    run(vec![
        Case::new("6.2.1").send(fragments("6.2.1", hello, usize::MAX)).entry(hello),
        Case::new("6.2.2").send(fragments("6.2.2", hello, middle)).entry(hello),
        Case::new("6.2.3").send(fragments("6.2.3", hello, 1)).entry(hello),
        Case::new("6.2.4").send(fragments("6.2.4", KOSME, 1)).entry(KOSME),
    ])
    .await;
}

/// Text, then a surrogate, then text.
fn broken() -> Vec<u8> {
    [KOSME.as_bytes(), &bytes_of("eda080"), b"edited"].concat()
}

#[tokio::test]
async fn section_6_3_and_6_4_what_is_not_text() {
    let whole = post("6.3", &broken());
    // Cut within the bad sequence, behind it, and within the last good character before it.
    let at = whole.windows(2).position(|bytes| bytes == [0xed, 0xa0]).expect("it is there");
    let cut_at = |cuts: [usize; 2]| {
        let (first, rest) = whole.split_at(cuts[0]);
        let (second, third) = rest.split_at(cuts[1] - cuts[0]);
        let continued = |part: &[u8]| RawFrame::new(CONTINUATION, part);
        vec![RawFrame::text(first).unfinished(), continued(second).unfinished(), continued(third)]
    };
    run(vec![
        Case::new("6.3.1").send([RawFrame::text(&whole)]).closed(NOT_TEXT),
        Case::new("6.3.2").send(in_fragments(TEXT, &whole, 1)).closed(NOT_TEXT),
        Case::new("6.4.1").send_one_by_one(cut_at([at, at + 3])).closed(NOT_TEXT),
        Case::new("6.4.2").send_one_by_one(cut_at([at - 1, at + 1])).closed(NOT_TEXT),
        Case::new("6.4.3").send_chopped([RawFrame::text(&whole)], at).closed(NOT_TEXT),
        Case::new("6.4.4").send_chopped([RawFrame::text(&whole)], at + 1).closed(NOT_TEXT),
        Case::new("6.4 (byte by byte)").send_chopped([RawFrame::text(&whole)], 1).closed(NOT_TEXT),
        // Autobahn lets a server say so before the message ends; ours does so as soon as a fragment shows it.
        Case::new("6.4 (before its end)").send(cut_at([at, at + 3])[..2].to_vec()).closed(NOT_TEXT),
    ])
    .await;
}

/// Each sequence as the body of a message: whole, in fragments of one byte, and written byte by byte.
#[tokio::test]
async fn section_6_5_to_6_23_every_sequence() {
    let mut cases = Vec::new();
    for (id, bytes, valid) in sequences() {
        // Between brackets, so that a blank is a message too.
        let bytes = [b"[", &bytes[..], b"]"].concat();
        let text = post(&id, &bytes);
        let body = String::from_utf8_lossy(&bytes);
        let ends = |case: Case| if valid { case.entry(&body) } else { case.closed(NOT_TEXT) };
        cases.push(ends(Case::new(&id).send([RawFrame::text(&text)])));
        let text = post(&format!("{id}-fragments"), &bytes);
        cases.push(ends(Case::new(format!("{id} (fragments)")).send(in_fragments(TEXT, &text, 1))));
    }
    run(cases).await;
}
