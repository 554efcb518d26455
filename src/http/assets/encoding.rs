//! The compression that a reader understands, and the compression of documents that are written for one reader.

use std::io::Write;

use actix_web::http::header::{self, HeaderMap};

/// Below this a packet is sent either way.
const WORTH_BYTES: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding {
    pub brotli: bool,
    pub gzip: bool,
}

impl Encoding {
    pub fn wanted(headers: &HeaderMap) -> Self {
        let (mut brotli, mut gzip, mut rest) = (None, None, false);
        for value in headers.get_all(header::ACCEPT_ENCODING).filter_map(|value| value.to_str().ok()) {
            for item in value.split(',') {
                let mut parts = item.split(';').map(str::trim);
                let name = parts.next().unwrap_or_default().to_ascii_lowercase();
                let weight = parts.find_map(|part| part.strip_prefix("q="));
                let is_welcome = weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0));
                match name.as_str() {
                    "br" => brotli = Some(is_welcome),
                    "gzip" | "x-gzip" => gzip = Some(is_welcome),
                    "*" => rest = is_welcome,
                    _ => {}
                }
            }
        }
        Self { brotli: brotli.unwrap_or(rest), gzip: gzip.unwrap_or(rest) }
    }
}

/// The body in gzip, if the reader understands it and it is worth it.
pub fn compressed(headers: &HeaderMap, body: &[u8]) -> Option<Vec<u8>> {
    if body.len() < WORTH_BYTES || !Encoding::wanted(headers).gzip {
        return None;
    }
    let mut writer = flate2::write::GzEncoder::new(Vec::with_capacity(body.len() / 3), flate2::Compression::fast());
    writer.write_all(body).ok()?;
    let packed = writer.finish().ok()?;
    (packed.len() < body.len()).then_some(packed)
}
