//! Section 7: how a connection is closed, from either side.

use super::case::{app_ping, app_ping_of};
use super::wire::{CLOSE, CONTINUATION};
use super::*;

/// What the server answers to a close frame that is wrong. A reason that is not UTF-8 ought to be 1007; the codec tells it
/// apart from a bad code no more, and both end the connection.
const BAD_CLOSE: &[u16] = &[1002];

#[tokio::test]
async fn section_7_1_what_comes_after_a_close_frame() {
    let close = || RawFrame::close(1000, "");
    run(vec![
        Case::new("7.1.1").send([RawFrame::text(app_ping(1)), close()]).app_pong(1).closed_with(1000),
        Case::new("7.1.2").send([close(), close()]).closed_with(1000),
        Case::new("7.1.3").send([close(), RawFrame::ping("after")]).closed_with(1000),
        Case::new("7.1.4").send([close(), RawFrame::text(app_ping(1))]).closed_with(1000),
        Case::new("7.1.5")
            .send([RawFrame::text("fragment1").unfinished(), close(), RawFrame::new(CONTINUATION, "fragment2")])
            .closed_with(1000),
        Case::new("7.1.6")
            .send([
                RawFrame::text(app_ping_of(1, 65_536)),
                RawFrame::text(app_ping(2)),
                close(),
                RawFrame::ping("after"),
            ])
            .app_pong(1)
            .app_pong(2)
            .closed_with(1000),
        Case::new("7.1 (one by one)").send_one_by_one([close(), RawFrame::ping(""), close()]).closed_with(1000),
        Case::new("7.1 (nonsense after)")
            .send_bytes([close().bytes(), vec![0xff; 64]].concat(), usize::MAX)
            .closed_with(1000),
    ])
    .await;
}

#[tokio::test]
async fn section_7_3_forms_of_a_close_frame() {
    let reason = |length: usize| "*".repeat(length);
    run(vec![
        Case::new("7.3.1").send([RawFrame::new(CLOSE, "")]).closed_without_code(),
        Case::new("7.3.2").send([RawFrame::new(CLOSE, "a")]).closed(BAD_CLOSE),
        Case::new("7.3.3").send([RawFrame::close(1000, "")]).closed_with(1000),
        Case::new("7.3.4").send([RawFrame::close(1000, "Hello World!")]).closed_with(1000),
        Case::new("7.3.5").send([RawFrame::close(1000, &reason(123))]).closed_with(1000),
        Case::new("7.3.6").send([RawFrame::close(1000, &reason(124))]).closed(BAD_CLOSE),
        Case::new("7.3 (fragmented)").send([RawFrame::close(1000, "").unfinished()]).closed(BAD_CLOSE),
    ])
    .await;
}

#[tokio::test]
async fn section_7_5_a_reason_that_is_not_text() {
    let payload = [&1000_u16.to_be_bytes()[..], "κόσμε".as_bytes(), b"\xed\xa0\x80edited"].concat();
    run(vec![Case::new("7.5.1").send([RawFrame::new(CLOSE, payload)]).closed(BAD_CLOSE)]).await;
}

#[tokio::test]
async fn section_7_7_codes_that_a_client_may_send() {
    let codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
    let cases = (1..).zip(codes);
    run(cases
        .map(|(n, code)| Case::new(format!("7.7.{n}")).send([RawFrame::close(code, "")]).closed_with(code))
        .collect())
    .await;
}

#[tokio::test]
async fn section_7_9_and_7_13_codes_that_nobody_may_send() {
    let mut cases = Vec::new();
    for (number, code) in (1..).zip([0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999]) {
        cases.push(Case::new(format!("7.9.{number}")).send([RawFrame::close(code, "")]).closed(BAD_CLOSE));
    }
    for (number, code) in (1..).zip([5000, 65_535]) {
        cases.push(Case::new(format!("7.13.{number}")).send([RawFrame::close(code, "")]).closed(BAD_CLOSE));
    }
    run(cases).await;
}

/// The peer of a server that has closed may be silent, or talk on and never listen: the server ends all the same.
#[tokio::test]
async fn the_server_ends_the_connection_though_the_client_does_not() {
    let database = crate::support::sqlite_database();
    let app = crate::support::TestApp::start(&database);
    let ana = app.broker("Ana").await;
    let token = ana.token.as_deref().expect("a token");
    for first in [RawFrame::close(1000, ""), RawFrame::text("").reserved(1)] {
        let mut wire = RawWire::open(&app.url, token).await;
        wire.send(&first.bytes()).await;
        assert!(matches!(wire.next().await, Ok(ReceivedFrame::Close(_))));
        assert_eq!(wire.next().await, Ok(ReceivedFrame::End));
    }
}
