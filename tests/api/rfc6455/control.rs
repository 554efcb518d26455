//! Section 2: pings and pongs.

use super::wire::PONG;
use super::*;

#[tokio::test]
async fn section_2_pings_and_pongs() {
    let full = [0xfe; 125];
    let ten = || (0..10).map(|number| format!("payload-{number}"));
    let ten_pings = || ten().map(Frame::ping);
    let ten_pongs = |case: Case| ten().fold(case, |case, payload| case.pong(payload));
    let unasked = || Frame::new(PONG, "unsolicited pong payload");
    run(vec![
        Case::new("2.1").send([Frame::ping("")]).pong(""),
        Case::new("2.2").send([Frame::ping("Hello, world!")]).pong("Hello, world!"),
        Case::new("2.3")
            .send([Frame::ping(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff")])
            .pong(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"),
        Case::new("2.4").send([Frame::ping(full)]).pong(full),
        Case::new("2.5").send([Frame::ping([0xfe; 126])]).closed(&[1002]),
        Case::new("2.6").send_chopped([Frame::ping(full)], 1).pong(full),
        Case::new("2.7").send([Frame::new(PONG, "")]),
        Case::new("2.8").send([unasked()]),
        Case::new("2.9").send([unasked(), Frame::ping("ping payload")]).pong("ping payload"),
        ten_pongs(Case::new("2.10").send(ten_pings())),
        ten_pongs(Case::new("2.11").send_chopped(ten_pings(), 1)),
        Case::new("2.5 (pong)").send([Frame::new(PONG, [0xfe; 126])]).closed(&[1002]),
        Case::new("2.5 (64 KiB)").send([Frame::ping([0xfe; 65_536])]).closed(&[1002]),
    ])
    .await;
}
