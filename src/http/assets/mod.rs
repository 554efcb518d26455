//! The files for the browser: few, compressed, and under an address that changes with their content, so that a browser requests each
//! of them once.

mod current;
#[cfg_attr(embedded_site, allow(dead_code, reason = "the build script has linked"))]
mod dictionaries;
mod encoding;
#[cfg_attr(embedded_site, allow(dead_code, reason = "the build script has linked"))]
mod linker;
#[cfg_attr(embedded_site, allow(dead_code, reason = "the build script has linked"))]
mod site;
#[cfg_attr(embedded_site, allow(dead_code, reason = "the build script has linked"))]
mod syntax;

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use self::current::Assets;
pub use self::encoding::{Encoding, compressed};
use super::error::ApiResult;
use super::route::{Layout, routes};
use crate::adapters::texts::replacements;
use crate::domain::{BrokerLabel, ChangeSeq, Code, Language};

/// Browsers keep an address with the digest for ever: other content has another address.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

pub async fn show(request: HttpRequest, path: web::Path<String>) -> ApiResult {
    let assets = assets()?;
    let (digest, rest) = path.split_once('/').filter(|(first, _)| is_digest(first)).unwrap_or(("", &path));
    let file = assets.file(rest).ok_or(Code::RouteUnknown)?;
    let keep = match digest {
        "" => "no-cache",
        digest if digest == assets.digest => FOR_EVER,
        // Another version, on another node or on a page opened before, has this address: the present file is sent, but not cached.
        _ => "no-store",
    };
    let tag = format!("\"{}\"", file.tag);
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known = known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::CACHE_CONTROL, keep)).insert_header((header::ETAG, format!("W/{tag}")));
    if file.brotli.is_some() || file.gzip.is_some() {
        response.insert_header((header::VARY, "Accept-Encoding"));
    }
    if is_known {
        return Ok(response.finish());
    }
    response.content_type(file.kind.as_str());
    let body = match (Encoding::wanted(request.headers()), &file.brotli, &file.gzip) {
        (Encoding { brotli: true, .. }, Some(packed), _) => {
            response.insert_header((header::CONTENT_ENCODING, "br"));
            packed
        }
        (Encoding { gzip: true, .. }, _, Some(packed)) => {
            response.insert_header((header::CONTENT_ENCODING, "gzip"));
            packed
        }
        _ => &file.plain,
    };
    Ok(response.body(body.clone()))
}

/// The parts of the document that depend on the request.
pub struct Reader<'a> {
    pub language: Language,
    pub brand: &'a str,
    pub broker_label: BrokerLabel,
    pub signed_in: bool,
    /// Why this browser's session ended, if it did.
    pub session_ended: Option<&'static str>,
    /// JSON, as `GET /me` gives it.
    pub account: Option<String>,
    /// The number of the account's last change, from before anything on the page was read.
    pub changes: Option<ChangeSeq>,
    /// The pattern of the address, if it is a page.
    pub page: Option<&'a str>,
    pub layout: Layout,
}

/// The one document of all pages. It names the scripts that this page will ask for, so that they come at once, and shows
/// the frame of the page until they are there.
pub fn document(reader: &Reader<'_>) -> Result<String, Code> {
    let assets = assets()?;
    let language = reader.language.as_str();
    let of_page = reader.page.and_then(|page| assets.pages.get(page)).map_or("js/i18n/{lang}.js", String::as_str);
    let scripts: Vec<String> = of_page.split_whitespace().map(|path| path.replace("{lang}", language)).collect();
    let preload = scripts.iter().filter(|path| assets.file(path).is_some());
    let preload: Vec<String> =
        preload.map(|path| format!("<link rel=\"modulepreload\" href=\"/static/{path}\">")).collect();
    let layout = reader.layout.name(reader.signed_in);
    let account = reader.account.as_deref().map(|json| format!("<meta name=\"account\" content=\"{}\">", escape(json)));
    let changes = reader.changes.map(|ChangeSeq(seq)| format!("<meta name=\"changes\" content=\"{seq}\">"));
    let account = account.map(|account| account + changes.as_deref().unwrap_or_default());
    Ok(assets
        .document
        .replace("{{preload}}", &preload.join("\n  "))
        .replace("{{skeleton}}", assets.skeletons.get(layout).map_or("", String::as_str))
        .replace("\"/static/", &format!("\"/static/{}/", assets.digest))
        .replace("{{layout}}", layout)
        .replace("{{lang}}", language)
        .replace("{{signed_in}}", if reader.signed_in { "yes" } else { "no" })
        .replace("{{words}}", &words(reader.broker_label))
        .replace("{{session_ended}}", reader.session_ended.unwrap_or_default())
        .replace("{{account}}", account.as_deref().unwrap_or_default())
        .replace("{{brand}}", &escape(reader.brand)))
}

/// The installation's word for brokers, for the dictionaries of the browser.
fn words(label: BrokerLabel) -> String {
    let lists = serde_json::json!({ "fr": replacements(label, Language::Fr), "en": replacements(label, Language::En) });
    match label {
        BrokerLabel::Broker => String::new(),
        _ => format!("<meta name=\"words\" content=\"{}\">", escape(&lists.to_string())),
    }
}

fn assets() -> Result<Arc<Assets>, Code> {
    current::assets().map_err(|error| {
        tracing::error!(error, "the browser's part cannot be put together");
        Code::Internal
    })
}

fn is_digest(part: &str) -> bool {
    part.len() == 16 && part.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// For text between tags and in quoted attributes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

routes! { asset:
    GET "/static/{path:.*}" ANYONE show;
}

#[cfg(test)]
mod tests;
