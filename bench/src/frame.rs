//! The little of RFC 6455 that a client of this protocol needs: unfragmented frames in, masked frames out.

use anyhow::{Result, bail, ensure};

pub const TEXT: u8 = 0x1;
pub const CLOSE: u8 = 0x8;
pub const PING: u8 = 0x9;
pub const PONG: u8 = 0xA;

/// No frame of the server comes near (a page is about 128 KiB); more is a fault, not something to buffer.
pub const MAX_FRAME: usize = 4 * 1024 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub opcode: u8,
    pub payload: &'a [u8],
}

/// The first frame of `buf` and the bytes after it; `None` if it is not complete yet.
pub fn parse(buf: &[u8]) -> Result<Option<(Frame<'_>, &[u8])>> {
    let Some((&[first, second], rest)) = buf.split_first_chunk::<2>() else {
        return Ok(None);
    };
    ensure!(first & 0x70 == 0, "a reserved bit is set (no extension was agreed)");
    ensure!(first & 0x80 != 0 && first & 0x0F != 0, "the server fragments its frames, which this client does not read");
    ensure!(second & 0x80 == 0, "the server masked a frame");
    let (length, rest) = match second {
        126 => match rest.split_first_chunk::<2>() {
            Some((bytes, rest)) => (usize::from(u16::from_be_bytes(*bytes)), rest),
            None => return Ok(None),
        },
        127 => match rest.split_first_chunk::<8>() {
            Some((bytes, rest)) => (usize::try_from(u64::from_be_bytes(*bytes))?, rest),
            None => return Ok(None),
        },
        short => (usize::from(short), rest),
    };
    if length > MAX_FRAME {
        bail!("a frame of {length} bytes");
    }
    Ok(rest.split_at_checked(length).map(|(payload, rest)| (Frame { opcode: first & 0x0F, payload }, rest)))
}

/// Appends one frame, masked as the RFC wants it from a client.
pub fn write(out: &mut Vec<u8>, opcode: u8, mask: u32, payload: &[u8]) {
    out.push(0x80 | opcode);
    match payload.len() {
        short @ ..126 => out.push(0x80 | u8::try_from(short).unwrap_or(0)),
        medium if u16::try_from(medium).is_ok() => {
            out.push(0x80 | 126);
            out.extend_from_slice(&u16::try_from(medium).unwrap_or(0).to_be_bytes());
        }
        long => {
            out.push(0x80 | 127);
            out.extend_from_slice(&u64::try_from(long).unwrap_or(0).to_be_bytes());
        }
    }
    let key = mask.to_be_bytes();
    out.extend_from_slice(&key);
    for chunk in payload.chunks(4) {
        out.extend(chunk.iter().zip(key).map(|(byte, key)| byte ^ key));
    }
}

/// The code of a close frame; 1005 if it has none.
pub fn close_code(payload: &[u8]) -> u16 {
    payload.first_chunk::<2>().map_or(1005, |code| u16::from_be_bytes(*code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_whole_or_not_at_all() {
        for length in [0usize, 5, 125, 126, 65_535, 65_536] {
            let mut bytes = vec![0x81];
            match length {
                0..126 => bytes.push(length as u8),
                126..65_536 => {
                    bytes.push(126);
                    bytes.extend((length as u16).to_be_bytes());
                }
                _ => {
                    bytes.push(127);
                    bytes.extend((length as u64).to_be_bytes());
                }
            }
            bytes.extend(vec![b'x'; length]);
            bytes.push(0x8A);
            let (frame, rest) = parse(&bytes).unwrap().unwrap();
            assert_eq!((frame.opcode, frame.payload.len(), rest), (TEXT, length, &[0x8A][..]));
            assert!(parse(&bytes[..bytes.len() - 2]).unwrap().is_none());
        }
    }

    #[test]
    fn bad_frames_are_errors() {
        for bad in [&[0xC1, 0][..], &[0x01, 0], &[0x80, 0], &[0x81, 0x80], &[0x81, 127, 1, 0, 0, 0, 0, 0, 0, 0]] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_written_frame_is_masked() {
        // The example of RFC 6455, section 5.7.
        let mut out = Vec::new();
        write(&mut out, TEXT, 0x37fa_213d, b"Hello");
        assert_eq!(out, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        assert_eq!(close_code(&[0x0F, 0xA1]), 4001);
        assert_eq!(close_code(&[]), 1005);
    }
}
