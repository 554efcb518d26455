//! The browser's part, embedded in the binary.

use std::fmt::Write;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::error::ApiResult;
use crate::domain::Code;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

pub async fn show(request: HttpRequest, path: web::Path<String>) -> ApiResult {
    let file = Files::get(&path).ok_or(Code::RouteUnknown)?;
    let tag = tag(&file);
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known == Some(tag.as_str()) { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    // Asked again each time, answered with 304: a new version is seen at once, by every part of a page.
    response.insert_header((header::CACHE_CONTROL, "no-cache")).insert_header((header::ETAG, tag.clone()));
    if known == Some(tag.as_str()) {
        return Ok(response.finish());
    }
    let kind = mime_guess::from_path(path.as_str()).first_or_octet_stream();
    let with_charset = if kind.type_() == "text" { format!("{kind}; charset=utf-8") } else { kind.to_string() };
    Ok(response.content_type(with_charset).body(file.data.into_owned()))
}

/// The one document of all pages.
pub fn index() -> Option<String> {
    let file = Files::get("index.html")?;
    String::from_utf8(file.data.into_owned()).ok()
}

fn tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let mut tag = String::from("\"");
    for byte in hash.iter().take(12) {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}
