//! A peer that stops reading: its connection ends, the others do not notice.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::*;

/// A member who joins and then reads nothing more. Speaks just enough WebSocket for that.
async fn stalled(app: &TestApp, person: &Person, room: i64) -> TcpStream {
    let address = app.url.trim_start_matches("http://").replace("localhost", "127.0.0.1");
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let token = person.token.as_deref().unwrap();
    let handshake = format!(
        "GET /api/v1/socket HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(handshake.as_bytes()).await.unwrap();
    let join = json!({ "t": "join", "ref": 1, "room": room }).to_string();
    let length = u8::try_from(join.len()).unwrap();
    assert!(length < 126);
    // A masked text frame; the mask is zero.
    stream.write_all(&[0x81, 0x80 | length, 0, 0, 0, 0]).await.unwrap();
    stream.write_all(join.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(r#""t":"live""#) {
        assert!(stream.read_buf(&mut read).await.unwrap() > 0, "{}", String::from_utf8_lossy(&read));
    }
    stream
}

#[tokio::test]
async fn a_peer_that_stops_reading_is_cut_and_the_others_go_on() {
    let database = crate::support::sqlite_database();
    let settings = [GENEROUS, &[("ENTREMISE_SESSION_QUEUE_BYTES", "65536")]].concat();
    let app = TestApp::start_with(&database, &settings);
    let (ana, ben, transaction, room) = two_in_a_room(&app).await;
    let mut going_on = ana.socket().await;
    going_on.join(room, None).await;
    let mut stalled = stalled(&app, &ben, room).await;
    going_on.expect("presence").await;

    // More than all buffers of the system between us.
    let body = "x".repeat(10_000);
    let mut posted: usize = 0;
    for number in 0..1_200 {
        assert_eq!(seq(&going_on.post(room, &format!("n{number}"), &body).await), number + 4);
        assert_eq!(seq(&going_on.expect("entry").await), number + 4, "who reads goes on");
        posted += body.len();
    }
    let gone = going_on.expect("presence").await;
    assert_eq!((&gone["account"], &gone["online"]), (&json!(ben.account()), &json!(false)));

    let mut rest = Vec::new();
    // Ends with or without an error: the connection was cut.
    let _ = stalled.read_to_end(&mut rest).await;
    assert!(rest.len() < posted, "it was not cut: {} of {posted}", rest.len());

    let mut back = ben.socket().await;
    let (_, missed) = back.join(room, Some(1_000)).await;
    assert_eq!(seqs(&missed), (1_001..=1_203).collect::<Vec<_>>(), "he comes back and lacks nothing");
    assert_eq!(log_of(&ana, transaction).await.len(), 1_203);
}

#[tokio::test]
async fn a_peer_that_does_not_read_does_not_keep_the_node_from_stopping() {
    let database = crate::support::sqlite_database();
    // So generous that nobody is cut for being slow.
    let settings =
        [GENEROUS, &[("ENTREMISE_SESSION_QUEUE_BYTES", "1073741824"), ("ENTREMISE_SHUTDOWN_SECONDS", "300")]].concat();
    let app = TestApp::start_with(&database, &settings);
    let (ana, ben, _, room) = two_in_a_room(&app).await;
    let _stalled = stalled(&app, &ben, room).await;
    let mut reading = ana.socket().await;
    let body = "x".repeat(10_000);
    for number in 0..900 {
        reading.post(room, &format!("n{number}"), &body).await;
    }
    // The test's runtime has one thread, and stopping waits for the server's.
    let stopping = tokio::task::spawn_blocking(move || drop(app));
    assert_eq!(reading.expect_close().await, 1012);
    tokio::time::timeout(std::time::Duration::from_secs(60), stopping).await.expect("it stops").expect("it stops well");
}
