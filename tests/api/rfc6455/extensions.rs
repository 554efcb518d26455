//! Section 3: reserved bits, which no extension gave a meaning. Section 4: opcodes that do not exist. What stood before is
//! answered, what follows is not.

use super::case::app_ping;
use super::wire::{BINARY, CLOSE, PING};
use super::*;

#[tokio::test]
async fn section_3_reserved_bits() {
    let hello = || RawFrame::text(app_ping(1));
    let bad = |reserved: u8| hello().reserved(reserved);
    let more = || RawFrame::ping("");
    let cases = vec![
        Case::new("3.1").send([bad(1)]).closed(&[1002]),
        Case::new("3.2").send([hello(), bad(2), more()]).app_pong(1).closed(&[1002]),
        Case::new("3.3").send_one_by_one([hello(), bad(3), more()]).app_pong(1).closed(&[1002]),
        Case::new("3.4").send_chopped([hello(), bad(4), more()], 1).app_pong(1).closed(&[1002]),
        Case::new("3.5").send([RawFrame::new(BINARY, [0xfe; 8]).reserved(5)]).closed(&[1002]),
        Case::new("3.6").send([RawFrame::new(PING, "Hello").reserved(6)]).closed(&[1002]),
        Case::new("3.7").send([RawFrame::new(CLOSE, "").reserved(7)]).closed(&[1002]),
    ];
    run(cases).await;
}

#[tokio::test]
async fn section_4_reserved_opcodes() {
    let mut cases = Vec::new();
    for (section, first) in [(1, 3), (2, 11)] {
        for number in 1..=5 {
            let opcode = first + number - 1;
            let (hello, more) = (|| RawFrame::text(app_ping(1)), || RawFrame::ping(""));
            let bad = |payload: &str| RawFrame::new(opcode, payload);
            let case = Case::new(format!("4.{section}.{number}"));
            let case = match number {
                1 => case.send([bad("")]),
                2 => case.send([bad("reserved opcode payload")]),
                3 => case.send([hello(), bad(""), more()]).app_pong(1),
                4 => case.send([hello(), bad("payload"), more()]).app_pong(1),
                _ => case.send_chopped([hello(), bad("payload"), more()], 1).app_pong(1),
            };
            cases.push(case.closed(&[1002]));
        }
    }
    run(cases).await;
}
