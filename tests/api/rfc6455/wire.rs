//! The bytes of a WebSocket, made and read by hand: a client that can be as wrong as a case wants it.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than anything should take; a case that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(5);

pub const CONTINUATION: u8 = 0;
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// How the length of a frame is written.
#[derive(Debug, Clone, Copy)]
pub enum Length {
    Shortest,
    /// In 16 or 64 bits, whatever it is.
    In16,
    In64,
    /// As if it were this, in 64 bits.
    Claimed(u64),
}

/// One frame as a client sends it.
#[derive(Debug, Clone)]
pub struct RawFrame {
    fin: bool,
    reserved: u8,
    opcode: u8,
    payload: Vec<u8>,
    mask: Option<[u8; 4]>,
    length: Length,
}

impl RawFrame {
    pub fn new(opcode: u8, payload: impl AsRef<[u8]>) -> Self {
        let mask = Some([0x37, 0xfa, 0x21, 0x3d]);
        let payload = payload.as_ref().to_vec();
        Self { fin: true, reserved: 0, opcode, payload, mask, length: Length::Shortest }
    }

    pub fn text(payload: impl AsRef<[u8]>) -> Self {
        Self::new(TEXT, payload)
    }

    pub fn ping(payload: impl AsRef<[u8]>) -> Self {
        Self::new(PING, payload)
    }

    pub fn close(code: u16, reason: &str) -> Self {
        Self::new(CLOSE, [&code.to_be_bytes()[..], reason.as_bytes()].concat())
    }

    /// More of the message follows.
    pub fn unfinished(self) -> Self {
        Self { fin: false, ..self }
    }

    /// The three reserved bits as a number.
    pub fn reserved(self, reserved: u8) -> Self {
        Self { reserved, ..self }
    }

    pub fn masked_with(self, mask: Option<[u8; 4]>) -> Self {
        Self { mask, ..self }
    }

    pub fn with_length(self, length: Length) -> Self {
        Self { length, ..self }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.fin) << 7 | self.reserved << 4 | self.opcode];
        let mask_bit = u8::from(self.mask.is_some()) << 7;
        let length = self.payload.len();
        match self.length {
            Length::Shortest if length < 126 => bytes.push(mask_bit | u8::try_from(length).unwrap()),
            Length::Shortest if length > 0xffff => extend_64(&mut bytes, mask_bit, u64::try_from(length).unwrap()),
            Length::Shortest | Length::In16 => {
                bytes.push(mask_bit | 126);
                bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            Length::In64 => extend_64(&mut bytes, mask_bit, u64::try_from(length).unwrap()),
            Length::Claimed(length) => extend_64(&mut bytes, mask_bit, length),
        }
        match self.mask {
            Some(mask) => {
                bytes.extend(mask);
                bytes.extend(self.payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
            }
            None => bytes.extend(&self.payload),
        }
        bytes
    }
}

fn extend_64(bytes: &mut Vec<u8>, mask_bit: u8, length: u64) {
    bytes.push(mask_bit | 127);
    bytes.extend(length.to_be_bytes());
}

/// A message as frames of this size, the last one perhaps smaller.
pub fn in_fragments(opcode: u8, message: &[u8], size: usize) -> Vec<RawFrame> {
    let parts: Vec<&[u8]> = message.chunks(size).collect();
    let frame = |(number, part): (usize, &&[u8])| {
        let frame = RawFrame::new(if number == 0 { opcode } else { CONTINUATION }, part);
        if number + 1 == parts.len() { frame } else { frame.unfinished() }
    };
    parts.iter().enumerate().map(frame).collect()
}

/// What comes from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceivedFrame {
    Text(String),
    Pong(Vec<u8>),
    /// With code and reason, if there are any.
    Close(Option<(u16, String)>),
    /// The server has ended the connection in order,
    End,
    /// or broken it.
    Broken,
}

pub struct RawWire {
    stream: TcpStream,
    read: Vec<u8>,
}

impl RawWire {
    pub async fn connect(url: &str) -> Self {
        let address = url.strip_prefix("http://").expect("a plain address");
        let stream = TcpStream::connect(address).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, read: Vec::new() }
    }

    /// A connection that has shaken hands and read `hello`.
    pub async fn open(url: &str, token: &str) -> Self {
        let mut wire = Self::connect(url).await;
        wire.send(request(url, token).as_bytes()).await;
        let answer = wire.head().await;
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        let hello = wire.next().await;
        assert!(matches!(&hello, Ok(ReceivedFrame::Text(text)) if text.contains("hello")), "{hello:?}");
        wire
    }

    /// A server that has closed already shows itself at the next reading.
    pub async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    pub async fn send_in_chops(&mut self, bytes: &[u8], size: usize) {
        for chop in bytes.chunks(size) {
            self.send(chop).await;
        }
    }

    /// Sends without being heard: what one side of a pair does when the other is not reading.
    pub async fn end_sending(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// The head of an answer to a request, up to and with the empty line.
    pub async fn head(&mut self) -> String {
        loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head: Vec<u8> = self.read.drain(..end + 4).collect();
                return String::from_utf8(head).expect("a head is text");
            }
            match self.read_more().await {
                Ok(true) => {}
                ended => panic!("ended with {ended:?} after {:?}", String::from_utf8_lossy(&self.read)),
            }
        }
    }

    /// Everything until the server ends the connection.
    pub async fn rest(&mut self) -> String {
        while let Ok(true) = self.read_more().await {}
        String::from_utf8_lossy(&std::mem::take(&mut self.read)).into_owned()
    }

    /// `Err` if what comes is no frame that a server may send, or if nothing comes.
    pub async fn next(&mut self) -> Result<ReceivedFrame, String> {
        loop {
            if let Some(heard) = self.parse()? {
                return Ok(heard);
            }
            match self.read_more().await {
                Ok(true) => {}
                Ok(false) if self.read.is_empty() => return Ok(ReceivedFrame::End),
                Ok(false) => return Err(format!("ended within a frame: {:02x?}", self.read)),
                Err(error) if error == "nothing comes" => return Err(error),
                Err(_) => return Ok(ReceivedFrame::Broken),
            }
        }
    }

    /// `false` at the end.
    async fn read_more(&mut self) -> Result<bool, String> {
        match timeout(PATIENCE, self.stream.read_buf(&mut self.read)).await {
            Err(_) => Err("nothing comes".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Ok(Ok(length)) => Ok(length > 0),
        }
    }

    fn parse(&mut self) -> Result<Option<ReceivedFrame>, String> {
        let [first, second, ..] = self.read[..] else { return Ok(None) };
        let (start, length) = match second {
            0..126 => (2, u64::from(second)),
            126 => match self.read.get(2..4) {
                Some(bytes) => (4, u64::from(u16::from_be_bytes(bytes.try_into().unwrap()))),
                None => return Ok(None),
            },
            127 => match self.read.get(2..10) {
                Some(bytes) => (10, u64::from_be_bytes(bytes.try_into().unwrap())),
                None => return Ok(None),
            },
            _ => return Err("the server masks a frame".to_owned()),
        };
        let shortest = match length {
            0..126 => 2,
            126..=0xffff => 4,
            _ => 10,
        };
        if start != shortest {
            return Err(format!("the server writes the length {length} in {start} bytes"));
        }
        let end = start + usize::try_from(length).unwrap();
        if self.read.len() < end {
            return Ok(None);
        }
        let payload = self.read[start..end].to_vec();
        self.read.drain(..end);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| "the server sends bad text".to_owned());
        match (first, payload.len()) {
            (0x81, _) => Ok(Some(ReceivedFrame::Text(text(&payload)?))),
            (0x8a, _) => Ok(Some(ReceivedFrame::Pong(payload))),
            (0x88, 0) => Ok(Some(ReceivedFrame::Close(None))),
            (0x88, 2..=125) => {
                let code = u16::from_be_bytes([payload[0], payload[1]]);
                Ok(Some(ReceivedFrame::Close(Some((code, text(&payload[2..])?)))))
            }
            // The server's own pings come too late to meet a case.
            _ => Err(format!("the server sends a frame that begins with {first:02x}: {payload:02x?}")),
        }
    }
}

/// A handshake as a client of today sends it.
pub fn request(url: &str, token: &str) -> String {
    let host = url.trim_start_matches("http://");
    format!(
        "GET /api/v1/socket HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {token}\r\n\r\n"
    )
}
