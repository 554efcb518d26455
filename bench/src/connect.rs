//! Opening a socket: TCP, then the HTTP upgrade.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::fixture::FixtureSeat;

/// The key exists to tell a WebSocket server from something else, not to hide anything. A fixed key (the example of the
/// RFC) has a known answer, so that checking it needs no SHA-1.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const MAX_HEAD: usize = 16 * 1024;

pub enum Opened {
    /// The stream, and what the server already sent behind its answer.
    Socket(TcpStream, Vec<u8>),
    /// It answered something else than 101.
    Status(u16),
}

pub async fn open(seat: &FixtureSeat) -> Result<Opened> {
    let mut stream = dial(seat).await.with_context(|| format!("cannot connect to {}", seat.target.addr))?;
    let request = format!(
        "GET /api/v1/socket HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\nAuthorization: Bearer {}\r\n\r\n",
        seat.target.host, seat.token
    );
    stream.write_all(request.as_bytes()).await.context("cannot send the handshake")?;
    let mut head = Vec::with_capacity(1024);
    let end = loop {
        let read = stream.read_buf(&mut head).await.context("cannot read the handshake")?;
        ensure!(read > 0, "the server closed during the handshake");
        if let Some(end) = memchr::memmem::find(&head, b"\r\n\r\n") {
            break end + 4;
        }
        ensure!(head.len() < MAX_HEAD, "the answer to the handshake does not end");
    };
    let rest = head.split_off(end);
    let head = std::str::from_utf8(&head).context("the answer to the handshake is not text")?;
    let status: u16 = head.split(' ').nth(1).and_then(|code| code.parse().ok()).context("no HTTP status")?;
    if status != 101 {
        return Ok(Opened::Status(status));
    }
    let accepted = head.lines().any(|line| {
        line.split_once(':')
            .is_some_and(|(name, value)| name.eq_ignore_ascii_case("sec-websocket-accept") && value.trim() == ACCEPT)
    });
    if !accepted {
        bail!("the handshake has a wrong Sec-WebSocket-Accept");
    }
    Ok(Opened::Socket(stream, rest))
}

async fn dial(seat: &FixtureSeat) -> std::io::Result<TcpStream> {
    let socket = if seat.target.addr.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if let Some(source) = seat.source {
        socket.bind(SocketAddr::new(source, 0))?;
    }
    let stream = socket.connect(seat.target.addr).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
