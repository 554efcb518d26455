//! Section 2: pings and pongs.

use super::wire::PONG;
use super::*;

#[tokio::test]
async fn section_2_pings_and_pongs() {
    let full = [0xfe; 125];
    let ten = || (0..10).map(|number| format!("payload-{number}"));
    let ten_pings = || ten().map(RawFrame::ping);
    let ten_pongs = |case: Case| ten().fold(case, |case, payload| case.pong(payload));
    let unasked = || RawFrame::new(PONG, "unsolicited pong payload");
    run(vec![
        Case::new("2.1").send([RawFrame::ping("")]).pong(""),
        Case::new("2.2").send([RawFrame::ping("Hello, world!")]).pong("Hello, world!"),
        Case::new("2.3")
            .send([RawFrame::ping(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff")])
            .pong(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"),
        Case::new("2.4").send([RawFrame::ping(full)]).pong(full),
        Case::new("2.5").send([RawFrame::ping([0xfe; 126])]).closed(&[1002]),
        Case::new("2.6").send_chopped([RawFrame::ping(full)], 1).pong(full),
        Case::new("2.7").send([RawFrame::new(PONG, "")]),
        Case::new("2.8").send([unasked()]),
        Case::new("2.9").send([unasked(), RawFrame::ping("ping payload")]).pong("ping payload"),
        ten_pongs(Case::new("2.10").send(ten_pings())),
        ten_pongs(Case::new("2.11").send_chopped(ten_pings(), 1)),
        Case::new("2.5 (pong)").send([RawFrame::new(PONG, [0xfe; 126])]).closed(&[1002]),
        Case::new("2.5 (64 KiB)").send([RawFrame::ping([0xfe; 65_536])]).closed(&[1002]),
    ])
    .await;
}
