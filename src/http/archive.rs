//! Reads a file out of a zip archive that is part of the program, as gzip: its compressed bytes are sent as they are.

use std::io::Read;

use actix_web::web::Bytes;
use flate2::read::GzDecoder;

/// A file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    pub gzip: Bytes,
    /// Changes with its content.
    pub checksum: u32,
}

impl Packed {
    /// The file whose path ends with this name, if the archive has it and it is deflated.
    pub fn find(archive: &[u8], name: &str) -> Option<Self> {
        let (mut at, mut left) = directory(archive)?;
        while left > 0 {
            let header = archive.get(at..)?;
            let [path, extra, comment] = [28, 30, 32].map(|at| number(header, at, 2));
            let (path, extra, comment) = (path?, extra?, comment?);
            if header.get(46..46 + path)?.ends_with(name.as_bytes()) {
                return Self::of(archive, header);
            }
            at += 46 + path + extra + comment;
            left -= 1;
        }
        None
    }

    fn of(archive: &[u8], header: &[u8]) -> Option<Self> {
        const DEFLATED: usize = 8;
        if number(header, 10, 2)? != DEFLATED {
            return None;
        }
        let (checksum, packed, size, at) =
            (number(header, 16, 4)?, number(header, 20, 4)?, number(header, 24, 4)?, number(header, 42, 4)?);
        let local = archive.get(at..)?;
        let start = 30 + number(local, 26, 2)? + number(local, 28, 2)?;
        let deflated = local.get(start..start + packed)?;
        let (checksum, size) = (u32::try_from(checksum).ok()?, u32::try_from(size).ok()?);
        // A gzip file is a header, the same deflated bytes, and the same checksum and size behind them.
        let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
        gzip.extend_from_slice(deflated);
        gzip.extend_from_slice(&checksum.to_le_bytes());
        gzip.extend_from_slice(&size.to_le_bytes());
        Some(Self { gzip: gzip.into(), checksum })
    }

    pub fn plain(&self) -> std::io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        GzDecoder::new(self.gzip.as_ref()).read_to_end(&mut plain)?;
        Ok(plain)
    }
}

/// Where the list of the files begins, and how many there are.
fn directory(archive: &[u8]) -> Option<(usize, usize)> {
    let end = archive.windows(4).rposition(|bytes| bytes == b"PK\x05\x06")?;
    let end = archive.get(end..)?;
    Some((number(end, 16, 4)?, number(end, 10, 2)?))
}

/// Reads a little-endian number.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + length)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;

    use super::*;

    #[test]
    fn a_file_comes_out_as_it_went_in() {
        let found = Packed::find(SWAGGER_UI_VENDORED, "/dist/swagger-ui.css").unwrap();
        // The decoder compares length and checksum.
        let text = String::from_utf8(found.plain().unwrap()).unwrap();
        assert!(text.contains(".swagger-ui"));
        assert_eq!(Packed::find(SWAGGER_UI_VENDORED, "/dist/no-such-file"), None);
        assert_eq!(Packed::find(&SWAGGER_UI_VENDORED[..10_000], "/dist/swagger-ui.css"), None);
    }
}
