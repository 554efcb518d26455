//! A member who joins a room and then reads nothing more. Speaks just enough WebSocket for that.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::Person;

pub struct StalledReader {
    pub stream: TcpStream,
}

impl StalledReader {
    /// Connects and asks to join, without waiting for anything. `window`: how much the system takes in for it.
    pub async fn ask(person: &Person, room: i64, after: Option<i64>, window: Option<u32>) -> Self {
        let address = person.url().trim_start_matches("http://").replace("localhost", "127.0.0.1");
        let socket = TcpSocket::new_v4().expect("a socket");
        if let Some(window) = window {
            socket.set_recv_buffer_size(window).expect("a small window");
        }
        let mut stream = socket.connect(address.parse().expect("an address")).await.expect("the server listens");
        let token = person.token.as_deref().expect("somebody");
        let handshake = format!(
            "GET /api/v1/socket HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        let mut join = json!({ "t": "join", "ref": 1, "room": room });
        if let Some(after) = after {
            join["after"] = json!(after);
        }
        let join = join.to_string();
        let length = u8::try_from(join.len()).expect("a short frame");
        assert!(length < 126);
        // A masked text frame; the mask is zero.
        let frame = [&[0x81, 0x80 | length, 0, 0, 0, 0], join.as_bytes()].concat();
        stream.write_all(&[handshake.as_bytes(), &frame].concat()).await.expect("it is sent");
        Self { stream }
    }

    /// Connects and joins at the head; from here on it reads nothing.
    pub async fn join(person: &Person, room: i64, window: Option<u32>) -> Self {
        let mut stalled_reader = Self::ask(person, room, None, window).await;
        let mut read = Vec::new();
        while !String::from_utf8_lossy(&read).contains(r#""t":"live""#) {
            let length = stalled_reader.stream.read_buf(&mut read).await.expect("the server answers");
            assert!(length > 0, "closed after {}", String::from_utf8_lossy(&read));
        }
        stalled_reader
    }

    /// Has so much come that it could read?
    pub async fn could_read(&self, bytes: usize) -> bool {
        let mut buffer = vec![0; bytes];
        matches!(self.stream.peek(&mut buffer).await, Ok(length) if length >= bytes)
    }

    /// Everything that had come before the connection ended, in bytes.
    pub async fn drain(mut self) -> usize {
        let mut rest = Vec::new();
        // Ends with or without an error: the connection was cut.
        let _ = self.stream.read_to_end(&mut rest).await;
        rest.len()
    }
}
