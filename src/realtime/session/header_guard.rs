//! Reads the header of every frame before the codec does. The codec waits for a whole frame, however long its header says it is,
//! and bounds frames but not the messages that they make: a peer could fill the memory of the server. A header that RFC 6455
//! forbids ends the connection here, too, as soon as the forbidden bit arrives.

use crate::realtime::protocol::Close;

/// Two bytes, a length of eight, a mask of four.
const LONGEST: usize = 14;
const CONTINUATION: u8 = 0;
const BINARY: u8 = 2;
const CONTROL: std::ops::RangeInclusive<u8> = 8..=10;
const MAX_CONTROL: u64 = 125;

/// The progress of a connection through its frames. Pure.
#[derive(Debug, Clone)]
pub struct FrameHeaderGuard {
    head: [u8; LONGEST],
    /// Bytes of the header that have arrived.
    known: usize,
    /// Bytes of the frame that are still missing after its header.
    payload: u64,
    /// The length of the fragments of the message so far.
    message: u64,
    max_message: u64,
}

/// The frame that begins at `at` (or before, if it is 0) and all bytes behind it must not be read.
#[derive(Debug, PartialEq, Eq)]
pub struct HeaderError {
    pub at: usize,
    pub why: Close,
}

impl FrameHeaderGuard {
    pub fn new(max_message: usize) -> Self {
        let max_message = u64::try_from(max_message).unwrap_or(u64::MAX);
        Self { head: [0; LONGEST], known: 0, payload: 0, message: 0, max_message }
    }

    pub fn read(&mut self, bytes: &[u8]) -> Result<(), HeaderError> {
        let mut rest = bytes;
        let mut begun_at = 0;
        loop {
            let skipped = usize::try_from(self.payload).unwrap_or(usize::MAX).min(rest.len());
            self.payload -= u64::try_from(skipped).unwrap_or(self.payload);
            rest = rest.get(skipped..).unwrap_or_default();
            if self.known == 0 {
                begun_at = bytes.len() - rest.len();
            }
            let Some((byte, others)) = rest.split_first() else { return Ok(()) };
            rest = others;
            if let Some(place) = self.head.get_mut(self.known) {
                *place = *byte;
            }
            self.known += 1;
            self.judge().map_err(|why| HeaderError { at: begun_at, why })?;
        }
    }

    /// Called after each byte of a header: the judgement so far.
    fn judge(&mut self) -> Result<(), Close> {
        let [first, second, ..] = self.head;
        let (is_last, reserved, opcode) = (first & 0x80 != 0, first & 0x70, first & 0x0f);
        let is_control = CONTROL.contains(&opcode);
        if reserved != 0 || !(opcode <= BINARY || is_control) || (is_control && !is_last) {
            return Err(Close::Protocol);
        }
        if self.known < 2 {
            return Ok(());
        }
        let short = u64::from(second & 0x7f);
        if second & 0x80 == 0 || (is_control && short > MAX_CONTROL) {
            return Err(Close::Protocol);
        }
        // A length stands in 7 bits, or behind 126 in two bytes, or behind 127 in eight: always in the shortest form.
        let (bytes, least) = match short {
            126 => (2, 126),
            127 => (8, 1 << 16),
            _ => (0, 0),
        };
        if self.known < 2 + bytes {
            return Ok(());
        }
        let long = self.head.iter().skip(2).take(bytes).fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
        let length = if bytes == 0 { short } else { long };
        if length < least || length > u64::MAX >> 1 {
            return Err(Close::Protocol);
        }
        if !is_control && self.so_far(opcode).saturating_add(length) > self.max_message {
            return Err(Close::TooBig);
        }
        if self.known == 2 + bytes + 4 {
            self.known = 0;
            self.payload = length;
            if !is_control {
                self.message = if is_last { 0 } else { self.so_far(opcode) + length };
            }
        }
        Ok(())
    }

    /// The length of the message before this frame. The codec judges whether there is a message to continue.
    fn so_far(&self, opcode: u8) -> u64 {
        if opcode == CONTINUATION { self.message } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROTOCOL: Result<(), Close> = Err(Close::Protocol);
    const TOO_BIG: Result<(), Close> = Err(Close::TooBig);

    /// The first byte of a frame and its length in the shortest form, masked; without the payload.
    fn head(first: u8, length: u16) -> Vec<u8> {
        let size = match u8::try_from(length) {
            Ok(short) if short < 126 => vec![0x80 | short],
            _ => [&[0xfe][..], &length.to_be_bytes()].concat(),
        };
        [&[first][..], &size, &[1, 2, 3, 4]].concat()
    }

    fn frame(first: u8, length: u16) -> Vec<u8> {
        [head(first, length), vec![0xff; usize::from(length)]].concat()
    }

    /// The same whatever pieces it comes in.
    fn read(bytes: &[u8]) -> Result<(), Close> {
        let whole = FrameHeaderGuard::new(1000).read(bytes).map_err(|fault| fault.why);
        for size in 1..9 {
            let mut heads = FrameHeaderGuard::new(1000);
            let chopped = bytes.chunks(size).try_for_each(|chop| heads.read(chop)).map_err(|fault| fault.why);
            assert_eq!(chopped, whole, "in pieces of {size}: {bytes:02x?}");
        }
        whole
    }

    #[test]
    fn frames_that_are_right_pass_whatever_stands_in_them() {
        let frames =
            [frame(0x81, 0), frame(0x01, 125), frame(0x89, 125), frame(0x80, 126), frame(0x82, 1000), frame(0x88, 2)];
        assert_eq!(read(&frames.concat()), Ok(()));
    }

    #[test]
    fn a_head_that_is_wrong_is_refused_as_soon_as_it_shows() {
        for wrong in [
            &[0xc1][..],                                 // a reserved bit
            &[0x83],                                     // no such opcode
            &[0x8b],                                     // nor this
            &[0x09],                                     // a ping in fragments
            &[0x81, 0x05],                               // not masked
            &[0x89, 0xfe],                               // a ping of more than 125 bytes
            &[0x81, 0xfe, 0, 125],                       // a length that fits into 7 bits
            &[0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff], // one that fits into 16
            &[0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0],    // one of 64 bits
        ] {
            assert_eq!(read(wrong), PROTOCOL, "{wrong:02x?}");
            assert_eq!(read(&wrong[..wrong.len() - 1]), Ok(()), "{wrong:02x?}");
        }
    }

    #[test]
    fn a_message_has_a_bound_in_however_many_frames() {
        assert_eq!(read(&head(0x81, 1001)), TOO_BIG);
        assert_eq!(read(&[0x81, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0]), TOO_BIG);
        let begun = [frame(0x01, 600), frame(0x00, 300), frame(0x89, 125)].concat();
        assert_eq!(read(&[begun.clone(), frame(0x80, 100), frame(0x81, 1000)].concat()), Ok(()));
        assert_eq!(read(&[begun.clone(), head(0x80, 101)].concat()), TOO_BIG);
        assert_eq!(read(&[begun, frame(0x00, 100), head(0x80, 1)].concat()), TOO_BIG);
    }

    #[test]
    fn a_fault_says_where_the_good_frames_end() {
        let good = frame(0x81, 10);
        let bytes = [good.clone(), good.clone(), vec![0x81, 0xfe, 0, 1]].concat();
        let fault = |at| Err(HeaderError { at, why: Close::Protocol });
        assert_eq!(FrameHeaderGuard::new(1000).read(&bytes), fault(2 * good.len()));
        let mut heads = FrameHeaderGuard::new(1000);
        let (first, second) = bytes.split_at(2 * good.len() + 1);
        assert_eq!(heads.read(first), Ok(()));
        assert_eq!(heads.read(second), fault(0), "it began before");
    }
}
